#!/bin/sh
# clenet train --models and --folds: several networks, each a run of its own, and what they come to together.
. "$(dirname "$0")/lib.sh"
train_rows 240 >train.csv
test_rows 30 >test.csv
settings='--epochs 3 --patience -1 --batch 20 --seed 9 --figures none'

# shellcheck disable=SC2086 # a list of words
run 0 train train.csv --test test.csv --out run --models 3 $settings
empty out
there run/model.safetensors run/submission.csv run/report.html
is 'files of the run' "$(cd run && echo *)" 'draw.html model-1 model-2 model-3 model.safetensors report.html run.json submission.csv'
for i in 1 2 3; do
    is "files of network $i" "$(cd run/model-$i && echo *)" \
        'checkpoint.safetensors draw.html history.csv model.safetensors report.html run.json submission.csv'
    has err "network $i of 3: seed $((8 + i)), part $i of 5 held out, 48 images"
done
is 'times that the data are told' "$(grep -c '^data: ' err)" 1
matches err '^3 networks: mean [0-9.]+ %, standard deviation [0-9.]+ %$'
matches err '^out-of-fold accuracy [0-9.]+ %, 95 % interval [0-9.]+ % to [0-9.]+ %: [0-9]+ of 144 images, each by the networks that held it out$'
has err 'results: run/model.safetensors, run/submission.csv'
has err 'report: run/report.html'
cp err said.txt
! cmp -s run/model-1/model.safetensors run/model-2/model.safetensors || fail 'two networks are one'

# What is said of the networks: mean and deviation of what each says, worked out here again; the images that are right are those of all.
awk '/^model-[0-9]+: validation accuracy/ { n++; sum += $4; squares += $4 * $4 }
    /^3 networks: mean/ { mean = $4; deviation = $8 }
    END { off = sum / n - mean; d = sqrt((squares - sum * sum / n) / (n - 1)) - deviation
          exit !(n == 3 && off < 0.011 && off > -0.011 && d < 0.02 && d > -0.02) }' said.txt || fail 'mean or deviation is wrong'
awk -F '[:, ]+' '/^model-[0-9]+: validation accuracy/ { right += $4 * 48 / 100 }
    /^out-of-fold/ { for (i = 1; i < NF; i++) if ($i == "of" && $(i + 1) == 144) said = $(i - 1) }
    END { off = right - said; exit !(off < 0.1 && off > -0.1) }' said.txt || fail 'the out-of-fold images are not those of the networks'

# The model holds all three, and predicts what was submitted (of one network it would say other digits); the first network alone is a run with its seed.
run 0 predict run/model.safetensors test.csv -o again.csv
cmp -s again.csv run/submission.csv || fail 'predict says other than the submission'
! cmp -s run/model-1/submission.csv run/submission.csv || fail 'the first network alone says what all of them say'
run 0 summary run/model.safetensors
has out 'Networks: 3, '
# shellcheck disable=SC2086
run 0 train train.csv --test test.csv --out alone $settings --quiet
cmp -s alone/model.safetensors run/model-1/model.safetensors || fail 'the first network is not a run with its seed'
# shellcheck disable=SC2086
run 0 train train.csv --out one $settings --quiet --models 1
cmp -s alone/model.safetensors one/model.safetensors || fail '--models 1 is not a run without it'

