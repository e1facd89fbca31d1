#!/bin/sh
# clenet import of models of Keras: they answer as in Keras, and a round trip gives the same bits.
. "$(dirname "$0")/lib.sh"
golden=$(cd "$source_folder" && pwd)/tests/golden/import
"$CLENET" import "$golden/keras_mobile.keras" --out mobile.safetensors >out 2>err || {
    has err 'this clenet was built without libhdf5. Install it (Debian: libhdf5-dev)'
    skip 'no libhdf5'
}
has out 'zeropad2d 0,1,2,1'
has out 'conv2d 12 3x3 same groups=6'

# What clenet does not have is named, all at once; damaged files end in one line.
fails_with "layer 'memory' (LSTM): clenet has no such layer" import "$golden/keras_foreign.keras" --out x.safetensors
has err "layer 'wide' (Conv2D)"
has err "layer 'joined' (Add)"
fails_with 'add --arch FILE' import "$golden/keras_lenet.weights.h5" --out x.safetensors
head -c 20000 "$golden/keras_lenet.h5" >short.h5
fails_with 'is damaged' import short.h5 --out x.safetensors
head -c 20000 "$golden/keras_mobile.keras" >short.keras
fails_with 'short.keras' import short.keras --out x.safetensors
not_there x.safetensors

# A round trip: what is exported again has the same bytes. Weights alone too.
make_model model.safetensors
cat >lenet.arch <<'A'
input 28x28x1
conv2d 6 5x5 same relu
maxpool2d 2x2
batchnorm
dropout 0.1
conv2d 16 5x5 relu
maxpool2d 2x2
batchnorm
dropout 0.3
flatten
dense 120 relu
dense 84 relu
dense 10 softmax
A
run 0 export model.safetensors --out a.keras
run 0 import a.keras --out again.safetensors
run 0 export again.safetensors --out b.keras
cmp a.keras b.keras || fail 'a round trip changes a model'
run 0 export model.safetensors --out a.weights.h5
run 0 import a.weights.h5 --arch lenet.arch --out again.safetensors
run 0 export again.safetensors --out b.keras
cmp a.keras b.keras || fail 'a round trip of weights changes a model'

# Models that Keras saves here: CLENET_TEST_PYTHON has it.
python=${CLENET_TEST_PYTHON:-python3}
backend=$(keras_backend "$python")
[ -n "$backend" ] || skip "no Keras in $python (CLENET_TEST_PYTHON): only golden files were tested"
test_rows 200 >test.csv
cat >make.py <<'P'
import keras
import numpy

L = keras.layers
images = numpy.loadtxt("test.csv", delimiter=",", skiprows=1, dtype=numpy.uint8).reshape(-1, 28, 28, 1)
random = numpy.random.default_rng(3)

lenet = keras.Sequential([
    keras.Input((28, 28, 1)), L.Rescaling(1 / 255), L.Conv2D(6, 5, padding="same", activation="relu"),
    L.MaxPooling2D(2), L.BatchNormalization(), L.Dropout(0.1), L.Conv2D(16, 5, use_bias=False), L.ReLU(),
    L.MaxPooling2D(3, strides=2, padding="same"), L.BatchNormalization(scale=False, center=False), L.Flatten(),
    L.Dense(84, activation="tanh"), L.Dense(10), L.Softmax()], name="lenet")

x = inputs = keras.Input((28, 28, 1))
x = L.Normalization(mean=33.3, variance=78.5 ** 2)(x)
x = L.ZeroPadding2D(1)(x)
x = L.Conv2D(8, 3, strides=2, activation="leaky_relu")(x)
x = L.SpatialDropout2D(0.2)(x)
x = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
x = L.LeakyReLU(0.05)(x)
x = L.SeparableConv2D(12, 5, strides=2, padding="same", activation="sigmoid")(x)
x = L.AveragePooling2D(3, strides=1, padding="same")(x)
x = L.GlobalAveragePooling2D()(x)
x = L.Dense(10, activation="softmax")(x)
small = keras.Model(inputs, x, name="small")

for model in lenet, small:
    for weight in model.weights:
        value = random.normal(0, 0.3, weight.shape)
        weight.assign(0.5 + abs(value) if "variance" in weight.path else value)
    model.save(model.name + ".keras")
    model.save(model.name + ".h5")
    numpy.savetxt(model.name + ".csv", model.predict(images, verbose=0), fmt="%.9g", delimiter=",")
P
KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$python" make.py >said 2>&1 || fail "Keras ($backend): $(tail -n 5 said)"
for file in lenet.keras lenet.h5 small.keras small.h5; do
    run 0 import $file --out imported.safetensors
    run 0 predict imported.safetensors test.csv --out labels.csv --probabilities got.csv
    sed 1d got.csv | awk -F, -v wanted="${file%.*}.csv" '{
        getline line < wanted
        split(line, number, ",")
        for (i = 1; i <= 10; i++) {
            apart = $(NF - 10 + i) - number[i]
            if (apart > 1e-5 || apart < -1e-5) { print "digit " NR ", class " i - 1 ": " $(NF - 10 + i) " in place of " number[i]; exit 1 }
        }
    } END { if (NR != 200) exit 1 }' >said || fail "$file: $(cat said)"
done
