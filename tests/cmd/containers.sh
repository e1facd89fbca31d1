#!/bin/sh
# Kaggle's and Keras's downloads are data as they are, one line tells which part was read, and other files are named for what they are.
. "$(dirname "$0")/lib.sh"
cp "$source_folder"/tests/data/containers/* . || exit 1
train_rows 40 >train.csv
test_rows 10 >test.csv

# Other files, which need no library.
printf 'PAR1\025\004\025\000' >data.parquet
fails_with 'data.parquet: is a Parquet file; convert it in Python' train data.parquet --out none
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 76775041\n' >pointer.csv
fails_with 'pointer.csv: is a Git LFS pointer, not the data; fetch them with: git lfs pull' train pointer.csv --out none
printf '<!DOCTYPE html>\n<html><title>Login</title></html>\n' >login.csv
fails_with 'login.csv: is an HTML page, not the data' show login.csv

if ! "$CLENET" show digit-recognizer.zip --index 1 >out 2>err && grep -q 'built without libarchive' err; then
    has err "unpack it with: unzip 'digit-recognizer.zip'"
    skip 'built without libarchive (Debian: libarchive-dev)'
fi

# A run of the archive is the run of its files.
run 0 train train.csv --test test.csv --out files --epochs 1 --seed 4 --quiet --device cpu
run 0 train digit-recognizer.zip --test digit-recognizer.zip --out packed --epochs 1 --seed 4 --device cpu
has err 'digit-recognizer.zip: train.csv of 3 files'
has err 'digit-recognizer.zip: test.csv of 3 files'
cmp -s files/submission.csv packed/submission.csv || fail 'the archive gives another submission than its files'
run 0 predict packed digit-recognizer.zip -o - -q
cmp -s out files/submission.csv || fail 'predict reads another member than test.csv'
run 0 evaluate packed digit-recognizer.zip # test.csv has no labels, train.csv has
has err 'digit-recognizer.zip: train.csv of 3 files'
lacks err 'test.csv of 3 files'
fails_with "has no file 'trian.csv'; it has sample_submission.csv, test.csv, train.csv" show digit-recognizer.zip --member trian.csv

# NumPy's arrays: the same 40 digits for training, 40 others for the test.
run 0 train mnist.npz --out arrays --epochs 1 --seed 4 --device cpu
has err 'mnist.npz: x_train.npy and y_train.npy of 4 files'
run 0 predict arrays test.csv -o - -q
cmp -s out files/submission.csv || fail 'the arrays give another model than the CSV'
run 0 evaluate arrays mnist.npz
has err 'mnist.npz: x_test.npy and y_test.npy of 4 files'
run 0 show mnist.npz --member x_test --index 1
has err 'mnist.npz: x_test.npy and y_test.npy of 4 files'

# Packed text, also from standard input.
for pair in bzip2:bz2 xz:xz zstd:zst; do
    command -v "${pair%%:*}" >/dev/null || continue
    "${pair%%:*}" -c <train.csv >"train.csv.${pair##*:}" || fail "${pair%%:*} does not pack"
    run 0 show "train.csv.${pair##*:}" --index 1,2
    mv out packed.txt
    run 0 show train.csv --index 1,2
    cmp -s out packed.txt || fail "the digits of ${pair%%:*} are others"
done
