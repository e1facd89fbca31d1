#!/bin/sh
# clenet train leaves the pictures of its run, and clenet plot compares runs; what cannot be drawn costs a line, not the run.
. "$(dirname "$0")/lib.sh"
train_rows 300 >train.csv

# names FOLDER FORMAT: the figures there, on one line.
names() { (cd "$1" && for file in *."$2"; do [ ! -e "$file" ] || echo "${file%.*}"; done) | tr '\n' ' '; }
all='accuracy architecture confusion digits filters loss mistakes training-digits validation-digits '

run 0 train train.csv --out run --epochs 2
is 'figures of a run' "$(names run svg)" "$all"
is 'lines of warning' "$(grep -c warning err)" 0
for file in run/*.svg; do
    is "the end of $file" "$(tail -c 7 "$file")" '</svg>'
    is "the beginning of $file" "$(head -c 5 "$file")" '<svg '
done
if command -v xmllint >parser; then
    xmllint --noout run/*.svg 2>why || fail "no XML: $(head -n 1 why)"
elif command -v python3 >parser; then
    python3 -c 'import sys, xml.dom.minidom as dom; [dom.parse(path) for path in sys.argv[1:]]' run/*.svg 2>why ||
        fail "no XML: $(tail -n 1 why)"
fi
# Letters are text, and each digit is one embedded picture.
lacks run/accuracy.svg '<path'
has run/accuracy.svg '>Training Accuracy</text>'
has run/accuracy.svg '>Validation Accuracy</text>'
is 'pictures in digits.svg' "$(grep -c '<image ' run/digits.svg)" 8
is 'pictures in mistakes.svg' "$(grep -c '<image ' run/mistakes.svg)" 12
is 'what else is there' "$(cd run && for file in * .[!.]*; do case $file in *.svg | '.[!.]*') ;; *) echo "$file" ;; esac; done | tr '\n' ' ')" \
    'checkpoint.safetensors draw.html history.csv model.safetensors report.html run.json '
[ "$(cat run/*.svg | wc -c)" -lt 300000 ] || fail 'the figures are larger than 300 KB'

# The same seed shows the same digits, another one others.
cp -r run first
run 0 train train.csv --out run --overwrite --epochs 1 --quiet
empty err
for name in digits training-digits validation-digits architecture; do
    cmp -s "run/$name.svg" "first/$name.svg" || fail "the same seed has another $name.svg"
done
run 0 train train.csv --out run --overwrite --epochs 1 --quiet --seed 2
! cmp -s run/digits.svg first/digits.svg || fail 'another seed has the same digits.svg'

# A build without librsvg draws SVG only: PNG and PDF cost one line.
run 0 train train.csv --out bare --epochs 1 --figures pdf
if grep -q 'built without it' err; then
    is 'lines about it' "$(grep -c 'librsvg' err)" 1
    has err 'warning: no figures: pdf needs librsvg, and this clenet was built without it (Debian: librsvg2-dev)'
    is 'figures without librsvg' "$(names bare pdf)" ''
    run 0 train train.csv --out bare --overwrite --epochs 1 --quiet --figures png
    empty err
    run 0 plot run/history.csv -o curves.svg
    there curves.svg
    fails_with librsvg plot run/history.csv -o curves.png
    exit 0
fi
is 'lines of warning with librsvg' "$(grep -c warning err)" 0

# In another format; those of the run before are gone.
run 0 train train.csv --out run --overwrite --epochs 1 --figures png
is 'figures as PNG' "$(names run png)" "$all"
is 'figures of the run before' "$(names run svg)" ''
run 0 train train.csv --out run --overwrite --epochs 1 --figures none
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
fails_with "bad.csv:2: 'oops' is not a number (loss)" plot whole/history.csv bad.csv -o bad.svg
fails_with nowhere.csv plot nowhere.csv -o bad.svg
not_there bad.svg
ln -s /dev/full full.svg
fails_with 'No space left' plot whole/history.csv -o full.svg
refuses '.svg, .png or .pdf' plot whole/history.csv -o curve.gif
refuses "unexpected argument 'a'" plot a a a a a a a a a
