#!/bin/sh
# clenet bench: the figures of a device, as a table and as JSON.
. "$(dirname "$0")/lib.sh"

run 0 bench --device cpu --images 320
has out 'device: cpu'
matches out '^  limits: [0-9]+ GFLOP/s'
matches out '^  epoch of 320 images, batch 32 .* images/s .* %   PyTorch [0-9.]+: [0-9.]+ times as long$'
matches out '^  epoch of 320 images, batch 512 .* images/s .* %   PyTorch [0-9.]+: [0-9.]+ times as long$'
has out 'prediction of 265 images'
has out 'prediction of one image'
matches out '^  Other programs: time over clenet.s, measured on .*bench/README.md'

run 0 bench --device cpu --images 320 --threads 2
matches out '^  two threads over one, batch 32 +[0-9.]+ times as fast$'

run 0 bench --device cpu,cpu --images 64 --threads 1 --json
if command -v python3 >/dev/null; then
    python3 - out <<'PY' || fail "the JSON is not what it should be"
import json, sys
root = json.load(open(sys.argv[1]))
assert root["schema_version"] == 1 and root["training_images"] == 64 and len(root["devices"]) == 2
for device in root["devices"]:
    assert device["device"].startswith("cpu, 1 thread"), device
    figures = [device[key] for key in ("flops", "bytes_per_second", "prediction_seconds", "single_seconds")]
    assert all(x > 0 for x in figures + list(device["epoch_seconds"].values())), device
PY
fi

run 2 bench --device cpu,,cpu
has err 'comma-separated devices'
run 1 bench --device nowhere --images 64
