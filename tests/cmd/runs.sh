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

# ---- run.json ---------------------------------------------------------------------------------------------------------------

rm -rf mine
run 0 train train.csv --test test.csv --out mine --epochs 2 --figures none --device cpu --json --augment shift --seed 18446744073709551615
is 'lines of JSON' "$(lines out)" 1
matches err '^finished: 2 epochs$'
for text in '"schema_version": 1' '"command": "clenet train train.csv --test test.csv --out mine' '"rows": 120' '"classes": 10' \
    '"training_rows": 96' '"validation_rows": 24' '"recipe": "notebook"' '"arch": null' '"dropout": [0.1, 0.3]' '"batch": 32' \
    '"learning-rate": 0.001' '"augment": "shift"' '"seed": "18446744073709551615"' '"device": "cpu, ' '"compiler": "' \
    '"stopped": "epochs"' '"epochs": 2' '"files": ["model.safetensors", "checkpoint.safetensors", "history.csv", "submission.csv", "report.html", "draw.html"]'; do
    has out "$text"
done
matches out '"started": "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"'
# printed FILE: its JSON on one line, as --json prints it.
printed() { tr '\n' ' ' <"$1" | sed 's/  */ /g; s/\([[{]\) /\1/g; s/ \([]}]\)/\1/g; s/ $//'; }
is 'run.json and what --json prints' "$(printed mine/run.json)" "$(cat out)"
# What it says of the data and of the result is true, by other programs.
if command -v python3 >python.path; then
    python3 - mine <<'END' || fail 'run.json says what is not so'
import csv, json, sys, zlib
record = json.load(open(sys.argv[1] + "/run.json"))
rows = list(csv.reader(open("train.csv")))[1:]
pixels = bytes(int(cell) for row in rows for cell in row[1:])
labels = bytes(int(row[0]) for row in rows)
assert record["data"]["crc32_images"] == f"{zlib.crc32(pixels):08x}", record["data"]
assert record["data"]["crc32_labels"] == f"{zlib.crc32(labels):08x}", record["data"]
epochs = list(csv.DictReader(open(sys.argv[1] + "/history.csv")))
result = record["result"]
kept = epochs[result["kept"] - 1]
for name in "accuracy", "loss", "val_accuracy", "val_loss":
    assert abs(result[name] - float(kept[name])) < 1e-6, name
assert abs(result["last_val_accuracy"] - float(epochs[-1]["val_accuracy"])) < 1e-6
assert abs(result["seconds"] - sum(float(epoch["seconds"]) for epoch in epochs)) < 1e-3
END
fi
run 0 train train.csv --epochs 1 --out table --figures none --device cpu --quiet --json --profile
is 'lines of JSON beside a table' "$(lines out)" 1
empty_result() { has "$1" '"result": null'; }

# A run that goes on, or was killed, has no result; one that is resumed has that of all its epochs.
rm -rf mine
"$CLENET" train train.csv --out mine --epochs 100000 --patience 30 --threads 1 --figures none --device cpu --quiet >out 2>err &
process=$!
until [ -s mine/checkpoint.safetensors ]; do kill -0 "$process" 2>kill.err || fail 'the run ended before it was killed'; done
kill -KILL "$process"
wait "$process" 2>wait.err
empty_result mine/run.json
run 0 train --resume mine --quiet
has mine/run.json '"stopped": "early"'
# A run of an earlier clenet has no record: resumed, it has one, also if it had ended.
rm mine/run.json
run 0 train --resume mine --quiet
has mine/run.json '"stopped": "early"'
# With --overwrite the earlier record stays as long as the earlier results do.
cp mine/run.json old.json
# shellcheck disable=SC2086
fails_with 'the data have' train train.csv --arch small.txt --out mine --overwrite $quick
cmp -s old.json mine/run.json || fail 'a run that failed replaced run.json'
learn --out mine --overwrite --batch 64
has mine/run.json '"batch": 64'

# Several networks: a record of the whole, and one of each.
learn --out folds --folds 3 --json
for text in '"folds": 3' '"mean": ' '"spread": ' '"out_of_fold_accuracy": ' '{"folder": "model-3", "epochs": 1'; do has out "$text"; done
has folds/model-2/run.json '"network": 2'
learn --out folds --overwrite
not_there folds/model-2

# ---- clenet runs --------------------------------------------------------------------------------------------------------------

