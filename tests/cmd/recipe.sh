#!/bin/sh
# A recipe is what is set where a word does not say otherwise; the help has its words.
. "$(dirname "$0")/lib.sh"
train_rows 200 >train.csv

# What the help says of best, as options.
run 0 help train
matches out '^  *--recipe NAME'
said=$(sed -n '/^--recipe best /,/^$/{/^ /p}' out | tr -s ' \n' ' ')
case $said in
*' --optimizer adamw '*) ;;
*) fail "the help does not say what best sets: '$said'" ;;
esac

# setting NAME: its value on the page of the run.
setting() { sed -n "s|.*<th scope=\"row\">$1</th><td class=\"text\">\([^<]*\)</td>.*|\1|p" run/report.html; }
learn() { run 0 train train.csv --out run --overwrite --figures none --quiet --epochs 2 "$@"; }

# The recipe and its words come to the same model; with another word, in any place, to that of the words with it.
learn --recipe best
cp run/model.safetensors best.safetensors
is 'recipe on the page' "$(setting recipe)" best
is 'optimizer on the page' "$(setting optimizer)" adamw
is 'patience on the page' "$(setting patience)" -1
# shellcheck disable=SC2086 # a list of words
learn $said --epochs 2
cmp -s run/model.safetensors best.safetensors || fail 'the words of the help come to another model than the recipe'
learn --batch 50 --recipe best
cp run/model.safetensors other.safetensors
! cmp -s best.safetensors other.safetensors || fail 'an option before the recipe is lost'
learn --recipe best --batch 50
cmp -s run/model.safetensors other.safetensors || fail 'the order of recipe and option matters'
learn --recipe best --optimizer sgd --learning-rate 0.01
is 'optimizer in place of the recipe' "$(setting optimizer)" sgd
is 'weight average of the recipe' "$(setting 'weight average')" 0.999

# The same for fast: three epochs, and the last one is kept.
run 0 help train
said=$(sed -n '/^--recipe fast /,/^$/{/^ /p}' out | tr -s ' \n' ' ')
case $said in
*' --epochs 3 '*) ;;
*) fail "the help does not say what fast sets: '$said'" ;;
esac
test_rows 50 >test.csv
fast() { run 0 train train.csv --test test.csv --out run --overwrite --quiet "$@"; }
fast --recipe fast
cp run/model.safetensors fast.safetensors
is 'recipe fast on the page' "$(setting recipe)" fast
is 'optimizer of fast' "$(setting optimizer)" sgd
is 'epochs of fast' "$(lines run/history.csv)" 4
is 'lines of the submission of fast' "$(lines run/submission.csv)" 51
for later in run/*.svg run/report.html run/draw.html run/run.json; do
    [ -z "$(find run/submission.csv -newer "$later")" ] || fail "$later is older than the submission"
done
is 'device of fast' "$(sed -n 's/.*"device": "\(cpu\),.*/\1/p' run/run.json)" cpu
matches run/report.html 'cpu, [0-9]* threads?, '
CLENET_DEVICE=opencl run 1 train train.csv --out none --quiet --recipe fast
has err "the device is CLENET_DEVICE's"
# shellcheck disable=SC2086 # a list of words
fast $said
cmp -s run/model.safetensors fast.safetensors || fail 'the words of the help come to another model than the recipe fast'
fast --recipe fast --epochs 1
is 'epochs in place of those of fast' "$(lines run/history.csv)" 2

# The notebook's is what is done without a word.
learn
cp run/model.safetensors none.safetensors
is 'recipe without a word' "$(setting recipe)" notebook
learn --recipe notebook
cmp -s run/model.safetensors none.safetensors || fail 'notebook is not the default'
! cmp -s best.safetensors none.safetensors || fail 'best trains to the model of the defaults'

# A run that is taken up has the recipe that it began with.
run 0 train train.csv --out whole --figures none --quiet --epochs 3 --recipe best --schedule constant
run 0 train train.csv --out run --overwrite --figures none --quiet --epochs 2 --recipe best --schedule constant
run 0 train --resume run --epochs 3 --quiet
cmp -s run/model.safetensors whole/model.safetensors || fail 'taken up, the recipe comes to another model'
is 'recipe of the run that was taken up' "$(setting recipe)" best
refuses '--resume keeps the settings of the run: remove --recipe' train --resume run --recipe best
refuses "--recipe must be one of notebook, best, fast, not 'better'" train train.csv --recipe better

# --dropout: the rates of LeNet's two layers, and nothing is dropped at 0.
learn --dropout 0.1,0.3
cmp -s run/model.safetensors none.safetensors || fail 'the default of --dropout is not 0.1,0.3'
rates() { tr '\0' ' ' <run/model.safetensors | grep -ao 'dropout [0-9.]*' | tr '\n' ' '; }
learn --dropout 0,0.25
is 'rates in the model' "$(rates)" 'dropout 0 dropout 0.25 '
is 'rates on the page' "$(setting dropout)" '0, 0.25'
cp run/model.safetensors rated.safetensors
run 0 train train.csv --out run --overwrite --figures none --quiet --epochs 1 --dropout 0,0.25
run 0 train --resume run --epochs 2 --quiet
cmp -s run/model.safetensors rated.safetensors || fail 'taken up, the rates are others'
is 'rates on the page of the run that was taken up' "$(setting dropout)" '0, 0.25'
run 0 train --resume run --epochs 2 --quiet --dropout 0,0.25
fails_with 'the layers of the network differ' train --resume run --dropout 0,0.3
printf 'input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\nconv2d 16 5x5 valid relu\nmaxpool2d 2x2\nbatchnorm\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n' >plain.txt
learn --dropout 0,0
# clenet's layers are numbered by kind, and random numbers by tensor: the plain network has the same ones.
run 0 evaluate run/model.safetensors train.csv
cp out with.txt
learn --arch plain.txt
run 0 evaluate run/model.safetensors train.csv
cmp -s out with.txt || fail 'at a rate of 0 something is dropped'
is 'rates where a file says them' "$(setting dropout)" ''
refuses 'the file of --arch has the dropout rates: remove --dropout' train train.csv --arch plain.txt --dropout 0.1,0.1
refuses 'the file of --arch has the dropout rates: remove --dropout' train --resume run --dropout 0.1,0.1
for bad in 0.1 '0.1,' ,0.1 0.1,1 1,0.1 -0.1,0 0.1,0.2,0.3 a,b nan,0 '0.1, 0.2'; do
    refuses "--dropout must be two comma-separated numbers, each at least 0 and below 1, not '$bad'" train train.csv --dropout "$bad"
done
