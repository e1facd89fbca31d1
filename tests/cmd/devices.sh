#!/bin/sh
# clenet devices and --device: what could compute here, and which of it does.
. "$(dirname "$0")/lib.sh"

# json EXPRESSION: what the last command printed, by Python; has to hold.
command -v python3 >/dev/null || skip 'no python3 to read JSON with'
json() { python3 -c "import json, sys; d = json.load(open('out')); sys.exit(not ($1))" || fail "not so in the JSON: $1"; }

# Without a driver there is the processor, and the reason.
run 0 devices
empty err
matches out '^cpu   [^ ]'
matches out '^      cpu, [0-9,]+ cores?, [0-9.]+ GB$'
matches out '^      check: not needed$'
matches out '^no OpenCL device: .'
narrow() { awk 'length > 80 { print; exit 1 }' out || fail 'a line has more than 80 columns'; }
narrow
has out 'clenet doctor'
run 0 devices --json
is 'lines of JSON' "$(lines out)" 1
json 'd["schema_version"] == 1 and [e["id"] for e in d["devices"]] == ["cpu"] and d["opencl"] != ""'
json 'd["devices"][0]["compute_units"] >= 1 and d["devices"][0]["memory"] > 1 << 20 and d["devices"][0]["name"] != ""'

run 0 devices
grep -q 'built without OpenCL' out && without_opencl=yes

# The one who asks for OpenCL is told that there is none; auto says why it is the processor.
train_rows 100 >rows.csv
for spec in opencl gpu 0.0 nvidia; do fails_with "matches '$spec'" train rows.csv --device $spec; done
CLENET_DEVICE=gpu
export CLENET_DEVICE
fails_with "matches 'gpu'" train rows.csv
has err "(the device is CLENET_DEVICE's)"
run 0 train rows.csv --epochs 1 --device cpu --quiet
model=runs/1/model.safetensors
unset CLENET_DEVICE
run 0 train rows.csv --epochs 1 --device auto
matches err '^device: cpu, .*no OpenCL device found \(.+\)$'

[ -z "${without_opencl:-}" ] || skip 'this clenet was built without OpenCL'
vendors pocl
run 0 devices --json
json 'd["opencl"] == "" and len(d["devices"]) >= 2'
json 'd["devices"][1]["id"] == "0.0" and "PoCL" in d["devices"][1]["platform"] and d["devices"][1]["checked"] is False'
json 'd["devices"][1]["passed"] is None and d["devices"][1]["images_per_second"] is None'
json 'd["devices"][1]["version"].startswith("OpenCL ") and d["devices"][1]["driver"] != "" and d["devices"][1]["vendor"] != ""'
run 0 devices
empty err
matches out '^0\.0   [^ ]'
matches out '^      cpu, [0-9,]+ compute units?, [0-9.]+ GB, OpenCL [0-9.]+$'
matches out '^      platform: Portable Computing Language'
matches out '^      check: not yet'
lacks out 'clenet doctor'
narrow

# A device that is not there fails its check, as JSON.
run 1 check-device 9.9
json 'd["passed"] is False and "9.9" in d["failure"]'

# Kernels from a folder are not checked, since somebody is working on them. Compiled, PoCL keeps them itself.
CLENET_KERNEL_DIR=$source_folder/cl
export CLENET_KERNEL_DIR
run 0 predict "$model" rows.csv --device pocl
not_there .cache/clenet
CLENET_KERNEL_DIR=$work/nowhere
fails_with nowhere/ predict "$model" rows.csv --device pocl
unset CLENET_KERNEL_DIR
CLENET_CACHE_DIR=$work/kept
export CLENET_CACHE_DIR

# A device is checked when it is first used, and never again; what was found is listed. (A sanitizer's build takes minutes.)
[ -z "${ASAN_OPTIONS:-}" ] || exit 0
run 0 predict "$model" rows.csv --device pocl
there kept/device-*.json
not_there kept/*.bin
not_there .cache/clenet
run 0 devices --json
json 'd["devices"][1]["checked"] and d["devices"][1]["passed"] is True and d["devices"][1]["images_per_second"] > 0'
run 0 devices
matches out '^      speed: [0-9,]+ images/s in training$'
matches out '^      check: passed'
narrow
sed -i 's/"passed": true/"passed": false/; s/"failure": ""/"failure": "conv2d is off"/' kept/device-*.json || skip 'no sed -i'
run 0 devices
matches out '^      check: failed: conv2d is off$'
fails_with 'conv2d is off' predict "$model" rows.csv --device pocl
run 1 doctor
has out 'problem: device 0.0 failed its check: conv2d is off'
has out "do: rm '$work/kept'/device-*.json"
