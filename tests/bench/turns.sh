#!/bin/sh
# What bench/compare.sh leans on: a benchmark with --turns says what it measures, and then one time for each line that comes.
#
# turns.sh FOLDER CLENET     FOLDER: the folder of the benchmarks
set -eu
bench=$1 clenet=$2
digits=$(cd "$(dirname "$0")/../.." && pwd)/examples/digits/train.csv.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# turns PEER_KEY COMMAND...: two lines come, so two times are to come back, each more than 0, behind the JSON that has the key.
turns() {
    key=$1
    shift
    printf '\n\n' | "$@" >"$work/out" || { echo "FAIL: $* ended with status $?" && exit 1; }
    if ! awk -v key="\"$key\":" 'NR == 1 { json = /^\{"peer":"clenet",.*\}$/ && index($0, key) }
                                 NR > 1 && /^[0-9]+\.[0-9]+$/ && $1 > 0 { times++ }
                                 END { exit !(json && times == 2 && NR == 3) }' "$work/out"; then
        echo "FAIL: $* printed:" && cat "$work/out" && exit 1
    fi
}

turns batch "$bench/train_epoch" --rows 64 --turns
turns rows "$bench/read_csv" --turns "$digits"
"$clenet" train "$digits" --epochs 1 --device cpu --quiet --out "$work/run"
turns accuracy "$bench/predict" --count 100 "$work/run/model.safetensors" "$digits"
turns accuracy "$bench/predict" --count 1 --repeats 10 "$work/run/model.safetensors" "$digits"