# The page leads to the others, and its command repeats the whole, from the page of a network, too.
for i in 1 2 3; do has run/report.html "<a href=\"model-$i/report.html\">"; done
matches run/report.html '[0-9.]+<small>&nbsp;%</small></h2>'
has run/report.html '95&nbsp;% interval'
has run/model-2/report.html '>number</th><td class="text">2</td>'
repeat() { # PAGE
    again=$(sed -n 's|.*<pre><code>\(.*\)</code></pre>.*|\1|p' "$1" | sed "s/&#39;/'/g; s/&quot;/\"/g; s/&amp;/\\&/g")
    rm -rf run-again
    (
        # shellcheck disable=SC2317 # by eval
        clenet() { "$CLENET" "$@"; }
        cd / && eval "$again --quiet --figures none"
    ) >out 2>err || fail "the command of $1 fails: $again"
    cmp -s run/model.safetensors run-again/model.safetensors || fail "the command of $1 comes to another model: $again"
}
repeat run/report.html
repeat run/model-2/report.html
# With figures the page has the curves of all networks, in colours and by name; without, it says how to get them.
has run/report.html '--figures none was given.'
lacks run/report.html '<svg '
run 0 train train.csv --out drawn --models 3 --epochs 2 --figures svg
lacks err 'warning: '
is 'figures of all networks' "$(cd drawn && echo *.svg)" 'accuracy.svg loss.svg'
is 'pictures of the page' "$(grep -o '<svg ' drawn/report.html | wc -l | tr -d ' ')" 2
lacks drawn/report.html 'No figures'
run 0 train --resume drawn --figures pdf
grep -q 'built without it' err || there drawn/accuracy.pdf drawn/loss.pdf
run 0 train train.csv --out drawn --overwrite --models 2 --epochs 1 --figures none --quiet
is 'figures of an earlier run' "$(find drawn -name '*.svg' -o -name '*.pdf')" ''
mv run whole

# begin FILE: a run in the background, which is stopped when that file is there.
begin() {
    rm -rf run
    # shellcheck disable=SC2086
    "$CLENET" train train.csv --test test.csv --out run --models 3 $settings --threads 1 --checkpoint-seconds 0 \
        >run.out 2>run.err &
    process=$!
    until [ -s "$1" ]; do kill -0 "$process" 2>kill.err || fail "the run ended before it was stopped: $(cat run.err)"; done
}
same_as_whole() {
    cmp -s run/model.safetensors whole/model.safetensors || fail "$1: another model"
    cmp -s run/submission.csv whole/submission.csv || fail "$1: another submission"
    for i in 1 2 3; do
        cmp -s run/model-$i/model.safetensors whole/model-$i/model.safetensors || fail "$1: network $i is another"
        is "history of network $i: $1" "$(cut -d , -f 1-5 run/model-$i/history.csv)" "$(cut -d , -f 1-5 whole/model-$i/history.csv)"
    done
}

# Stopped, or killed, in its second network it goes on there, and does not train the first again.
begin run/model-2/history.csv
kill -TERM "$process"
wait "$process"
is 'exit status after SIGTERM' $? 143
has run.err 'to resume: clenet train --resume run'
not_there run/model.safetensors run/submission.csv run/report.html
run 0 train --resume run
is 'epochs of the first network that are trained again' \
    "$(sed -n '/^network 1 /,/^network 2 /p' err | grep -c '^epoch ')" 0
same_as_whole 'stopped by SIGTERM'
begin run/model-2/checkpoint.safetensors
kill -KILL "$process"
wait "$process" 2>wait.err
rm run/model-1/report.html
run 0 train --resume run --quiet
empty err
same_as_whole killed
there run/report.html run/model-1/report.html

# Two runs into one folder, also into that of a network: the second is refused.
rm -rf run
"$CLENET" train train.csv --out run --models 2 --epochs 100000 --patience -1 --threads 1 --quiet --figures none >run.out 2>run.err &
process=$!
until [ -s run/model-1/history.csv ]; do kill -0 "$process" 2>kill.err || fail 'no run'; done
fails_with "another run is writing into 'run'" train train.csv --out run --overwrite --models 2
fails_with "another run is writing into 'run'" train train.csv --out run --overwrite
fails_with "another run is writing into 'run'" train --resume run
fails_with "another run is writing into 'run/model-1'" train train.csv --out run/model-1 --overwrite
kill -KILL "$process"
wait "$process" 2>wait.err

