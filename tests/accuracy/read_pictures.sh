#!/bin/sh
# How many pictures of each kind are read right: read_pictures.sh CLENET MODEL FOLDER
# FOLDER/KIND/NUMBER-DIGIT.png, as draw_pictures.py writes them. By hand: docs/accuracy.md has the results.
set -eu
clenet=$1 model=$2 folder=$3
for kind in "$folder"/*/; do
    answers=$("$clenet" predict "$model" "$kind" --device cpu --quiet || true)
    total=$(find -L "$kind" -name '*.png' | wc -l)
    right=$(printf '%s\n' "$answers" | sed -n 's|.*/[0-9]*-\([0-9]\)[-a-z0-9]*\.png: \([0-9]\) .*|\1 \2|p' | awk '$1 == $2' | wc -l)
    printf '%-10s %d of %d\n' "$(basename "$kind")" "$right" "$total"
done
