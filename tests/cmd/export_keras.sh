#!/bin/sh
# clenet export --format keras: Keras loads the files, and answers as clenet predict does.
. "$(dirname "$0")/lib.sh"
make_model model.safetensors

# Two kinds of file, told by the ending; the same model gives the same bytes.
"$CLENET" export model.safetensors --out a.keras >out 2>err || {
    has err 'this clenet was built without libhdf5. Install it (Debian: libhdf5-dev)'
    skip 'no libhdf5'
}
empty err
has out "model = keras.saving.load_model('a.keras')"
run 0 export model.safetensors --out a.weights.h5
has out "model.load_weights('a.weights.h5')"
run 0 export model.safetensors --out b.keras --format keras
cmp -s a.keras b.keras || fail 'two exports differ'

# What is not possible.
refuses "--format keras writes a file that ends in .keras or .weights.h5" export model.safetensors --out a.h5 --format keras
refuses "--prefix is for --format c" export model.safetensors --out a.keras --prefix lenet

# Keras itself: CLENET_TEST_PYTHON has it.
python=${CLENET_TEST_PYTHON:-python3}
backend=$(keras_backend "$python")
[ -n "$backend" ] || skip "no Keras in $python (CLENET_TEST_PYTHON): only the command was tested"

# Networks with every layer and activation, trained a little, so that no weight has its first value.
train_rows 100 >rows.csv
test_rows 200 >test.csv
cat >all.arch <<'A'
input 28x28x1
batchnorm momentum=0.9 epsilon=0.01
conv2d 4 5x5 same leaky_relu
leaky_relu 0.05
avgpool2d 2x2
dropout 0.2
conv2d 6 3x3
tanh
batchnorm
relu
maxpool2d 3x3
sigmoid
flatten
batchnorm
dense 12 tanh
dense 10
softmax
A
cat >pooled.arch <<'A'
input 28x28x1
conv2d 5 5x3 tanh
globalavgpool2d
dense 8 sigmoid
dense 10 softmax
A
cat >strided.arch <<'A'
input 28x28x1
conv2d 8 3x3 same stride=2 relu
conv2d 16 3x3 same groups=8 relu
conv2d 8 3x3 groups=4 padding=0,1,2,1
zeropad2d 1,0,0,2
maxpool2d 3x3 stride=2 same
avgpool2d 2x2 stride=1 same
flatten
dense 10 softmax
A
names='lenet all pooled strided ensemble'
run 0 train rows.csv --out lenet --epochs 1 --quiet
for name in all pooled strided; do
    run 0 train rows.csv --out $name --epochs 1 --quiet --arch $name.arch
done
run 0 train rows.csv --out ensemble --models 3 --epochs 1 --quiet --arch pooled.arch
for name in $names; do
    run 0 export $name -o $name.keras
    run 0 export $name -o $name.weights.h5
    run 0 predict $name test.csv --out labels.csv --probabilities $name.csv
done

cat >check.py <<'P'
import sys

import keras
import numpy

images = numpy.loadtxt("test.csv", delimiter=",", skiprows=1, dtype=numpy.uint8).reshape(-1, 28, 28, 1)
for name in sys.argv[1:]:
    wanted = numpy.loadtxt(name + ".csv", delimiter=",", skiprows=1)[:, -10:]
    model = keras.saving.load_model(name + ".keras")
    apart = abs(model.predict(images, verbose=0) - wanted).max()
    assert apart <= 1e-5, f"{name}.keras: {apart} apart"
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(weight * 0 + 1)
    model.load_weights(name + ".weights.h5")
    apart = abs(model.predict(images, verbose=0) - wanted).max()
    assert apart <= 1e-5, f"{name}.weights.h5: {apart} apart"
    names = [layer.name for layer in model.layers]
    assert ("member_1_dense_1" if name == "ensemble" else "dense_1") in names, names
P
# shellcheck disable=SC2086 # a list
KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$python" check.py $names >said 2>&1 || fail "Keras ($backend): $(tail -n 5 said)"
