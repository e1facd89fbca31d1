#!/bin/sh
# clenet import: a state dict of PyTorch becomes a model that answers as PyTorch does; what does not fit is named.
. "$(dirname "$0")/lib.sh"
python=${CLENET_TEST_PYTHON:-python3}
golden=$source_folder/tests/golden/import
test_rows 20 >test.csv

cat >lenet.txt <<'TXT'
input 28x28x1
conv2d 6 5x5 padding=2 relu
maxpool2d 2x2
conv2d 16 5x5
batchnorm epsilon=1e-05
relu
maxpool2d 2x2
flatten
dense 120 relu
dense 84 relu
dense 10
TXT
cat >strided.txt <<'TXT'
input 28x28x1
conv2d 8 3x3 stride=2 padding=1 relu
conv2d 8 3x3 padding=1 groups=8
batchnorm epsilon=1e-05
tanh
maxpool2d 3x3 stride=2 padding=1
conv2d 12 3x2 groups=4
leaky_relu 0.01
flatten
batchnorm epsilon=1e-05
dropout 0.5
dense 10
TXT

# close FILE FILE: the last ten columns of each row differ by at most 1e-5.
close() {
    awk -F, -v other="$2" 'NR > 1 {
        if ((getline line < other) <= 0) exit bad = 1
        if (NR == 2) getline line < other
        n = split(line, b, ",")
        for (i = 0; i < 10; i++) { d = $(NF - i) - b[n - i]; if (d < 0) d = -d; if (d > 1e-5) bad = 1; if (d > worst) worst = d }
    } END { print "largest difference " worst; exit bad || NR < 2 }' "$1" || fail "$1 and $2 differ"
}

# A golden file of PyTorch, for machines without it.
run 0 import "$golden/torch.safetensors" --arch "$golden/torch.txt" --out model.safetensors
has out 'model.safetensors: '
has out '  dense 10 softmax'
has err "note: added a softmax behind 'dense_1 ("
run 0 predict model.safetensors test.csv --probabilities got.csv --out classes.csv
close got.csv "$golden/torch.csv"
run 0 summary model.safetensors
run 0 evaluate model.safetensors "$digits/train.csv.gz" --quiet

# Errors, in one line and without a file.
fails_with 'write it as text, one layer per line, and add --arch FILE. Modules: 0 4x1x3x3' \
    import "$golden/torch.safetensors" --out none.safetensors
sed 's/dense 10/dense 7/; s/^conv2d 4 3x3 stride=2 padding=1/conv2d 4 5x5 stride=2 padding=2/' "$golden/torch.txt" >small.txt
fails_with "layer 'conv2d_1 (0)': its kernel is 4x1x3x3, but must be 4x1x5x5" \
    import "$golden/torch.safetensors" --arch small.txt --out none.safetensors
has err "its kernel is 10x196, but must be 7x196, since 196 numbers reach it and 7 leave"
sed '/^batchnorm/d' "$golden/torch.txt" >less.txt
fails_with 'the file has 1 batch norms (1), but the network of --arch has 0' \
    import "$golden/torch.safetensors" --arch less.txt --out none.safetensors
fails_with 'is a model of clenet: use it without an import' import model.safetensors --arch lenet.txt --out none.safetensors
printf '\200\002}q\000.' >state.pt
fails_with "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')" import state.pt --out none.safetensors
fails_with 'is not a model that clenet can import' import test.csv --out none.safetensors
fails_with 'check its name' import none.onnx --out none.safetensors
head -c 100 "$golden/torch.safetensors" >cut.safetensors
fails_with 'it was cut off; save it again' import cut.safetensors --arch "$golden/torch.txt" --out none.safetensors
cp model.safetensors same.safetensors
fails_with 'would replace the file that is imported' import same.safetensors --out same.safetensors
refuses 'no file to write: add --out model.safetensors' import state.pt
refuses '--std must be 1 to 4 comma-separated numbers other than 0' import state.pt --std 0 --out none.safetensors
refuses '--mean must be 1 to 4 comma-separated numbers' import state.pt --mean x --out none.safetensors
refuses '--mean has 2 numbers and --std 3' import state.pt --mean 1,2 --std 1,2,3 --out none.safetensors
not_there none.safetensors

# Another mean and deviation of the pixels: a batch norm in front.
run 0 import "$golden/torch.safetensors" --arch "$golden/torch.txt" --mean 0.1307 --std 0.3081 --out scaled.safetensors
has out '  batchnorm'
has err 'note: put a batchnorm in front'
run 0 predict scaled.safetensors test.csv --probabilities scaled.csv --out classes.csv
close scaled.csv "$golden/torch-scaled.csv"

"$python" -c 'import numpy, safetensors.torch, torch' 2>/dev/null || skip 'no PyTorch in CLENET_TEST_PYTHON'
for network in lenet strided; do
    "$python" "$test_folder/torch_check.py" make $network state.safetensors test.csv wanted.csv >out 2>err ||
        fail "PyTorch does not make $network"
    run 0 import state.safetensors --arch $network.txt --out $network.safetensors
    run 0 predict $network.safetensors test.csv --probabilities got.csv --out classes.csv
    close got.csv wanted.csv
done
