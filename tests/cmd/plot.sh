#!/bin/sh
# clenet plot draws accuracy, loss or learning rate of one run or several: the range, the scale, the names, and what it refuses.
. "$(dirname "$0")/lib.sh"

# make_history RUN BEST: ten epochs; the first is far below the rest.
make_history() {
    mkdir -p "$1"
    awk -v best="$2" 'BEGIN {
        print "epoch,accuracy,loss,val_accuracy,val_loss,seconds,learning_rate"
        for (e = 1; e <= 10; e++)
            printf "%d,%.6f,%.6f,%.6f,%.6f,0.5,%g\n", e, best - 0.3 / e ^ 3, 0.02 + 0.8 / e ^ 2, best + 0.0001 * e, 0.03 + 0.4 / e ^ 2, 0.001 / e
    }' >"$1/history.csv"
}
make_history runs/1 0.98
make_history runs/2 0.985
make_history runs/a-name-that-is-far-too-long 0.99

# says FILE TEXT: the figure has the text, as text.
says() { has "$1" ">$2</text>"; }

# A run is given by its folder or by its file; the titles are those of the notebook.
run 0 plot runs/1
has err 'accuracy.svg: 1 run'
says accuracy.svg 'Training and Validation Accuracy'
says accuracy.svg 'No. of epoch'
says accuracy.svg 'Validation Accuracy'
run 0 plot runs/1/history.csv --out file.svg
cmp -s accuracy.svg file.svg || fail 'the folder of a run gives other curves than its history'
lacks accuracy.svg 'runs/1</text>'

# The first epochs do not set the range, and the figure says so; --range shows it.
says accuracy.svg 'epochs 1 to 3: down to 68.0 %, below the plot'
run 0 plot runs/1 --range 0,100 --out whole.svg
lacks whole.svg 'below the plot'
says whole.svg '100 %'
run 0 plot runs/1 --range 0,1 --out shares.svg
cmp -s whole.svg shares.svg || fail '--range 0,1 is not 0,100'
run 0 plot runs/1 --range 97,97.5 --out part.svg
says part.svg 'epochs 1 to 10: up to 98.1 %, above the plot'

# Losses have a log scale, and the axis says so.
run 0 plot runs/1 --show loss
says loss.svg 'Loss (log scale)'
says loss.svg 'Training and Validation Loss'
run 0 plot runs/1 --show loss --scale linear --out linear.svg
says linear.svg 'Loss'
run 0 plot runs/1 --show learning_rate
says learning_rate.svg 'Learning Rate'

# Several runs have their names, and eight of them have different dashes.
run 0 plot runs/1 runs/2 runs/a-name-that-is-far-too-long -o three.svg
has err 'three.svg: 3 runs'
says three.svg 'runs/1'
says three.svg 'runs/2'
says three.svg 'runs/a…o-long'
for i in 3 4 5 6 7 8; do make_history "runs/$i" "0.98$i"; done
run 0 plot runs/1 runs/2 runs/3 runs/4 runs/5 runs/6 runs/7 runs/8 -o eight.svg
is 'kinds of dashes of eight runs, one of which is solid' "$(grep -o 'stroke-dasharray="[^"]*"' eight.svg | sort -u | wc -l | tr -d ' ')" 7

# The mark is that of the epoch that run.json names; without it, only the best epoch is known.
has accuracy.svg '>best: epoch 10, 98.10 %<'
cp -r runs/1 kept
printf '{"schema_version": 1, "settings": {}, "data": {}, "result": {"kept": 7, "stopped": "early"}}' >kept/run.json
run 0 plot kept -o kept.svg
has kept.svg '>kept: epoch 7, 98.07 %<'
says kept.svg 'stopped early'
run 0 plot kept/history.csv -o file.svg
cmp -s kept.svg file.svg || fail 'a history next to its run.json has another mark than its folder'
printf '{"schema_version": 1, "settings": {}, "data": {}, "result": {"kept": 11, "stopped": 3}}' >kept/run.json
run 0 plot kept -o odd.svg
cmp -s odd.svg accuracy.svg || fail 'a damaged run.json changes the figure'

# Files of an earlier clenet have no learning rate.
cut -d, -f1-6 runs/1/history.csv >old.csv
run 0 plot old.csv -o old.svg
cmp -s old.svg accuracy.svg || fail 'a history without learning rates gives another figure'
fails_with "'old.csv' has no learning rates" plot old.csv --show learning_rate

# What is refused, with what to type.
refuses "--range 99,98 is empty" plot runs/1 --range 99,98
refuses 'accuracies end at 100 %' plot runs/1 --range 98,101
refuses '--range' plot runs/1 --range 98
refuses 'has no log scale' plot runs/1 --show loss --scale log --range 0,1
refuses "unsupported format 'curve.gif': use .svg, .png or .pdf" plot runs/1 -o curve.gif
not_there curve.gif
fails_with 'nowhere' plot nowhere
mkdir hollow
fails_with 'hollow/history.csv' plot hollow
