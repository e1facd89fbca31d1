#!/bin/sh
# examples/interop: Keras, PyTorch and onnxruntime predict as clenet does, and clenet reads back what they save.
. "$(dirname "$0")/lib.sh"
[ -n "${CLENET_TEST_PYTHON:-}" ] || skip 'CLENET_TEST_PYTHON names no Python; tests/run.sh --full brings one'
examples=$source_folder/examples
gzip -dc "$digits/train.csv.gz" | head -n 2001 >train.csv
gzip -dc "$digits/test.csv.gz" | head -n 201 >test.csv
run 0 train train.csv --test test.csv --out run --epochs 2 --device cpu --quiet --figures none

# python SCRIPT ARGUMENT...: its standard output is the file submission.csv, and is that of clenet.
python() {
    script=$1
    shift
    "$CLENET_TEST_PYTHON" "$examples/interop/$script" "$@" >submission.csv 2>err || fail "$script: exit status $?"
    cmp -s submission.csv run/submission.csv || fail "$script predicts other digits than clenet"
}

# reads_back FILE ARGUMENT...: imports the file, and predicts the same digits.
reads_back() {
    run 0 import "$@" --out back-model.safetensors
    run 0 predict back-model.safetensors test.csv --out back.csv
    cmp -s back.csv run/submission.csv || fail "the model that came back as $1 predicts other digits"
    rm back-model.safetensors back.csv
}

count=0
if "$CLENET_TEST_PYTHON" -c 'import onnxruntime' 2>/dev/null && "$CLENET" export run --out digits.onnx >out 2>err; then
    python onnxruntime_model.py digits.onnx test.csv
    count=$((count + 1))
fi
if "$CLENET_TEST_PYTHON" -c 'import keras' 2>/dev/null && "$CLENET" export run --out digits.keras >out 2>err; then
    python keras_model.py digits.keras test.csv back.keras
    reads_back back.keras
    count=$((count + 1))
fi
if "$CLENET_TEST_PYTHON" -c 'import torch, safetensors' 2>/dev/null; then
    run 0 export run --out digits.safetensors
    cp out digits.py
    python pytorch_model.py digits.safetensors test.csv back.safetensors
    reads_back back.safetensors --arch "$examples/architectures/lenet.txt"
    count=$((count + 1))
fi
[ $count -gt 0 ] || skip "$CLENET_TEST_PYTHON has none of onnxruntime, Keras and PyTorch"
