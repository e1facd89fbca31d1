#!/bin/sh
# clenet export: onnx.checker accepts the ONNX files, and onnxruntime predicts with them as clenet predict does.
. "$(dirname "$0")/lib.sh"
python=${CLENET_TEST_PYTHON:-python3}
"$python" -c 'import numpy, onnx, onnxruntime' 2>/dev/null ||
    skip 'no onnx and onnxruntime in Python (CLENET_TEST_PYTHON names one that has them)'
"$CLENET" export --help | grep -q onnx || fail 'no format onnx'
make_model model.safetensors
"$CLENET" export model.safetensors --out digits.onnx >out 2>err || skip 'built without protobuf-c'

# check MODEL ONNX IMAGES HEIGHT WIDTH CHANNELS
check() {
    run 0 predict "$1" "$3" --out labels.csv --probabilities probabilities.csv
    "$python" "$source_folder/tests/export/check_export.py" "$2" "$3" probabilities.csv "$4" "$5" "$6" >said 2>&1 ||
        fail "$2: $(tail -n 5 said)"
    sed "s|^|$2: |" said
}

test_rows 2000 >test.csv
check model.safetensors digits.onnx test.csv 28 28 1
run 0 export model.safetensors --out floats.onnx --pixels floats --logits
check model.safetensors floats.onnx test.csv 28 28 1

# An ensemble, and names of classes.
train_rows 200 | awk -F, 'NR > 1 { $1 = $1 % 2 ? "odd" : "g\303\274t" } { print }' OFS=, >rows.csv
run 0 train rows.csv --out run --models 2 --epochs 2 --quiet
run 0 export run --out ensemble.onnx
check run ensemble.onnx test.csv 28 28 1

# The golden files, whose networks have all kinds of layers.
# golden NAME HEIGHT WIDTH CHANNELS
golden() {
    awk -v n=$(($2 * $3 * $4)) 'BEGIN {
        srand(1)
        for (i = 1; i <= n; i++) printf "%spixel%d", (i > 1 ? "," : ""), i
        printf "\n"
        for (row = 1; row <= 50; row++) {
            for (i = 1; i <= n; i++) printf "%s%d", (i > 1 ? "," : ""), int(256 * rand())
            printf "\n"
        }
    }' >"$1.csv"
    check "$source_folder/tests/golden/export/$1.safetensors" "$source_folder/tests/golden/export/$1.onnx" "$1.csv" "$2" "$3" "$4"
}
golden floats 4 4 1
golden ensemble 5 5 1
golden layers 8 8 3
