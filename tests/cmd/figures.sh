#!/bin/sh
# clenet train leaves the pictures of its run, and clenet plot compares runs; what cannot be drawn costs a line, not the run.
. "$(dirname "$0")/lib.sh"
train_rows 300 >train.csv

# names FOLDER FORMAT: the figures there, on one line.
names() { (cd "$1" && for file in *."$2"; do [ ! -e "$file" ] || echo "${file%.*}"; done) | tr '\n' ' '; }
all='accuracy architecture confusion digits filters loss mistakes training-digits validation-digits '

run 0 train train.csv --out run --epochs 2
if grep -q 'built without PLplot' err; then
    is 'lines about it' "$(grep -c 'PLplot' err)" 1
    has err 'libplplot-dev'
    is 'figures' "$(names run svg)" ''
    run 0 train train.csv --out run --epochs 1 --quiet
    empty err
    fails_with PLplot plot run/history.csv
    exit 0
fi
is 'figures of a run' "$(names run svg)" "$all"
is 'lines of warning' "$(grep -c warning err)" 0
for file in run/*.svg; do
    is "the end of $file" "$(tail -c 7 "$file")" '</svg>'
    is "the beginning of $file" "$(head -c 5 "$file")" '<?xml'
done
is 'what else is there' "$(cd run && for file in * .[!.]*; do case $file in *.svg | '.[!.]*') ;; *) echo "$file" ;; esac; done | tr '\n' ' ')" \
    'checkpoint.safetensors history.csv model.safetensors report.html '
[ "$(cat run/*.svg | wc -c)" -lt 3000000 ] || fail "the figures are larger than 3 MB"

# The same seed shows the same digits, another one others.
cp -r run first
run 0 train train.csv --out run --epochs 1 --quiet
empty err
for name in digits training-digits validation-digits architecture; do
    cmp -s "run/$name.svg" "first/$name.svg" || fail "the same seed has another $name.svg"
done
run 0 train train.csv --out run --epochs 1 --quiet --seed 2
! cmp -s run/digits.svg first/digits.svg || fail 'another seed has the same digits.svg'

# In another format; those of the run before are gone.
run 0 train train.csv --out run --epochs 1 --figures png
is 'figures as PNG' "$(names run png)" "$all"
is 'figures of the run before' "$(names run svg)" ''
run 0 train train.csv --out run --epochs 1 --figures none
is 'no figures' "$(names run png)$(names run svg)$(names run pdf)" ''

# Without images held out there is nothing to be wrong about.
run 0 train train.csv --out none --epochs 1 --validation 0 --figures pdf
is 'figures without validation' "$(names none pdf)" 'accuracy architecture digits filters loss training-digits '

# A resumed run draws its curves from its first epoch.
run 0 train train.csv --out whole --epochs 4 --figures png
run 0 train train.csv --out two --epochs 2 --figures png
run 0 train --resume two --epochs 4
is 'figures of a run taken up' "$(names two png)" "$all"
for name in accuracy loss digits confusion filters; do
    cmp -s "two/$name.png" "whole/$name.png" || fail "$name.png of a run that was taken up is another"
done

# Of two runs of the same epochs the one that stopped early says so on its curves; and the epoch that is kept has its mark.
run 0 train train.csv --out early --epochs 30 --patience 0 --figures png --quiet
stopped=$(($(lines early/history.csv) - 1))
[ "$stopped" -lt 30 ] || fail 'no run stopped early'
run 0 train train.csv --out late --epochs "$stopped" --patience -1 --figures png --quiet
is 'the epochs of both' "$(cut -d, -f1-5 late/history.csv)" "$(cut -d, -f1-5 early/history.csv)"
! cmp -s early/accuracy.png late/accuracy.png || fail 'the curves of a run that stopped early do not show it'
cmp -s early/digits.png late/digits.png || fail 'the same digits are drawn in another way'
run 0 plot late/history.csv -o plotted.png --show loss
cmp -s late/loss.png plotted.png || fail 'a run and clenet plot mark another epoch as kept'

# The curves of a long run are there while it goes on.
"$CLENET" train train.csv --out long --epochs 1000000 --patience -1 --threads 1 --quiet >out 2>err &
process=$!
waited=0
until [ -s long/loss.svg ]; do # on a busy machine what draws has to wait: it is as nice as can be
    [ "$waited" -lt 6000 ] || { kill -KILL "$process" && fail 'a run that goes on has no curves'; }
    sleep 0.1
    waited=$((waited + 1))
done
there long/accuracy.svg
not_there long/digits.svg
kill -TERM "$process"
wait "$process" 2>wait.err
is 'exit status of the run that was stopped' "$?" 143
is 'figures of a run that was stopped' "$(names long svg)" "$all"

# What cannot be written costs one line; the run, and the other figures, are there.
rm -rf run && mkdir -p run/digits.svg run/loss.svg
run 0 train train.csv --out run --epochs 2
is 'lines of warning' "$(grep -c '^warning: ' err)" 1
matches err "^warning: cannot write 'run/digits.svg': .*; the run is not affected$"
there run/model.safetensors run/mistakes.svg run/accuracy.svg
is 'half files' "$(find run -name '.*' -type f | wc -l | tr -d ' ')" 0

# PLplot without its driver, for which it would ask on the terminal: one line, and a report that says what is missing.
mkdir nothing
PLPLOT_DRV_DIR=$work/nothing
export PLPLOT_DRV_DIR
run 0 train train.csv --out bare --epochs 2
unset PLPLOT_DRV_DIR
missing="PLplot's cairo driver is missing (Debian: plplot-driver-cairo)"
is 'lines without a driver' "$(grep -c '^warning: ' err)" 1
has err "warning: no figures: $missing; the run is not affected"
is 'lines of PLplot' "$(grep -ci 'plplot error\|aborting' err)" 0
is 'figures without a driver' "$(names bare svg)" ''
cmp -s bare/model.safetensors first/model.safetensors || fail 'a run without a driver comes to another model'
is 'the end of the report without a driver' "$(tail -n 1 bare/report.html)" '</html>'
has bare/report.html "No figures: $(echo "$missing" | sed "s/'/\&#39;/g")."
lacks bare/report.html '<img'

# clenet plot.
run 0 plot whole/history.csv -o file.svg
run 0 plot whole/ -o folder.svg
cmp -s file.svg folder.svg || fail 'the folder of a run gives other curves'
mkdir hollow
fails_with hollow/history.csv plot hollow -o hollow.svg
run 0 plot whole/history.csv
there accuracy.svg
has err 'accuracy.svg: 1 run'
run 0 plot whole/history.csv two/history.csv none/history.csv --show loss -o three.png
there three.png
not_there loss.svg
printf 'epoch,accuracy,loss,val_accuracy,val_loss,seconds\n1,0.5,oops,,,1\n' >bad.csv
fails_with "bad.csv:2: 'oops' is no number" plot whole/history.csv bad.csv -o bad.svg
fails_with nowhere.csv plot nowhere.csv -o bad.svg
not_there bad.svg
ln -s /dev/full full.svg
fails_with 'No space left' plot whole/history.csv -o full.svg
refuses '.svg, .png or .pdf' plot whole/history.csv -o curve.gif
refuses 'one too many' plot a a a a a a a a a
