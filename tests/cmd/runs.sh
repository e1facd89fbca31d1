#!/bin/sh
# Runs are never lost: numbered folders, a folder that holds a run is refused, and clenet runs lists and compares them.
. "$(dirname "$0")/lib.sh"
train_rows 120 >train.csv
test_rows 20 >test.csv
quick='--figures none --device cpu --quiet'
# learn ARGUMENT...: a short run.
# shellcheck disable=SC2086 # a list of words
learn() { run 0 train train.csv --epochs 1 $quick "$@"; }

# ---- numbered folders --------------------------------------------------------------------------------------------------

# Two runs in a row lose nothing.
learn
there runs/1/model.safetensors runs/1/history.csv runs/1/report.html
is 'the newest run' "$(readlink runs/latest)" 1
cp -r runs/1 first
learn --test test.csv
diff -r runs/1 first || fail 'the second run changed the first'
there runs/2/model.safetensors runs/2/submission.csv
is 'the newest run' "$(readlink runs/latest)" 2
is 'folders' "$(echo runs/*)" 'runs/1 runs/2 runs/latest'

# runs/latest is a name like any other.
run 0 predict runs/latest test.csv -o latest.csv
cmp -s latest.csv runs/2/submission.csv || fail 'runs/latest is not the newest run'
fails_with "'runs/2' already holds a run" train train.csv --out runs/latest
run 0 train --resume runs/latest --epochs 2 --quiet
is 'lines of the history of the newest run' "$(lines runs/latest/history.csv)" 3
learn --out runs/latest/ --overwrite --epochs 1
is 'lines of the history of the newest run' "$(lines runs/2/history.csv)" 2
is 'folders' "$(echo runs/*)" 'runs/1 runs/2 runs/latest'

# A number is not used again while there is a later one, and others' folders are no numbers.
mkdir runs/7 runs/007 runs/8a runs/99999999999
echo mine >runs/12
learn
there runs/13/model.safetensors
rm -r runs/7 runs/007 runs/8a runs/99999999999 runs/12

# A run that fails before its first epoch leaves no folder, not even runs.
# shellcheck disable=SC2086
{
    fails_with 'nowhere.csv' train nowhere.csv $quick
    fails_with 'nowhere.txt' train train.csv --arch nowhere.txt $quick
    head -n 3 train.csv >few.csv
    fails_with 'need 7 images' train few.csv --models 5 $quick
    printf 'input 28x28x1\nflatten\ndense 3 softmax\n' >small.txt
    fails_with 'the data have' train train.csv --arch small.txt $quick
}
is 'folders' "$(echo runs/*)" 'runs/1 runs/13 runs/2 runs/latest'
mkdir empty
(cd empty && "$CLENET" train ../train.csv --arch ../small.txt --quiet --device cpu 2>../err)
is 'exit status' $? 1
is 'what is in the folder' "$(ls -A empty)" ''

# One that is stopped before its first epoch has a checkpoint, and keeps its folder.
if env --default-signal=INT true 2>env.err; then
    rm -f err
    env --default-signal=INT "$CLENET" train "$digits/train.csv.gz" --batch 1 --threads 1 --device cpu --figures none >out 2>err &
    process=$!
    until grep -q '^device:' err 2>grep.err; do kill -0 "$process" 2>kill.err || fail 'the run ended before it began'; done
    kill -INT "$process"
    wait "$process"
    is 'exit status after Ctrl-C' $? 130
    has err 'to resume: clenet train --resume runs/14'
    there runs/14/checkpoint.safetensors
    is 'the newest run' "$(readlink runs/latest)" 14
    rm -r runs/14
fi

# Runs that begin at once have different numbers, and the newest one stays the newest.
rm -r runs
for i in 1 2 3 4 5 6; do
    # shellcheck disable=SC2086
    "$CLENET" train train.csv --epochs 1 --threads 1 --seed "$i" $quick 2>"err.$i" &
    eval "process_$i=$!"
done
for i in 1 2 3 4 5 6; do
    eval "wait \$process_$i" || fail "run $i of six at once failed: $(cat "err.$i")"
    empty "err.$i"
done
is 'runs that began at once' "$(echo runs/*)" 'runs/1 runs/2 runs/3 runs/4 runs/5 runs/6 runs/latest'
for i in 1 2 3 4 5 6; do there "runs/$i/model.safetensors"; done
is 'different models' "$(cksum runs/[1-6]/model.safetensors | cut -d ' ' -f 1 | sort -u | wc -l | tr -d ' ')" 6
is 'the newest run' "$(readlink runs/latest)" 6

# What is no link is left alone.
rm runs/latest && mkdir runs/latest && echo mine >runs/latest/notes.txt
run 0 train train.csv --epochs 1 --figures none --device cpu --quiet
is 'lines of warning' "$(grep -c "^warning: cannot make the link 'runs/latest': .*; the run is not affected$" err)" 1
there runs/7/model.safetensors runs/latest/notes.txt
rm -r runs/latest
echo mine >blocked
(mkdir blocked-runs && cd blocked-runs && echo mine >runs && "$CLENET" train ../train.csv --quiet --device cpu 2>../err)
is 'exit status where runs is a file' $? 1
has err "cannot make the folder 'runs': there is a file of that name"

# ---- a folder that holds a run --------------------------------------------------------------------------------------------

learn --out mine
cp -r mine before
fails_with "'mine' already holds a run (model.safetensors): continue it with --resume, choose another folder with --out, or replace it with --overwrite" \
    train train.csv --out mine
fails_with "'mine' already holds a run" train nowhere.csv --out mine/ # before the data are read
fails_with "'./mine' already holds a run" train train.csv --out ./mine --models 2
diff -r mine before || fail 'a run that was refused changed the folder'
for name in model.safetensors checkpoint.safetensors history.csv run.json model-1/model.safetensors model-1/run.json; do
    rm -rf held && mkdir -p held/model-1
    echo anything >"held/$name"
    fails_with "'held' already holds a run ($name)" train train.csv --out held
done
rm held/model-1/run.json && echo notes >held/notes.txt
learn --out held # a folder with other files holds no run
there held/model.safetensors held/notes.txt
learn --out several --models 2
fails_with "'several' already holds a run (model.safetensors): continue it with --resume" train train.csv --out several
rm several/model.safetensors
fails_with "'several' already holds a run" train train.csv --out several
rm mine/checkpoint.safetensors
fails_with "'mine' already holds a run (model.safetensors): choose another folder with --out" train train.csv --out mine

# --overwrite replaces it, but not before the first epoch is done.
fails_with 'nowhere.csv' train nowhere.csv --out mine --overwrite
cmp -s mine/model.safetensors before/model.safetensors || fail 'a run that failed replaced the model'
learn --out mine --overwrite --seed 2
! cmp -s mine/model.safetensors before/model.safetensors || fail '--overwrite left the earlier model'
refuses '--overwrite replaces the run in a folder: name the folder with --out' train train.csv --overwrite
refuses '--resume continues a run and --overwrite replaces it: remove one of them' train --resume mine --overwrite
