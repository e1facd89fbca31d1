#!/bin/sh
# SIGKILL at random moments of short runs, on the CPU, of one network and of three, and on PoCL: each run then goes on with
# --resume, or starts again if it had no checkpoint yet, and gives the same bits as an undisturbed run.
#
# CLENET_KILLS: how many, of each kind; default 8
. "$(dirname "$0")/../cmd/lib.sh"
kills=${CLENET_KILLS:-8}
train_rows 400 >train.csv
random=$(od -An -N 2 -tu2 /dev/urandom | tr -d ' ')
echo "seed of the moments: $random"

# moment N: seconds after the start, below $1, from the seed.
moment() { awk -v seed="$((random + $2))" -v most="$1" 'BEGIN { srand(seed); printf "%.3f", rand() * most }'; }

# Ends as the command does: what is started in the background is the command itself.
begin() {
    exec "$CLENET" train train.csv --device "$device" --models "$models" --out run --overwrite --epochs "$epochs" --patience -1 \
        --batch 8 --checkpoint-seconds 0 --figures "$figures" --threads 1 --quiet
}
# histories FOLDER: the epochs of its networks, without the seconds that they took.
histories() { cat "$1"/history.csv "$1"/model-*/history.csv 2>none | cut -d , -f 1-5; }

for kind in cpu.1 cpu.3 pocl.1; do
    device=${kind%.*} models=${kind#*.} epochs=6 figures=svg
    [ "$models" -eq 1 ] || epochs=2 figures=none
    if [ "$device" = pocl ]; then
        [ -f /etc/OpenCL/vendors/pocl.icd ] || continue
        vendors pocl
    fi
    rm -rf run
    (begin) || fail "no run on $device"
    began=$(date +%s%N)
    (begin) || fail "no run on $device" # with a warm cache
    took=$(awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { print ns / 1e9 }')
    mv run whole
    n=0 resumed=0
    while [ "$n" -lt "$kills" ]; do
        n=$((n + 1))
        rm -rf run
        begin &
        process=$!
        sleep "$(moment "$took" "$n")"
        kill -KILL "$process" 2>kill.err
        wait "$process" 2>wait.err
        if [ -e run/checkpoint.safetensors ] || [ -e run/model-1/checkpoint.safetensors ]; then
            "$CLENET" train --resume run --quiet 2>err || fail "$kind, kill $n: the run did not go on"
            resumed=$((resumed + 1))
        else
            (begin) || fail "$kind, kill $n: the run did not begin anew"
        fi
        cmp -s run/model.safetensors whole/model.safetensors || fail "$kind, kill $n: another model"
        is "history, $kind, kill $n" "$(histories run)" "$(histories whole)"
        is "left behind, $kind, kill $n" "$(find run -name '.*' -type f)" ''
    done
    echo "$kind: $n kills in $took s each, $resumed of them resumed"
    rm -rf whole
done
