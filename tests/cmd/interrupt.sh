#!/bin/sh
# Ctrl-C and kill: the first stops the run and keeps its results, the second ends it at once.
. "$(dirname "$0")/lib.sh"
# A shell starts its background jobs with SIGINT ignored, and the command respects that: env puts it back.
env --default-signal=INT true 2>env.err || skip 'env (coreutils 8.31) has no --default-signal'
train_rows 400 >train.csv
test_rows 50 >test.csv

# begin ARGUMENT...: starts an endless run in the background, and waits for its first model.
begin() {
    rm -rf run
    env --default-signal=INT "$CLENET" train train.csv --out run --epochs 1000000 --patience -1 --threads 1 "$@" \
        >out 2>err &
    process=$!
    waited=0
    until [ -s run/model.safetensors ]; do
        if [ "$waited" -ge 600 ]; then # a sanitizer on a busy machine is slow
            kill -KILL "$process" 2>kill.err
            fail 'no model after a minute'
        fi
        sleep 0.1
        waited=$((waited + 1))
    done
}
# ends_with STATUS [SECONDS]: the run ends within that time; default: 10.
ends_with() {
    (sleep "${2:-10}" && kill -KILL "$process") >guard.out 2>&1 &
    guard=$!
    wait "$process" 2>wait.err
    got=$?
    kill "$guard" 2>guard.err
    is 'exit status of the run that was stopped' "$got" "$1"
}

begin --test test.csv
kill -INT "$process"
ends_with 130
there run/model.safetensors run/history.csv run/submission.csv
is 'lines of the submission' "$(lines run/submission.csv)" 51
has err 'stopped by Ctrl-C (SIGINT)'
answer='stopping after this batch and saving; press Ctrl-C again to quit now'
is 'lines that answer Ctrl-C' "$(grep -cxF "$answer" err)" 1
matches err '^validation accuracy .* \(epoch [0-9]+ of [0-9]+, the best\)$'
has err 'results: run/model.safetensors, run/history.csv, run/submission.csv'
awk -F, 'NF != 7 || (NR > 1 && $1 != NR - 1) { exit 1 }' run/history.csv || fail 'the history is not whole'
run 0 predict run/model.safetensors test.csv -o again.csv
cmp -s again.csv run/submission.csv || fail 'the submission is not that of the model'

begin --keep last --quiet
kill -TERM "$process"
ends_with 143
empty err
run 0 summary run/model.safetensors
not_there run/submission.csv

# A terminal that is closed, or a connection that is lost.
begin --quiet
kill -HUP "$process"
ends_with 129
there run/checkpoint.safetensors
run 0 summary run/model.safetensors

# Stopped before the first epoch is done: an earlier run stays whole. A batch of one image makes the epoch long.
cp run/history.csv old.csv
cp run/model.safetensors old.safetensors
echo 'of the earlier run' >run/submission.csv
rm err
env --default-signal=INT "$CLENET" train "$digits/train.csv.gz" --out run --overwrite --batch 1 --threads 1 >out 2>err &
process=$!
until grep -q '^device:' err 2>grep.err; do kill -0 "$process" || fail 'the run ended before it began'; done
kill -INT "$process"
ends_with 130
has err 'no model was saved: the first epoch was not finished'
has err "to resume: clenet train --resume run"
cmp -s old.csv run/history.csv || fail 'a run that was stopped in its first epoch touched the history'
cmp -s old.safetensors run/model.safetensors || fail 'a run that was stopped in its first epoch touched the model'
there run/submission.csv

# Two signals at once: the run ends, at the first or by the second, and what lies under the model's name is whole.
begin
kill -INT "$process"
kill -INT "$process" 2>kill.err
ends_with 130
run 0 summary run/model.safetensors

# The second ends a run that has not finished: here it waits for a reader of its report.
begin
rm -f run/report.html
mkfifo run/report.html
kill -INT "$process"
until grep -qxF "$answer" err; do kill -0 "$process" || fail 'the first Ctrl-C has no answer'; done
kill -INT "$process"
ends_with 130
rm run/report.html
run 0 summary run/model.safetensors

# A signal that the parent process ignores stays ignored, as for this shell's background jobs, or under nohup.
rm -rf run
"$CLENET" train train.csv --out run --epochs 20 --patience -1 --threads 1 --figures none --quiet >out 2>err &
process=$!
until [ -s run/model.safetensors ]; do kill -0 "$process" || fail 'the run ended without a model'; done
kill -INT "$process" 2>kill.err
ends_with 0 60 # the whole of it, and a sanitizer on a busy machine is slow
is 'lines of the history' "$(lines run/history.csv)" 21

# On a terminal Ctrl-C is a key: the answer replaces the bar, at once, and the run ends as by kill.
command -v script >script.path || skip 'no script (util-linux) to make a terminal with'
rm -rf run
{
    until [ -s run/model.safetensors ]; do sleep 0.1; done
    printf '\003'
    sleep 10
} | script -qec "env --default-signal=INT '$CLENET' train train.csv --out run --epochs 1000000 --patience -1 --threads 1" screen >out 2>err &
process=$!
ends_with 130
tr '\r' '\n' <screen | sed "s/$(printf '\033')\[[0-9;]*[mJ]//g" >err
is 'lines that answer Ctrl-C on a terminal' "$(grep -cxF "$answer" err)" 1
has err 'stopped by Ctrl-C (SIGINT)'
has err "to resume: clenet train --resume run"
sed -n "/^$answer/,\$p" err >after
! grep -q '%' after || grep -q '^validation accuracy' after || fail 'a bar is drawn after the answer'
