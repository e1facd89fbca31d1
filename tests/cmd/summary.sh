#!/bin/sh
# clenet summary: Keras's table.
. "$(dirname "$0")/lib.sh"
run 0 summary
empty err
cp out lenet
cat >wanted <<'TABLE'
Layer (type) Output Shape Param #
input (InputLayer) (None, 28, 28, 1) 0
conv2d_1 (Conv2D, relu) (None, 28, 28, 6) 156
maxpool2d_1 (MaxPooling2D) (None, 14, 14, 6) 0
batchnorm_1 (BatchNormalization) (None, 14, 14, 6) 24
dropout_1 (Dropout) (None, 14, 14, 6) 0
conv2d_2 (Conv2D, relu) (None, 10, 10, 16) 2,416
maxpool2d_2 (MaxPooling2D) (None, 5, 5, 16) 0
batchnorm_2 (BatchNormalization) (None, 5, 5, 16) 64
dropout_2 (Dropout) (None, 5, 5, 16) 0
flatten_1 (Flatten) (None, 400) 0
dense_1 (Dense, relu) (None, 120) 48,120
dense_2 (Dense, relu) (None, 84) 10,164
dense_3 (Dense, softmax) (None, 10) 850
Total params: 61,794 (241.38 KB)
Trainable params: 61,750 (241.21 KB)
Non-trainable params: 44 (176.00 B)
TABLE
sed -n '/^Layer/,$p' lenet | grep -v '^[=-]*$' | sed 's/  */ /g' >got
cmp -s got wanted || fail "the table is not Keras's: $(diff got wanted)"
is 'the name' "$(head -n 1 lenet)" 'Model: LeNet'
awk '/^[a-z].*\)/ { if (wide && length != wide) exit 1; wide = length }' lenet || fail 'the columns are not aligned'

# A model's own table.
make_model model.safetensors
run 0 summary model.safetensors
is 'the name of a model' "$(head -n 1 out)" 'Model: model.safetensors'
sed 1d out >got
sed 1d lenet >wanted
cmp -s got wanted || fail "the table of a LeNet's model is not that of LeNet"

# A model of several networks says so, above the table of each.
run 0 summary "$test_folder/../fuzz/seeds/model/members"
is 'the number of networks' "$(sed -n 2p out)" 'Networks: 2, whose predictions are averaged; the table shows one of them'
has out 'Total params: 10 (40.00 B)'
