#!/bin/sh
# The same seed gives the same model, bit by bit: again, on any number of threads, and from any form of the data.
. "$(dirname "$0")/lib.sh"
train_rows 333 >train.csv
gzip -c train.csv >train.packed

learn() { # FOLDER ARGUMENT...
    folder=$1
    shift
    run 0 train "$@" --out "$folder" --epochs 2 --seed 11 --quiet
    there "$folder/model.safetensors"
}
same() { cmp -s first/model.safetensors "$1/model.safetensors" || fail "the model of '$1' differs from the first"; }

learn first train.csv
learn second train.csv
same second
is 'the history of the second run' "$(cut -d, -f1-5 second/history.csv)" "$(cut -d, -f1-5 first/history.csv)"
for threads in 1 2 3; do
    learn "threads-$threads" train.csv --threads "$threads"
    same "threads-$threads"
done
learn gzip train.packed
same gzip
sed 's/$/\r/' train.csv >dos.csv
learn dos dos.csv
same dos

"$CLENET" train - --out stdin --epochs 2 --seed 11 --quiet <train.csv >out 2>err || fail 'clenet train - failed'
same stdin
csv_to_idx images labels <train.csv
learn idx images --labels labels
same idx

run 0 train train.csv --out other --epochs 2 --seed 12 --quiet
! cmp -s first/model.safetensors other/model.safetensors || fail 'another seed gave the same model'
run 0 train train.csv --out default --epochs 1 --quiet
run 0 train train.csv --out one --epochs 1 --quiet --seed 1
cmp -s default/model.safetensors one/model.safetensors || fail 'the default seed is not 1'
