#!/bin/sh
# Data that lorun 0 unusual get one line each, with the option that mends it; the option is kept in the model.
. "$(dirname "$0")/lib.sh"
train_rows 60 >good.csv
# changed EXPRESSION: good.csv with each pixel p as the expression of awk says.
changed() {
    awk -F, -v OFS=, "NR > 1 { for (i = 2; i <= NF; i++) { p = \$i; \$i = $1 } } { print }" good.csv
}
changed '255 - p' >inverted.csv
changed 'int(p / 15.9375)' >range.csv
awk -F, -v OFS=, 'NR == 1 { print; next } { line = $1; for (x = 0; x < 28; x++) for (y = 0; y < 28; y++) line = line "," $(2 + y * 28 + x); print line }' good.csv >turned.csv

# warns FILE TEXT OPTION...: training on the file prints the text; with the option, and with --no-warnings, not.
warns() {
    file=$1 text=$2
    shift 2
    run 0 train "$file" --epochs 1 --device cpu --out run --overwrite
    has err "$text"
    run 0 train "$file" --epochs 1 --device cpu --out run --overwrite --no-warnings
    lacks err "$text"
    run 0 train "$file" --epochs 1 --device cpu --out mended --overwrite "$@"
    lacks err "$text"
}
warns inverted.csv 'may be dark; if so, add --invert' --invert
warns range.csv 'the largest pixel is 16, not 255: add --scale 15.9375' --scale 15.9375
warns turned.csv 'they may lie on their side; if so, add --transpose' --transpose

# A model that was trained on inverted images inverts them again, and knows how its images looked.
run 0 train inverted.csv --invert --epochs 1 --device cpu --out run --overwrite
run 0 evaluate run/model.safetensors inverted.csv --device cpu --json
cp out from-inverted
run 0 train good.csv --epochs 1 --device cpu --out run --overwrite
lacks err 'may be'
run 0 evaluate run/model.safetensors good.csv --device cpu --json
cmp out from-inverted
run 0 evaluate run/model.safetensors inverted.csv --device cpu
has err 'the model was trained on a dark one'
run 0 predict run/model.safetensors inverted.csv --device cpu -o s.csv
has err 'the model was trained on a dark one'
run 0 predict run/model.safetensors inverted.csv --device cpu -o s.csv --quiet
lacks err 'trained on'
