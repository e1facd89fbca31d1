#!/bin/sh
# clenet export --format torch: PyTorch loads the state dict with the printed module, and answers as clenet predict does.
. "$(dirname "$0")/lib.sh"
python=${CLENET_TEST_PYTHON:-python3}
train_rows 120 >train.csv
test_rows 100 >test.csv

cat >lenet.txt <<'TXT'
input 28x28x1
conv2d 6 5x5 same relu
maxpool2d 2x2
batchnorm
dropout 0.1
conv2d 16 5x5 valid tanh
maxpool2d 2x2
flatten
batchnorm momentum=0.9
dropout 0.3
dense 40 leaky_relu
dense 10 softmax
TXT
cat >uneven.txt <<'TXT'
input 28x28x1
zeropad2d 0,1,2,1
conv2d 6 4x3 same stride=2 relu
avgpool2d 2x2 stride=1 same
conv2d 9 3x3 padding=0,1,2,1 groups=3
maxpool2d 3x3 stride=2 same
sigmoid
avgpool2d 3x3 stride=2 padding=1
conv2d 4 1x1 same leaky_relu
maxpool2d 2x2 stride=1 padding=1,0,0,1
leaky_relu 0.1
flatten
dense 10
softmax
TXT
cat >mean.txt <<'TXT'
input 28x28x1
conv2d 5 3x3 same stride=3 relu
globalavgpool2d
batchnorm epsilon=1e-05
dense 10 softmax
TXT

# The file and the module, without PyTorch.
run 0 train train.csv --arch lenet.txt --out lenet --epochs 1 --quiet
run 0 export lenet --out lenet.safetensors
empty err
has out 'class Network(nn.Sequential):'
has out 'Takes images as float32 [n, 1, 28, 28], pixel / 255; gives probabilities [n, 10].'
has out 'conv2d_1=nn.Conv2d(1, 6, 5, padding=2), conv2d_1_relu=nn.ReLU(),'
has out 'batchnorm_2=nn.BatchNorm1d(400, eps=0.001, momentum=0.1),'
has out 'dense_2=nn.Linear(40, 10), dense_2_softmax=nn.Softmax(1),'
there lenet.safetensors
refuses '--format torch writes a file that ends in .safetensors' export lenet --out lenet.pt --format torch
refuses '--prefix is for --format c' export lenet --out lenet.safetensors --prefix digits
run 0 export lenet --out logits.safetensors --logits
lacks out 'Softmax'
has out 'gives logits [n, 10].'
cmp lenet.safetensors logits.safetensors || fail '--logits changes weights'

# A round trip gives the same bits.
run 0 import lenet.safetensors --arch lenet.txt --out again.safetensors
run 0 export again.safetensors --out twice.safetensors
cmp lenet.safetensors twice.safetensors || fail 'the round trip changed a weight'
run 0 predict lenet test.csv --probabilities first.csv --out first-classes.csv
run 0 predict again.safetensors test.csv --probabilities again.csv --out again-classes.csv
cmp first.csv again.csv || fail 'the imported model predicts otherwise'

"$python" -c 'import numpy, safetensors.torch, torch' 2>/dev/null || skip 'no PyTorch in CLENET_TEST_PYTHON'
for arch in lenet uneven mean; do
    [ -d $arch ] || run 0 train train.csv --arch $arch.txt --out $arch --epochs 1 --quiet
    run 0 export $arch --out $arch.safetensors
    mv out $arch.py
    run 0 predict $arch test.csv --probabilities $arch.csv --out classes.csv
    "$python" "$test_folder/torch_check.py" answers $arch.py $arch.safetensors test.csv $arch.csv >out 2>err ||
        fail "$arch: PyTorch answers otherwise"
done
run 0 train train.csv --arch mean.txt --out several --epochs 1 --models 3 --quiet
run 0 export several --out several.safetensors
mv out several.py
run 0 predict several test.csv --probabilities several.csv --out classes.csv
"$python" "$test_folder/torch_check.py" answers several.py several.safetensors test.csv several.csv >out 2>err ||
    fail 'PyTorch answers otherwise for several networks'
