#!/bin/sh
# Every write, fsync, rename, fopen and fclose of a run fails once. No crash and no half file: what lies under a final name is whole,
# and nothing else is left; if a result is missing, one line says why, and the exit status is 1.
. "$(dirname "$0")/../cmd/lib.sh"
[ -f "${CLENET_FILE_SHIM:?is to name the shim}" ] || skip "no shim was built"
train_rows 120 >train.csv
test_rows 20 >test.csv

# with_fault NAME:N: the run, with that call failing; its exit status is in $got.
with_fault() {
    rm -rf run
    timeout 60 env "CLENET_FILES_FAIL=$1" "LD_PRELOAD=$CLENET_FILE_SHIM" "$CLENET" train train.csv --test test.csv --epochs 2 \
        --device cpu --out run >out 2>err </dev/null
    got=$?
}

CLENET_FILES_COUNTS=$work/counts
export CLENET_FILES_COUNTS
with_fault none:0
is "exit status" $got 0
[ "$(awk '{ calls += $2 } END { print calls }' counts)" -gt 8 ] || fail "the shim was not used"
mv counts calls
unset CLENET_FILES_COUNTS
cp -r run whole

# A disk that is full from the last write but two on, which is that of the page to draw on (the last ones are the report's and run.json's), and in the process
# that draws the first: the run is done, and what is missing costs a line, however many figures there are, and one for run.json.
writes=$(awk '$1 == "write" { print $2 }' calls)
with_fault "write:$((writes - 2))+"
is 'exit status where the disk is full at the end' "$got" 0
is 'lines of warning' "$(grep -c '^warning: ' err)" 2
full=': No space left on device'
matches err "^warning: cannot write 'run/digits.svg'$full; cannot write 'run/draw.html'$full; cannot write 'run/report.html'$full; the run is not affected$"
is 'figures and half files on a full disk' "$(find run -name '*.svg' -o -name '*.part' -o -name '*.html')" ''
cmp -s run/submission.csv whole/submission.csv || fail 'a disk that is full at the end costs the submission'
cmp -s run/model.safetensors whole/model.safetensors || fail 'a disk that is full at the end costs the model'

# check WHAT: the folder after a fault.
check() {
    for file in run/* run/.[!.]*; do
        [ -e "$file" ] || continue
        name=${file#run/}
        case $name in
        .*) fail "$1: '$name' was left behind" ;;
        model.safetensors) "$CLENET" summary "$file" >/dev/null 2>&1 || fail "$1: the model is broken" ;;
        submission.csv) cmp -s "$file" whole/submission.csv || fail "$1: the submission is not whole" ;;
        report.html | draw.html) [ "$(tail -n 1 "$file")" = '</html>' ] || fail "$1: $name is not whole" ;;
        history.csv) [ -z "$(tail -c 1 "$file")" ] || fail "$1: the history ends within a line" ;;
        esac
    done
}

while read -r call times; do
    n=1
    while [ "$n" -le "$times" ]; do
        with_fault "$call:$n"
        case $got in
        0)
            cmp -s run/submission.csv whole/submission.csv || fail "$call:$n: exit status 0 without a whole submission"
            cmp -s run/model.safetensors whole/model.safetensors || fail "$call:$n: exit status 0 with another model"
            is "lines of the history after $call:$n" "$(lines run/history.csv)" 3
            ;;
        1)
            is "lines of error after $call:$n" "$(grep -c '^clenet: ' err)" 1
            has err "No space left on device"
            ;;
        *) fail "$call:$n: exit status $got" ;;
        esac
        check "$call:$n"
        n=$((n + 1))
    done
done <calls

# Several networks whose first epoch cannot be saved remove no results of an earlier run of several, or of one.
train_several() {
    timeout 60 "$@" "$CLENET" train train.csv --epochs 1 --models 2 --device cpu --out run --overwrite --figures none --quiet >out 2>err </dev/null
}
rm -rf run
run 0 train train.csv --test test.csv --epochs 1 --models 3 --device cpu --out run --figures none --quiet
cp -r run whole-three
for n in 1 2; do
    train_several env "CLENET_FILES_FAIL=write:$n+" "LD_PRELOAD=$CLENET_FILE_SHIM"
    is "exit status of networks without a disk from write $n on" $? 1
    for file in model.safetensors submission.csv report.html model-2/model.safetensors model-3/model.safetensors; do
        cmp -s "run/$file" "whole-three/$file" || fail "write:$n+ costs $file of an earlier run"
    done
done
train_several env || fail 'networks into the folder of others'
not_there run/submission.csv run/model-3
cp whole/checkpoint.safetensors whole/model.safetensors run
train_several env "CLENET_FILES_FAIL=write:1+" "LD_PRELOAD=$CLENET_FILE_SHIM"
is 'exit status of networks over one, without a disk' $? 1
there run/checkpoint.safetensors run/model.safetensors
train_several env || fail 'networks into the folder of one'
not_there run/checkpoint.safetensors
