#!/bin/sh
# How training can be set beside the default: each setting trains to another model, says so in the report, is repeated by its
# command, and a run that was stopped goes on with it and no other word.
. "$(dirname "$0")/lib.sh"
train_rows 320 >train.csv

# The command of the report, in this folder.
repeat() {
    sed -n 's/.*<pre><code>\(clenet train .*\)<\/code>.*/\1/p' "$1/report.html" | head -n 1 | sed "s/&#39;/'/g; s/&amp;/\&/g"
}

run 0 train train.csv --out default --epochs 2 --seed 3 --quiet
# same_again NAME OPTION...
same_again() {
    name=$1
    shift
    run 0 train train.csv --out "$name" --epochs 2 --seed 3 --quiet "$@"
    ! cmp -s default/model.safetensors "$name/model.safetensors" || fail "$* trains to the model of the defaults"
    command=$(repeat "$name")
    [ -n "$command" ] || fail "report.html of $name has no command"
    for word in "$@"; do
        case $command in *" $word"*) ;; *) fail "the command of $name is without $word: $command" ;; esac
    done
    eval "set -- $command"
    shift
    run 0 "$@" --quiet
    cmp -s "$name/model.safetensors" "$name-again/model.safetensors" || fail "$command trains to another model"
}
# resumed NAME OPTION...: begun with one epoch, and given a second with no word of the options, it comes to the model of NAME.
resumed() {
    name=$1
    shift
    run 0 train train.csv --out "$name-part" --epochs 1 --seed 3 --quiet "$@"
    run 0 train --resume "$name-part" --epochs 2 --quiet
    cmp -s "$name/model.safetensors" "$name-part/model.safetensors" || fail "$name is another model when it is taken up"
}

same_again sgd --optimizer sgd --learning-rate 0.02
same_again sgd-decayed --optimizer sgd --learning-rate 0.02 --weight-decay 0.05
resumed sgd-decayed --optimizer sgd --learning-rate 0.02 --weight-decay 0.05
same_again adam --optimizer adam
same_again adamw --optimizer adamw --weight-decay 0.2
resumed adamw --optimizer adamw --weight-decay 0.2
has adamw/report.html adamw
! cmp -s adam/model.safetensors adamw/model.safetensors || fail 'adam and adamw train to one model'

# adamw has a decay of its own, and the others none.
run 0 train train.csv --out own --epochs 2 --seed 3 --quiet --optimizer adamw
run 0 train train.csv --out said --epochs 2 --seed 3 --quiet --optimizer adamw --weight-decay 0.01
cmp -s own/model.safetensors said/model.safetensors || fail 'the decay of adamw is not 0.01'
fails_with 'cannot resume: optimizer was adamw, now sgd' train --resume adamw --optimizer sgd

same_again cosine --schedule cosine
same_again warmup --warmup 1.5
same_again one-cycle --schedule one-cycle --learning-rate 0.003
! cmp -s cosine/model.safetensors warmup/model.safetensors || fail 'cosine and a warm-up train to one model'
run 0 train --resume one-cycle --quiet
fails_with 'cannot resume: epochs was 2, now 3' train --resume one-cycle --epochs 3

same_again smoothed --label-smoothing 0.1
resumed smoothed --label-smoothing 0.1

for kind in shift affine elastic; do
    same_again "$kind" --augment "$kind"
    resumed "$kind" --augment "$kind"
done
! cmp -s shift/model.safetensors affine/model.safetensors || fail 'shift and affine train to one model'
! cmp -s affine/model.safetensors elastic/model.safetensors || fail 'affine and elastic train to one model'
run 0 train train.csv --out stronger --epochs 2 --seed 3 --quiet --augment shift --augment-strength 2
! cmp -s shift/model.safetensors stronger/model.safetensors || fail 'a strength of 2 trains to the model of 1'
fails_with 'cannot resume: augment was elastic, now none' train --resume elastic --augment none

same_again averaged --weight-average 0.9
resumed averaged --weight-average 0.9

same_again momentum --optimizer sgd --learning-rate 0.02 --momentum 0.5
! cmp -s sgd/model.safetensors momentum/model.safetensors || fail 'a momentum of 0.5 trains to the model of 0.9'
resumed momentum --optimizer sgd --learning-rate 0.02 --momentum 0.5
has momentum/report.html momentum
fails_with 'cannot resume: momentum was 0.5, now 0.9' train --resume momentum --momentum 0.9
run 0 train train.csv --out unused --epochs 2 --seed 3 --quiet --momentum 0.5
cmp -s default/model.safetensors unused/model.safetensors || fail 'rmsprop uses the momentum'
run 0 help train
has out 'momentum of sgd'
refuses '--momentum must be a number at least 0 and below 1' train train.csv --momentum 1
