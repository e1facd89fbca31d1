#!/bin/sh
# clenet export: ONNX, what it says and what it refuses.
. "$(dirname "$0")/lib.sh"
make_model model.safetensors

if ! "$CLENET" export model.safetensors --out digits.onnx >out 2>err; then
    fails_with 'built without protobuf-c; install libprotobuf-c-dev and protobuf-c-compiler, and build clenet again' \
        export model.safetensors --out digits.onnx
    not_there digits.onnx
    skip 'built without protobuf-c (Debian: libprotobuf-c-dev, protobuf-c-compiler)'
fi
empty err
has out 'digits.onnx: 243.'
has out 'images         uint8 [N, 28, 28, 1], 0 to 255'
has out 'probabilities  float [N, 10]'
lacks out logits

# The same model gives the same bytes, whatever says the format.
run 0 export model.safetensors --out again.onnx --format onnx --pixels bytes
cmp digits.onnx again.onnx || fail 'the same model gives other bytes'
run 0 export model.safetensors --out floats.onnx --pixels floats --logits
has out 'images         float [N, 1, 28, 28], 0 to 1'
has out 'logits         float [N, 10]'

refuses "--pixels is for --format onnx: --format c does not use it" export model.safetensors --out a.c --pixels bytes
refuses "--prefix is for --format c: --format onnx does not use it" export model.safetensors --out a.onnx --prefix a
refuses "unsupported name 'a.txt': --format onnx writes a file that ends in .onnx" export model.safetensors --out a.txt --format onnx
fails_with 'none/a.onnx' export model.safetensors --out none/a.onnx
not_there a.c a.onnx a.txt