# What an earlier run left does not pass for what this one comes to; what a person put there stays.
rm -rf run
cp -r whole run
echo mine >run/model-3/notes.txt
run 0 train train.csv --out run --overwrite --models 2 --epochs 1 --figures none --quiet
is 'files of a smaller run' "$(cd run && echo *)" 'draw.html model-1 model-2 model-3 model.safetensors report.html run.json'
is 'files of a network of before' "$(cd run/model-3 && echo *)" notes.txt
not_there run/model-1/submission.csv
rm -rf run
cp -r whole run
run 0 train train.csv --out run --overwrite --epochs 1 --figures none --quiet
is 'files of a single run' "$(cd run && echo *)" 'checkpoint.safetensors draw.html history.csv model.safetensors report.html run.json'
run 0 train train.csv --out run --overwrite --models 2 --epochs 1 --figures svg --quiet
run 0 train train.csv --out run --overwrite --epochs 1 --quiet
run 0 train train.csv --out run --overwrite --models 2 --epochs 1 --figures none --quiet
is 'files of two networks' "$(cd run && echo *)" 'draw.html model-1 model-2 model.safetensors report.html run.json'
run 0 train --resume run --epochs 2 --quiet --figures none
is 'lines of a history with another epoch' "$(lines run/model-2/history.csv)" 3
# A folder that is someone's own run, and only has such a name, is let be.
run 0 train train.csv --out runs/model-1 --epochs 1 --figures none --quiet
run 0 train train.csv --out runs --overwrite --epochs 1 --figures none --quiet
there runs/model-1/model.safetensors

# --folds: every image is held out once.
rm -rf run whole
run 0 train train.csv --out run --folds 3 --epochs 2 --figures none
matches err '^out-of-fold accuracy .* of 240 images, each by the networks that held it out$'
for i in 1 2 3; do has err "network $i of 3: seed $i, part $i of 3 held out, 80 images"; done
has run/report.html ' --folds 3 '
repeat run/report.html
mv run whole
run 0 train train.csv --out run --overwrite --folds 3 --epochs 1 --figures none --quiet
run 0 train --resume run --epochs 2 --quiet
cmp -s run/model.safetensors whole/model.safetensors || fail 'folds that are taken up come to another model'

# More networks than parts begin anew with the first part; and none is held out where that is asked for.
run 0 train train.csv --out more --models 3 --validation 0.5 --epochs 1 --figures none
has err 'network 3 of 3: seed 3, part 1 of 2 held out, 120 images'
matches err '^out-of-fold accuracy .* of 240 images'
run 0 train train.csv --out none --models 2 --validation 0 --epochs 1 --figures none --seed 18446744073709551615
has err 'network 2 of 2: seed 0'
matches err '^model-2: training accuracy'
lacks err out-of-fold
has none/report.html 'No images were held out'
lacks none/report.html nan

# The network's own file is read once.
printf 'input 28x28x1\nflatten\ndense 10 softmax\n' >own.txt
run 0 train train.csv --out arch --models 2 --epochs 1 --figures none --quiet --arch own.txt
rm own.txt
rm arch/model-2/checkpoint.safetensors
run 0 train --resume arch --quiet
there arch/model-2/checkpoint.safetensors

refuses '--folds sets the number of networks: remove --models' train train.csv --folds 3 --models 3
refuses '--folds sets the share held out: remove --validation' train train.csv --folds 3 --validation 0.2
refuses '--models must be a whole number 1..64' train train.csv --models 0
refuses '--models must be a whole number 1..64' train train.csv --models 65
refuses '--folds must be a whole number 2..64' train train.csv --folds 1
refuses "--resume keeps the networks of the run: remove --models" train --resume arch --models 2
refuses "--resume keeps the networks of the run: remove --folds" train --resume arch --folds 2
fails_with "'arch/model-1' is one of the 2 networks of a run: resume the folder above it" train --resume arch/model-1
fails_with 'cannot resume: batch was 32, now 16' train --resume arch --batch 16
train_rows 3 >few.csv
fails_with "5 networks that hold out 5 parts need 7 images or more; 'few.csv' has 3" train few.csv --models 5 --out few
not_there few
echo 'in the way' >blocked
mkdir -p way && mv blocked way/model-2
fails_with "way/model-2" train train.csv --out way --models 2
not_there way/model-1/history.csv

# As a browser shows it.
chromium=$(command -v chromium || command -v chromium-browser) || { echo 'not looked at: no chromium'; exit 0; }
command -v python3 >/dev/null || { echo 'not looked at: no python3'; exit 0; }
python3 "$test_folder/look_at_page.py" "$chromium" run/report.html 0 ${CLENET_SCREENSHOTS:+"$CLENET_SCREENSHOTS"} ||
    fail 'the page does not look as it should'
