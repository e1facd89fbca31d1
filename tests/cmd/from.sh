#!/bin/sh
# clenet train --from: training begins with the weights of a model, with frozen layers and a new last layer.
. "$(dirname "$0")/lib.sh"
train_rows 5000 | awk -F, 'NR == 1 || $1 < 5' >low.csv
train_rows 1200 | awk -F, 'NR == 1 || $1 >= 5' >high.csv
head -n 31 high.csv >few.csv
sed '2,31d' high.csv >rest.csv
run 0 train low.csv --out low --epochs 8 --patience -1 --figures none --quiet
frozen=conv2d_1..batchnorm_2

# accuracy_of RUN: of the model on digits that none was trained on.
accuracy_of() {
    run 0 evaluate "$1" rest.csv --json
    sed 's/.*"accuracy": *\([0-9.]*\).*/\1/' out | head -n 1
}

# 30 images of digits that the model has not seen: it learns more from them than a new network does.
set -- --epochs 30 --validation 0 --keep last --patience -1 --figures none
run 0 train few.csv --out scratch "$@" --quiet
run 0 train few.csv --from low --freeze $frozen --out kept "$@"
has err 'from: the weights of low'
has err 'new last layer: dense_3, with initial weights for 10 classes (0, 1, 2, 3, 4, 5, ...); the model has 0, 1, 2, 3, 4'
has err 'frozen: conv2d_1, batchnorm_1, conv2d_2, batchnorm_2; 59,134 of 61,794 parameters are trained'
scratch=$(accuracy_of scratch) kept=$(accuracy_of kept)
awk -v a="$scratch" -v b="$kept" 'BEGIN { exit !(b > a + 0.05) }' ||
    fail "accuracy from the model is $kept, and $scratch from initial weights"

# What is frozen is said by summary, run.json, the report and runs diff.
run 0 summary kept
has out 'batchnorm_2 (BatchNormalization, frozen)'
has out 'Trainable params: 59,134 '
has kept/run.json '"freeze": "conv2d_1..batchnorm_2"'
has kept/run.json "\"from\": \"$(pwd -P)/low\""
has kept/report.html 'conv2d_1, frozen'
has kept/report.html "--from $(pwd -P)/low --freeze conv2d_1..batchnorm_2"
run 0 runs diff scratch kept
has out '--freeze'
has out '--from'

# Frozen parameters have the bits of the model; the others have changed.
python=$(command -v python3) || python=
if [ -n "$python" ]; then
    "$python" - low/model.safetensors kept/model.safetensors <<'END' || fail 'a frozen parameter has changed, or another has not'
import json, struct, sys
def read(path):
    data = open(path, 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop('__metadata__')
    return {n: data[8 + size + t['data_offsets'][0]:8 + size + t['data_offsets'][1]] for n, t in header.items()}
a, b = read(sys.argv[1]), read(sys.argv[2])
frozen = ('conv2d_1', 'batchnorm_1', 'conv2d_2', 'batchnorm_2')
bad = [n for n in a if n in b and n != 'trained_rows' and (a[n] == b[n]) != n.startswith(frozen)]
sys.exit(str(bad) if bad else 0)
END
fi

# The rows that the model was trained on count for the new one, too.
run 0 evaluate kept few.csv
run 1 evaluate kept few.csv --held-out
run 0 train high.csv --from kept --out more --epochs 1 --figures none
has err 'images held out were training images of '"'kept'"

# A resumed run gives the same bits, in an ensemble too.
run 0 train few.csv --from low --freeze $frozen --out whole --epochs 4 --figures none --quiet
run 0 train few.csv --from low --freeze $frozen --out part --epochs 2 --figures none --quiet
run 0 train --resume part --epochs 4 --quiet
cmp -s whole/model.safetensors part/model.safetensors || fail 'resumed, it came to another model'
run 0 train few.csv --from low --freeze $frozen --out part --overwrite --epochs 2 --figures none --quiet
mv low moved
run 1 train --resume part --epochs 4
run 0 train --resume part --from moved --epochs 4 --quiet
mv moved low
cmp -s whole/model.safetensors part/model.safetensors || fail 'resumed with a model that had moved, it came to another one'
run 0 train low.csv --from low --models 2 --out two --epochs 1 --figures none --quiet
run 0 train low.csv --from two --models 2 --out again --epochs 1 --figures none --quiet
run 1 train low.csv --from two --out x
has err "'two' has 2 networks, and the run has 1: use --models 2, so that each begins with one of them"

# If the classes are the model's, or some of them, the last layer stays, unless another one is asked for.
awk -F, 'NR == 1 || $1 == 1 || $1 == 3' low.csv >odd.csv
run 0 train odd.csv --from low --out odd --epochs 1 --figures none
lacks err 'new last layer'
run 0 summary odd
has out 'dense_3 (Dense, softmax)          (None, 5) '
run 0 train low.csv --from low --new-head --out head --epochs 1 --figures none
has err 'new last layer: dense_3, with initial weights for 5 classes'

# A model of another program can be the beginning, too, if this build reads ONNX. Its training images are not known.
if "$CLENET" export low -o low.onnx >out 2>err && "$CLENET" import low.onnx --out other.safetensors >out 2>err; then
    run 0 train few.csv --from other.safetensors --freeze $frozen --out imported --epochs 2 --figures none
    has err 'frozen: conv2d_1, batchnorm_1, conv2d_2, batchnorm_2; 59,134 of 61,794 parameters are trained'
    run 0 evaluate imported rest.csv
    has err 'does not know which rows it was trained on'
fi

# Errors name what is wrong and what to type.
set -- --out x --epochs 1 --figures none
run 1 train low.csv --from low --freeze conv_1 "$@"
has err "--freeze: no layer 'conv_1' has parameters; layers that have: conv2d_1, batchnorm_1, conv2d_2, batchnorm_2, dense_1, dense_2, dense_3"
run 1 train low.csv --from low --freeze dense_1..conv2d_1 "$@"
has err 'give the range the other way round'
run 1 train low.csv --from low --freeze conv2d_1..dense_3 "$@"
has err '--freeze: all layers with parameters are frozen: leave one to train, such as dense_3'
run 1 train high.csv --from low --freeze dense_3 "$@"
has err '--freeze: dense_3 is new'
run 1 train low.csv --from nowhere "$@"
run 2 train low.csv --freeze conv2d_1 "$@"
has err 'name the model with --from'
run 2 train low.csv --from low --dropout 0,0 "$@"
has err 'remove --dropout'
printf 'label,a,b,c,d\n1,0,0,0,0\n0,9,9,9,9\n' >tiny.csv
run 1 train tiny.csv --from low "$@"
has err "'tiny.csv' has images of 2x2x1, and 'low' takes 28x28x1: use images of that size, or train without --from"
printf 'input 28x28x1\nflatten\ndense 5 softmax\n' >other.txt
run 1 train low.csv --from low --arch other.txt "$@"
has err "--from 'low': flatten_1 is 'flatten', and 'conv2d 6 5x5 same relu' in the network whose weights it begins with"
[ ! -e x ] || fail 'a run that failed left a folder'
