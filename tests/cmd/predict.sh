#!/bin/sh
# clenet predict: the same digits from every form of the data, to a file or to standard output.
. "$(dirname "$0")/lib.sh"
make_model model.safetensors
train_rows 150 >labelled.csv
cut -d, -f2- labelled.csv >plain.csv

run 0 predict model.safetensors plain.csv
empty out
has err 'wrote 150 predictions to submission.csv'
is 'the header' "$(head -n 1 submission.csv)" 'ImageId,Label'
is 'the lines' "$(lines submission.csv)" 151
awk -F, 'NR > 1 && (NF != 2 || $1 != NR - 1 || $2 !~ /^[0-9]$/) { exit 1 }' submission.csv || fail 'a row is not right'
mv submission.csv wanted.csv

same() { cmp -s wanted.csv "$1" || fail "$2 gives other digits"; }
run 0 predict model.safetensors labelled.csv -o a.csv --quiet
empty err
same a.csv 'a CSV with labels'
awk -F, -v OFS=, '{ label = $1; $1 = $2; $2 = label; print }' labelled.csv >middle.csv
run 0 predict --out=a.csv model.safetensors -q middle.csv
same a.csv 'a label in the second column'
gzip -c plain.csv >packed
run 0 predict model.safetensors packed -oa.csv
same a.csv 'gzip'
"$CLENET" predict model.safetensors - -o a.csv <packed 2>err || fail 'standard input was not read'
same a.csv 'standard input'
csv_to_idx images labels <labelled.csv
run 0 predict model.safetensors images -o a.csv
same a.csv 'IDX'
for threads in 1 3; do
    run 0 predict model.safetensors plain.csv -o a.csv --threads "$threads" --device cpu --isa baseline
    is "lines with $threads threads" "$(lines a.csv)" 151
done

# Standard output: the submission, and nothing else.
run 0 predict model.safetensors plain.csv -o -
same out 'standard output'
matches err '^device: cpu'
not_there submission.csv ./-

# An earlier file stays if the prediction fails.
echo old >keep.csv
fails_with nowhere.csv predict model.safetensors nowhere.csv -o keep.csv
is 'the old file' "$(cat keep.csv)" old

# One image.
sed 2q plain.csv >one.csv
run 0 predict model.safetensors one.csv -o a.csv
is 'one image' "$(sed -n 2p a.csv)" "$(sed -n 2p wanted.csv)"

# Copies: one is the image alone, several are the same ones every time, and some digit is seen otherwise; others are no number.
run 0 predict model.safetensors plain.csv -o a.csv --tta 1
same a.csv 'one copy'
for again in b.csv c.csv; do run 0 predict model.safetensors plain.csv -o $again --tta 8 --device cpu; done
cmp -s b.csv c.csv || fail 'the same copies give other digits'
run 0 evaluate model.safetensors labelled.csv --tta 8 --json -q --device cpu
cp out averaged
run 0 evaluate model.safetensors labelled.csv --json -q --device cpu
if cmp -s out averaged; then fail 'copies change nothing'; fi
for wrong in 0 65 -1 x ''; do refuses --tta predict model.safetensors plain.csv --tta "$wrong"; done
refuses --tta evaluate model.safetensors labelled.csv --tta 65
