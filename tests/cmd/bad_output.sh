#!/bin/sh
# Results that cannot be written: one line, before the training if possible, and no incomplete file.
. "$(dirname "$0")/lib.sh"
train_rows 100 >train.csv
test_rows 50 >test.csv
make_model model.safetensors

echo precious >file
fails_with "'file': there is a file of that name" train train.csv --out file
fails_with "'file': there is a file of that name" train train.csv --out file/run
is 'the file that stood in the way' "$(cat file)" precious
for name in model.safetensors history.csv submission.csv; do
    mkdir -p "taken/$name"
    fails_with "'taken/$name': there is a folder of that name" train train.csv --test test.csv --out taken
    is 'what lies in the folder' "$(ls taken)" "$name"
    rmdir "taken/$name"
done
mkdir out.csv
fails_with out.csv predict model.safetensors test.csv -o out.csv
fails_with nowhere predict model.safetensors test.csv -o nowhere/submission.csv
not_there nowhere

if [ "$(id -u)" -ne 0 ]; then
    mkdir locked
    chmod 555 locked
    fails_with "'locked'" train train.csv --out locked
    fails_with "'locked/run'" train train.csv --out locked/run
    fails_with locked predict model.safetensors test.csv -o locked/submission.csv
    is 'what lies in the locked folder' "$(ls locked)" ''
fi

# A full disk on standard output.
if [ -w /dev/full ]; then
    for command in 'summary' 'summary --help' '--version' '--help' "evaluate model.safetensors train.csv -q" \
        "evaluate model.safetensors train.csv --json -q" "predict model.safetensors test.csv -o - -q"; do
        # shellcheck disable=SC2086 # words are wanted
        "$CLENET" $command >/dev/full 2>err
        is "exit status of clenet $command on a full disk" "$?" 1
        is "lines said by clenet $command on a full disk" "$(lines err)" 1
        matches err '^clenet: cannot write .*standard output'
    done
fi

# Standard output that is closed, or whose reader has gone: exit status 1; without a word in the second case.
"$CLENET" summary >&- 2>err
is 'exit status of clenet summary with no standard output' "$?" 1
for command in 'summary' "evaluate model.safetensors train.csv -q" "predict model.safetensors test.csv -o - -q"; do
    mkfifo pipe
    (exec 3<pipe) & # opens the pipe, and goes
    reader=$!
    exec 4>pipe
    wait "$reader"
    # shellcheck disable=SC2086
    "$CLENET" $command >&4 2>err
    is "exit status of clenet $command with the reader gone" "$?" 1
    empty err
    exec 4>&-
    rm pipe
done

# The reader of standard output has gone: the run continues and writes its results.
mkfifo pipe
(exec 3<pipe) &
reader=$!
exec 4>pipe
wait "$reader"
"$CLENET" train train.csv --test test.csv --out unheard --epochs 2 2>&4
is 'exit status of a run whose listener has gone' "$?" 0
exec 4>&-
is 'lines of the history of a run whose listener has gone' "$(lines unheard/history.csv)" 3
there unheard/model.safetensors unheard/submission.csv

# With standard error closed, nothing that is said may end up in a result.
"$CLENET" train train.csv --test test.csv --out silent --epochs 2 2>&- >&- <&-
is 'exit status of a run with closed streams' "$?" 0
cmp -s silent/model.safetensors unheard/model.safetensors || fail 'closed streams changed the model'
cmp -s silent/submission.csv unheard/submission.csv || fail 'closed streams changed the submission'
