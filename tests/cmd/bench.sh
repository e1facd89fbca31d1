#!/bin/sh
# clenet bench: the figures of a device, as a table and as JSON.
. "$(dirname "$0")/lib.sh"

# The peers' column is there if other programs were compared with clenet on this processor.
if grep -qw avx2 /proc/cpuinfo 2>/dev/null; then
    peer=' +[0-9.]+  [A-Za-z]+ [0-9.]+$'
else
    peer='$'
fi

run 0 bench --device cpu --images 320
has out 'device: cpu'
matches out '^limits: [0-9]+ GFLOP/s'
matches out "^epoch, batch 32 +[0-9.]+ (s|us) .* %$peer"
matches out "^epoch, batch 512 +[0-9.]+ (s|us) .* %$peer"
matches out "^265 images predicted .* %$peer"
matches out "^one image predicted .* %$peer"
matches out "^400 rows of CSV read +[0-9.]+ (s|us) +[0-9,]+ +-$peer"
matches out 'bench/README.md'
awk 'length > 80 { print; exit 1 }' out || fail "a line has more than 80 columns"

run 0 bench --device cpu --images 320 --isa baseline
matches out '^epoch, batch 32 .* %$'
has out "compared only with clenet's avx512 and avx2"
awk 'length > 80 { print; exit 1 }' out || fail "a line has more than 80 columns"

run 0 bench --device cpu --images 320 --threads 2
matches out '^two threads, batch 32 +[0-9.]+  times as fast as one$'
matches out '^two threads, batch 512 +[0-9.]+  times as fast as one$'

run 0 bench --device cpu,cpu --images 64 --threads 1 --json
if command -v python3 >/dev/null; then
    python3 - out <<'PY' || fail "the JSON is not what it should be"
import json, sys
root = json.load(open(sys.argv[1]))
assert root["schema_version"] == 1 and root["training_images"] == 64 and len(root["devices"]) == 2
assert root["csv"]["rows"] == 80 and root["csv"]["bytes"] > 80 * 2 * 784 and root["csv"]["seconds"] > 0, root["csv"]
for device in root["devices"]:
    assert device["device"].startswith("cpu, 1 thread"), device
    figures = [device[key] for key in ("flops", "bytes_per_second", "prediction_seconds", "single_seconds")]
    assert all(x > 0 for x in figures + list(device["epoch_seconds"].values())), device
    assert all(peer["ratio"] > 0 for peer in device["peers"]) and device["two_threads_gain"] == {}, device
PY
fi

run 2 bench --device cpu,,cpu
has err 'comma-separated devices'
run 1 bench --device nowhere --images 64
