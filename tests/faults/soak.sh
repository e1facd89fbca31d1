#!/bin/sh
# Trains for hours and watches the process's memory and descriptors. By hand; the figures stand in docs/reliability.md.
#
# soak.sh CLENET DATA.csv SECONDS FOLDER [OPTION...]      the options are those of clenet train
#
# FOLDER/soak.csv gets a line every 10 s: seconds, epochs done, resident KiB (and its peak), open descriptors, threads. Exit
# status 1: the run ended early, or the least of its last ten lines has more descriptors, or over 2 % more memory, than the most of
# the first ten lines after the third epoch.
set -eu
[ $# -ge 4 ] || { sed -n 's/^# \(soak.sh .*\)/usage: \1/p' "$0" >&2 && exit 2; }
clenet=$1 data=$2 seconds=$3 folder=$4
shift 4
mkdir -p "$folder"
"$clenet" train "$data" --out "$folder/run" --epochs 1000000 --patience -1 "$@" >"$folder/out" 2>"$folder/err" &
process=$!
trap 'kill "$process" 2>/dev/null || true' EXIT
kilobytes() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$process/status"; }

echo seconds,epochs,resident_kib,peak_kib,descriptors,threads >"$folder/soak.csv"
began=$(date +%s) elapsed=0
while [ "$elapsed" -lt "$seconds" ]; do
    sleep 10
    kill -0 "$process" 2>/dev/null || { echo "the run ended early: $(tail -n 1 "$folder/err")" >&2 && exit 1; }
    elapsed=$(($(date +%s) - began))
    epochs=$(awk 'END { print (NR > 0 ? NR - 1 : 0) }' "$folder/run/history.csv" 2>/dev/null || echo 0)
    descriptors=$(find "/proc/$process/fd" -mindepth 1 | wc -l)
    echo "$elapsed,$epochs,$(kilobytes VmRSS),$(kilobytes VmHWM),$descriptors,$(kilobytes Threads)" >>"$folder/soak.csv"
done
awk -F, '
    NR > 1 && $2 >= 3 { memory[++n] = $3; descriptors[n] = $5 }
    END {
        if (n < 20) { print "too short: three epochs and 20 lines are the least"; exit 1 }
        for (i = 1; i <= 10; i++) {
            if (memory[i] > first_memory) first_memory = memory[i]
            if (descriptors[i] > first) first = descriptors[i]
        }
        last_memory = memory[n]; last = descriptors[n]
        for (i = n - 9; i <= n; i++) {
            if (memory[i] < last_memory) last_memory = memory[i]
            if (descriptors[i] < last) last = descriptors[i]
        }
        printf "%d epochs in %d s: memory %d KiB, then %d; descriptors %d, then %d\n", $2, $1, first_memory, last_memory, first, last
        exit last > first || last_memory > first_memory * 1.02
    }' "$folder/soak.csv"
