#!/bin/sh
# A run that was stopped goes on with --resume, from any folder and with no other word, to the same bits as one that never was.
. "$(dirname "$0")/lib.sh"
train_rows 640 >train.csv
test_rows 50 >test.csv
settings='--epochs 8 --patience -1 --batch 16 --seed 3 --keep last'
# shellcheck disable=SC2086 # a list of words
run 0 train train.csv --test test.csv --out whole $settings
there whole/checkpoint.safetensors
lacks err 'to resume'

# begin ARGUMENT...: a run in the background, which is stopped when its history has two epochs.
begin() {
    # shellcheck disable=SC2086
    "$CLENET" train train.csv --test test.csv --out run $settings --threads 1 "$@" >run.out 2>run.err &
    process=$!
    until [ -s run/history.csv ] && [ "$(lines run/history.csv)" -ge 3 ]; do
        kill -0 "$process" 2>kill.err || fail 'the run ended before it was stopped'
    done
}
# The history but for its last column, the seconds.
without_seconds() { cut -d , -f 1-5 "$1"; }
# same_as_whole WHAT
same_as_whole() {
    cmp -s run/model.safetensors whole/model.safetensors || fail "$1: another model"
    cmp -s run/submission.csv whole/submission.csv || fail "$1: another submission"
    is "history: $1" "$(without_seconds run/history.csv)" "$(without_seconds whole/history.csv)"
}

begin
kill -TERM "$process"
wait "$process"
is 'exit status after SIGTERM' $? 143
has run.err "to resume: clenet train --resume run"
there run/checkpoint.safetensors
mkdir elsewhere
(cd elsewhere && "$CLENET" train --resume ../run >../out 2>../err) || fail 'the run did not go on'
matches err '^resuming (after|within) epoch [0-9]+'
same_as_whole 'stopped by SIGTERM'

# Killed at any moment, it goes on from what it wrote down last.
rm -r run
begin --checkpoint-seconds 0
kill -KILL "$process"
wait "$process" 2>wait.err
is 'exit status after SIGKILL' $? 137
run 0 train --resume run
same_as_whole 'killed'

# A run that is done is done; with more epochs it goes on.
run 0 train --resume run
has err 'finished: 8 epochs'
same_as_whole 'taken up when it was done'
run 0 train --resume run --epochs 9 --quiet
is 'lines of the history' "$(lines run/history.csv)" 10

# What differs is named, and nothing is changed.
cp run/history.csv before.csv
fails_with 'cannot resume: batch was 16, now 32' train --resume run --batch 32
fails_with 'cannot resume: seed was 3, now 4' train --resume run --seed 4
train_rows 641 >more.csv
fails_with 'cannot resume: the number of rows was 640, now 641' train more.csv --resume run
sed '2s/^[0-9]/9/' train.csv >other.csv
fails_with 'the labels differ' train other.csv --resume run
cmp -s before.csv run/history.csv || fail 'a refused run changed the history'

# Standard input cannot be read again, and is to be given again.
"$CLENET" train - --out piped --epochs 1 --quiet <train.csv 2>err || fail 'no run on standard input'
refuses "the run in 'piped' read its images from standard input" train --resume piped
"$CLENET" train - --resume piped --epochs 2 --quiet <train.csv 2>err || fail 'standard input was given again, in vain'

mkdir empty
fails_with "cannot resume 'empty': it has no checkpoint.safetensors" train --resume empty
cp run/model.safetensors empty/checkpoint.safetensors
fails_with 'is not a checkpoint of clenet' train --resume empty
refuses '--resume continues in the same folder' train --resume run --out elsewhere
refuses '--resume continues a run and --overwrite replaces it' train --resume run --overwrite
refuses 'TRAIN is missing' train

# Two runs into one folder: the second is refused, and the lock goes with its process.
rm -r run
begin --epochs 100000
fails_with "another run is writing into 'run'" train train.csv --out run --overwrite
fails_with "another run is writing into 'run'" train --resume run
kill -KILL "$process"
wait "$process" 2>wait.err
run 0 train train.csv --out run --overwrite --epochs 1 --quiet
