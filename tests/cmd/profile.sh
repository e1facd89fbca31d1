#!/bin/sh
# --profile: what each kernel took, as a table and as a trace; and nothing else changes.
. "$(dirname "$0")/lib.sh"
zcat "$digits/train.csv.gz" | head -n 401 >train.csv

run 0 train train.csv --device cpu --epochs 2 --out plain
run 0 train train.csv --device cpu --epochs 2 --out run --profile
cmp plain/model.safetensors run/model.safetensors || fail "profiling changes the model"
matches out '^kernel +calls +seconds +mean us +share +GFLOP/s +GB/s +work-items +groups +local B$'
matches out '^conv2d_2 backward +20 .* - +- +-$' # 320 images in batches of 32, twice; the processor has no work-items
matches out '^rmsprop +20 '
matches out '^all .* 100\.0 % .* - +- +-$'

# The next word is the trace's file if it ends in .json, otherwise an operand.
run 0 predict --profile run/model.safetensors train.csv -o predictions.csv
matches out '^gather '
run 0 predict --profile --device cpu --isa baseline --threads 2 run/model.safetensors train.csv -o predictions.csv
matches out '^gather +100 ' # 400 images in blocks of 4, whichever thread took them
run 0 predict --profile trace.json run/model.safetensors train.csv -o - # the submission has standard output for itself
lacks out GFLOP
has err GFLOP/s
has trace.json '"traceEvents"'
run 0 evaluate run/model.safetensors train.csv --json --profile=other
has err GFLOP/s
[ -s other ] || fail "--profile=FILE writes no FILE"

if command -v python3 >/dev/null; then
    python3 - trace.json <<'PY' || fail "the trace is not what it should be"
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
spans = [e for e in events if e["ph"] == "X"]
assert len(spans) > 10 and all(e["dur"] >= 0 and e["name"] for e in spans)
assert all(a["ts"] + a["dur"] <= b["ts"] + 0.01 for a, b in zip(spans, spans[1:])), "spans overlap"
PY
fi

# A trace that cannot be written is an error, and the run is there.
run 1 train train.csv --device cpu --epochs 1 --out kept --profile=nowhere/trace.json
matches err '^clenet: .*nowhere/trace.json'
[ -s kept/model.safetensors ] || fail "the model is gone"

vendors pocl
CLENET_KERNEL_DIR=$source_folder/cl # kernels of a folder are not checked, which takes a while
export CLENET_KERNEL_DIR
run 0 train train.csv --device pocl --tiles vector --epochs 1 --out pocl --profile pocl.json
matches out '^conv2d_2 conv2d_kernel_gradient +10 '
matches out '^dense_1 dense_forward +1[0-2] .* [0-9.]+ +[0-9.]+ +[0-9,]+ +[0-9,]+ +0$'
[ "$(grep -c 'conv2d_2 conv2d_kernel_gradient' pocl.json)" -eq 10 ] || fail "the trace has other calls than the table"

# The shape of a launch for a full batch: 3 of conv2d_1's 6 filters, and 8 of its 196 positions, are a group of 256, which sums 2 * 257
# floats in local memory.
run 0 train train.csv --device pocl --tiles group --epochs 1 --out group --profile group.json
matches out '^conv2d_1 conv2d_forward_moments +10 .* 19,200 +75 +2,056$'
matches out '^conv2d_1 conv2d_forward +[0-9]+ .* 0$' # prediction, with larger batches, has its own row
has group.json '"args":{"work_items":19200,"groups":75,"local_bytes":2056}'