# Without runs, a friendly line.
rm -rf runs
run 0 runs
empty out
has err "no runs in 'runs' yet: clenet train train.csv starts one"
run 0 runs --json
is 'JSON of no runs' "$(cat out)" '[]'
fails_with "cannot open the folder 'nowhere'" runs nowhere

learn
learn --batch 64 --seed 3
learn --batch 64 --seed 3 --recipe best --epochs 2
learn --folds 2
cp -r runs/2 runs/10
cp -r runs/1 runs/renamed
run 0 runs
empty err
# fits: no line of the table is wider than a terminal, and none commands it.
fits() {
    awk 'length > 80 { print; exit 1 }' out || fail 'a line of clenet runs has more than 80 columns'
    ! tr -d '\n' <out | grep -q '[[:cntrl:]]' || fail 'clenet runs prints control characters'
}
fits
is 'order of the runs' "$(awk 'NR > 1 && /^[^ ]/ { print $1 }' out | tr '\n' ' ')" '1 2 3 4 10 renamed '
matches out '^1 +20[0-9-]{8} [0-9:]{5} +[0-9.]+ % +1 +[0-9.]+ s +notebook +cpu$'
has out '    --batch 64 (was 32), --seed 3 (was 1)'
has out '--recipe best (was notebook)'
matches out '^    and [0-9]+ more: clenet runs diff A B prints them all$'
accuracy=$(awk -F, 'NR == 2 { printf "%.2f %%", 100 * $4 }' runs/1/history.csv)
matches out "^1 .* $accuracy "
run 0 runs runs/4 # the networks of a run of several
is 'networks' "$(awk 'NR > 1 && /^[^ ]/ { print $1 }' out | tr '\n' ' ')" 'model-1 model-2 '
run 0 runs runs/1
is 'a folder that is a run' "$(awk 'NR > 1 { print $1 }' out)" runs/1

# diff: what differs, and nothing else.
run 0 runs diff 1 2
fits
matches out '^ +runs/1 +runs/2$'
matches out '^--batch +32 +64$'
matches out '^--seed +1 +3$'
lacks out --epochs
lacks out device
run 0 runs diff 2 runs/10
is 'what differs in a copy' "$(sed 1d out)" 'no differences'
run 0 runs diff 1 runs/latest/
matches out '^--folds +none +2$'
run 0 runs diff 1 2 --json
has out '{"a": "runs/1", "b": "runs/2", "differences": [{"part": "settings", "name": "batch", "a": 32, "b": 64}, '
refuses 'diff needs two runs: clenet runs diff A B' runs diff 1
refuses "unexpected argument '3'" runs diff 1 2 3
refuses "unexpected argument 'b'" runs a b
fails_with "'99' is not a run: it has no run.json" runs diff 1 99

# Unfinished and damaged runs are called so in their rows; odd names and values do no harm.
mkdir runs/11 runs/12 runs/13 runs/14 runs/15 runs/16 runs/17 runs/18
sed 's/"result": {/"result": null, "rest": {/' runs/1/run.json >runs/11/run.json
printf '{' >runs/12/run.json
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "{\"a\":"; print 1 }' >runs/13/run.json
printf '{"schema_version": 1, "settings": 3, "data": [], "result": {}}' >runs/14/run.json
head -c 2000000 /dev/zero >runs/15/run.json
mkfifo runs/16/run.json
mkdir runs/17/run.json
printf '{"schema_version": 1, "started": "\\u001b[2J\\u009b2J\\nlong %0200d", "device": "\\u001b]0;x\\u0007", "settings": {"\\u001b[31mred": "\\u001b[0m", "recipe": [[[1]]], "batch": 1e300}, "data": {"rows": "many"}, "result": {"val_accuracy": 1e300, "epochs": -1e300, "seconds": "soon"}}' 7 >runs/18/run.json
odd=$(printf 'runs/odd \033[31m name that is very long indeed')
cp -r runs/1 "$odd"
run 0 runs
fits
matches out '^11 +20.* - +- +- +notebook +cpu$'
has out '    unfinished'
for i in 12 13 14 15 16 17; do matches out "^$i +damaged: run.json "; done
matches out '^18 +\?\[2J\?\?2J\?long 0'
run 0 runs diff 1 18
has out '--?[31mred'
! tr -d '\n' <out | grep -q '[[:cntrl:]]' || fail 'clenet runs diff prints control characters'
fails_with "the run '12' is damaged: run.json is not JSON" runs diff 12 1
run 0 runs --json
for state in finished unfinished damaged; do has out "\"state\": \"$state\""; done
