#!/bin/sh
# A full disk, a file-size limit, a folder that is removed in mid-run, a file system that turns read-only: one clear line, exit status
# 1, and the last whole checkpoint and model still there.
. "$(dirname "$0")/../cmd/lib.sh"
train_rows 400 >train.csv

# stopped WHAT TEXT: how a run in $folder that met such a fault has ended: $got is its exit status.
stopped() {
    is "exit status: $1" "$got" 1
    is "lines of error: $1" "$(grep -c '^clenet: ' err)" 1
    has err "$2"
}
# whole WHAT: model and checkpoint of before are there, and the run goes on from them.
whole() {
    run 0 summary "$folder/model.safetensors"
    is "half files: $1" "$(find "$folder" -name '.*.part')" ''
}

# The limit on a file's size lies above the history and below the checkpoint.
folder=limited
run 0 train train.csv --out limited --figures none --epochs 1 --quiet
(ulimit -f 200 && exec "$CLENET" train --resume limited --epochs 3 --quiet) >out 2>err
got=$?
stopped 'a file-size limit' 'File too large'
whole 'a file-size limit'
run 0 train --resume limited --epochs 3 --quiet

# The folder is gone in mid-run.
"$CLENET" train train.csv --out gone --figures none --epochs 1000000 --patience -1 --quiet >out 2>err &
process=$!
until [ -s gone/checkpoint.safetensors ]; do kill -0 "$process" 2>kill.err || fail 'the run ended before its first epoch'; done
until rm -rf gone 2>rm.err; do :; done # again if a file was made meanwhile
wait "$process"
got=$?
stopped 'a folder that is gone' "'gone/"
not_there gone

mkdir small
if mount -t tmpfs -o size=1600k none small 2>mount.err; then
    trap 'cd / && umount "$work/small"; rm -rf "$work"' EXIT
    # Room for one checkpoint and a model, but not for the second, which is written next to the first.
    folder=small/run
    "$CLENET" train train.csv --out small/run --figures none --epochs 3 --quiet >out 2>err
    got=$?
    if [ "$got" -eq 0 ]; then # both fit: something else takes the room
        dd if=/dev/zero of=small/filler bs=1k count=700 2>dd.err
        "$CLENET" train --resume small/run --epochs 6 --quiet >out 2>err
        got=$?
    fi
    stopped 'a full disk' 'No space left on device'
    whole 'a full disk'
    rm -f small/filler
    cp -r small/run freed
    run 0 train --resume freed --epochs 6 --quiet # with room it goes on
    is 'lines of the history' "$(lines freed/history.csv)" 7

    rm -rf small/run
    folder=small/run
    run 0 train train.csv --out small/run --figures none --epochs 1 --quiet
    mount -o remount,ro small 2>mount.err || skip 'this file system cannot be made read-only'
    fails_with 'Read-only file system' train --resume small/run --epochs 3
    whole 'a read-only file system'
fi
