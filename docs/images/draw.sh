#!/bin/sh
# Draws the pictures of README and docs again, from the quickstart's run: sh docs/images/draw.sh [CLENET]
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
clenet=${1:-$here/../../build/release/clenet}
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
"$clenet" train "$here/../../examples/digits/train.csv.gz" --out "$run" --figures png
for name in architecture accuracy mistakes; do cp "$run/$name.png" "$here/$name.png"; done
python3 "$here/../../tests/cmd/look_at_draw.py" picture "$(command -v chromium || command -v chromium-browser)" "$run/draw.html" "$clenet" \
    "$run" "$here/draw.png"
