#!/bin/sh
# clenet train: the files it leaves, and what it says.
. "$(dirname "$0")/lib.sh"
train_rows 1000 >train.csv
test_rows 200 >test.csv

run 0 train train.csv --test test.csv --out deep/er/run --epochs 2 --seed 7
empty out
there deep/er/run/model.safetensors deep/er/run/history.csv deep/er/run/submission.csv
is 'files in the folder' "$(cd deep/er/run && for file in *; do case $file in *.svg) ;; *) echo "$file" ;; esac; done | tr '\n' ' ')" 'checkpoint.safetensors draw.html history.csv model.safetensors report.html run.json submission.csv '

# history.csv: a row an epoch.
cd deep/er/run || fail 'no folder'
is 'the header of history.csv' "$(head -n 1 history.csv)" 'epoch,accuracy,loss,val_accuracy,val_loss,seconds,learning_rate'
is 'the lines of history.csv' "$(lines history.csv)" 3
awk -F, 'NR > 1 && (NF != 7 || $7 != 0.001 || $1 != NR - 1 || $2 <= 0 || $2 > 1 || $4 <= 0 || $4 > 1 || $3 <= 0 || $6 < 0) { exit 1 }' \
    history.csv || fail "history.csv has a row that is not right: $(cat history.csv)"

# submission.csv: Kaggle's header, ids from 1, digits.
is 'the header of submission.csv' "$(head -n 1 submission.csv)" 'ImageId,Label'
is 'the lines of submission.csv' "$(lines submission.csv)" 201
awk -F, 'NR > 1 && (NF != 2 || $1 != NR - 1 || $2 !~ /^[0-9]$/) { exit 1 }' submission.csv ||
    fail 'submission.csv has a row that is not right'
cd "$work" || exit 1

# What was said.
has err 'data: 1,000 images of 28x28, 800 to train on, 200 held out'
matches err '^device: cpu'
matches err '^validation accuracy [0-9]+\.[0-9][0-9] % \(epoch [12] of 2, the best\)$'
has err 'finished: 2 epochs'
matches err '^2 epochs in .* s, [0-9,]+ images per second$'
has err 'results: deep/er/run/model.safetensors, deep/er/run/history.csv, deep/er/run/submission.csv'

# The submission is that of the model in the same folder.
run 0 predict deep/er/run/model.safetensors test.csv -o again.csv
cmp -s again.csv deep/er/run/submission.csv || fail 'clenet predict says other digits than clenet train'

# The accuracy that was said is that of the epoch that is marked, and of the best one in the history.
train_rows 200 >train.csv
run 0 train train.csv --out short --epochs 2 --seed 7 -q
run 0 train train.csv --out run --epochs 3 --seed 7
best=$(awk -F, 'NR > 1 && $4 > best { best = $4; at = $1 } END { printf "%.2f %% (epoch %d of 3, the best)", 100 * best, at }' run/history.csv)
has err "validation accuracy $best"
is 'the first epochs of the same seed' "$(sed 3q run/history.csv | cut -d, -f1-5)" "$(cut -d, -f1-5 short/history.csv)"

# A later run in the same folder: an old submission is not there to be taken for the new model's.
cp again.csv run/submission.csv
echo mine >run/notes.txt
run 0 train train.csv --out run/ --overwrite --epochs 1 --quiet
empty err
empty out
not_there run/submission.csv
there run/notes.txt
is 'the lines of history.csv after a shorter run' "$(lines run/history.csv)" 2

# But a run that fails before its first epoch leaves the earlier one whole.
cp again.csv run/submission.csv
cp run/model.safetensors old.safetensors
head -c 100000 train.csv >cut.csv
fails_with cut.csv train cut.csv --out run --overwrite
fails_with cut.csv train train.csv --test cut.csv --out run --overwrite
fails_with nowhere.csv train train.csv --test nowhere.csv --out other
not_there other
cmp -s old.safetensors run/model.safetensors || fail 'a failed run touched the model'
there run/submission.csv run/history.csv

# Without --out there is a new folder.
run 0 train train.csv --epochs 1 -q --batch 127 --learning-rate 0.002
there runs/1/model.safetensors
not_there runs/1/submission.csv

# No validation: its cells are empty, and the last epoch is kept.
run 0 train train.csv --out none --epochs 2 --validation 0
matches none/history.csv '^2,[0-9.e-]+,[0-9.e-]+,,,[0-9.e-]+,0\.001$'
matches err '^training accuracy .* \(epoch 2 of 2, the last\)$'
has err '200 to train on, 0 held out'
lacks err val_

# --keep last keeps the last epoch; --patience stops early and says why.
run 0 train train.csv --out last --epochs 8 --patience -1 --keep last
matches err '\(epoch 8 of 8, the last\)$'
is 'epochs marked as kept with --keep last' "$(grep -c '  \*$' err)" 8
run 0 train train.csv --out best --epochs 8 --patience -1 --keep best
is 'epochs marked as kept with --keep best' "$(grep -c '  \*$' err)" \
    "$(awk -F, 'NR > 1 && $4 > best { best = $4; kept++ } END { print kept }' best/history.csv)"
run 0 train train.csv --out early --epochs 30 --patience 0 --monitor val_loss
matches err "^stopped early: val_loss did not improve for 1 epoch$|^finished: 30 epochs"

# CLENET_DEVICE is the default of --device, and is named in its error.
CLENET_DEVICE=cpu
export CLENET_DEVICE
run 0 train train.csv --out device --epochs 1
matches err '^device: cpu'
CLENET_DEVICE=toaster
fails_with toaster train train.csv --out device --overwrite --epochs 1
has err CLENET_DEVICE
run 0 train train.csv --out device --overwrite --epochs 1 --device cpu -q
unset CLENET_DEVICE
fails_with toaster train train.csv --out device --overwrite --device toaster
lacks err CLENET_DEVICE
fails_with mmx train train.csv --out device --overwrite --isa mmx
run 0 train train.csv --out device --overwrite --epochs 1 --isa baseline --threads 1
matches err '^device: cpu, 1 thread, baseline'
