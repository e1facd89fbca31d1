#!/bin/sh
# The installed library serves a program of somebody else's, found by find_package(clenet) and by pkg-config; the
# installed command runs where it was put, and after the whole installation was moved.
#
# install.sh CMAKE BUILD GENERATOR CC LIBDIR
set -eu
cmake=$1 build=$2 generator=$3 cc=$4 libdir=$5
source=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
    echo "FAIL: $*"
    exit 1
}

"$cmake" --install "$build" --prefix "$folder/first" >"$folder/log"
prefix="$folder/a prefix with spaces"
mv "$folder/first" "$prefix"
for file in bin/clenet include/clenet/clenet.h "$libdir/pkgconfig/clenet.pc" share/man/man1/clenet.1 \
    share/bash-completion/completions/clenet share/zsh/site-functions/_clenet share/fish/vendor_completions.d/clenet.fish; do
    [ -s "$prefix/$file" ] || fail "$file is not installed"
done
! grep -rqF "$build" "$prefix/$libdir/cmake" "$prefix/$libdir/pkgconfig" || fail "a path of the build folder is installed"
version=$("$prefix/bin/clenet" --version) || fail "the installed command does not start"

gzip -dc "$source/examples/digits/train.csv.gz" 2>/dev/null | head -n 1001 >"$folder/digits.csv"

# check FOLDER: the two programs in it train and predict.
check() {
    "$1/train" "$folder/digits.csv" "$1/model.safetensors" >"$1/trained" || fail "$1/train"
    grep -q '^epoch 1 of 10: loss ' "$1/trained" || fail "the callback was not called: $(cat "$1/trained")"
    grep -q 'model.safetensors: epoch [0-9]*, validation accuracy 0\.[6-9]' "$1/trained" ||
        fail "it did not learn: $(tail -n 1 "$1/trained")"
    "$1/predict" "$1/model.safetensors" "$folder/digits.csv" >"$1/predicted" || fail "$1/predict"
    [ "$(grep -c '^image [0-9]*: [0-9], probability [01]\.[0-9]*$' "$1/predicted")" -eq 10 ] ||
        fail "not ten digits: $(cat "$1/predicted")"
    ! "$1/predict" "$folder/digits.csv" "$folder/digits.csv" >"$1/refused" 2>&1 || fail "a CSV passed for a model"
    grep -q digits.csv "$1/refused" || fail "no reason given: $(cat "$1/refused")"
}

"$cmake" -S "$source/tests/consumer" -B "$folder/cmake" -G "$generator" "-DCMAKE_PREFIX_PATH=$prefix" "-DCMAKE_C_COMPILER=$cc" \
    "-DEXAMPLES=$source/examples" >>"$folder/log" 2>&1 || fail "find_package: $(tail -n 20 "$folder/log")"
"$cmake" --build "$folder/cmake" >>"$folder/log" 2>&1 || fail "building: $(tail -n 20 "$folder/log")"
check "$folder/cmake"

if ! command -v pkg-config >/dev/null; then
    echo "skipped: no pkg-config; find_package works" && exit 77
fi
ln -s "$prefix" "$folder/prefix" # pkg-config's answers are read as words
PKG_CONFIG_PATH=$folder/prefix/$libdir/pkgconfig
export PKG_CONFIG_PATH
mkdir "$folder/pc"
for example in train predict; do
    # shellcheck disable=SC2046 # words
    "$cc" -std=c11 -Wall -Wextra -Werror "$source/examples/$example.c" -o "$folder/pc/$example" \
        $(pkg-config --cflags --libs clenet) || fail "building with pkg-config"
done
LD_LIBRARY_PATH=$folder/prefix/$libdir
export LD_LIBRARY_PATH
check "$folder/pc"

case "$version" in
*"$(pkg-config --modversion clenet)"*) ;;
*) fail "the command says '$version', pkg-config '$(pkg-config --modversion clenet)'" ;;
esac
