#!/bin/sh
# clenet certify: an OpenCL device is checked and measured, and a file has all of it.
. "$(dirname "$0")/lib.sh"

# Without an OpenCL device, and with wrong arguments, one line says so at once.
fails_with "matches 'opencl'" certify
fails_with "matches 'gpu'" certify --device gpu -o device.json
not_there device.json
for spec in cpu auto; do fails_with "cannot certify '$spec'" certify --device $spec; done
CLENET_DEVICE=cpu
export CLENET_DEVICE
fails_with "cannot certify 'cpu'" certify
unset CLENET_DEVICE
fails_with 'nowhere/device.json' certify -o nowhere/device.json
CLENET_KERNEL_DIR=$source_folder/cl fails_with CLENET_KERNEL_DIR certify
refuses "unexpected argument 'pocl'" certify pocl

# A part by itself.
refuses "unknown part 'speeds'" certify-part speeds cpu
run 0 certify-part limits cpu
matches out '^[{]"flops":[0-9.e+]+,"bytes_per_second":[0-9.e+]+[}]$'
run 1 certify-part device cpu
matches out '^[{]"failure":".*name an OpenCL device"[}]$'

[ -z "${ASAN_OPTIONS:-}" ] || exit 0 # a sanitizer's build takes minutes over a check
run 0 devices
! grep -q 'built without OpenCL' out || exit 0
vendors pocl

# Tests of a build: this one has a test that passes, one that fails, and one that is not for devices.
mkdir build
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(some NONE)
enable_testing()
add_test(NAME device.good COMMAND true)
add_test(NAME device.bad COMMAND test "${CLENET_TEST_DEVICE}" = 9.9)
add_test(NAME other COMMAND false)
set_tests_properties(device.good device.bad PROPERTIES LABELS "opencl;device")
END
cmake -B build >cmake.log 2>&1 || fail "cmake: $(cat cmake.log)"
run 1 certify --device pocl --quick -o device.json --tests build
matches out '^not certified: .*: test device.bad: Failed'
has err '  device.good: Passed'
has err 'problem: test device.bad: Failed'
grep -q '^CLENET_TEST_DEVICE:.*=0\.0$' build/CMakeCache.txt || fail 'the build was not told the device'

# Two lines are the result; nothing is remembered; the file has the figures.
run 0 certify --device pocl --quick -o device.json
is 'lines of the result' "$(lines out)" 2
matches out '^certified: .* agrees with the CPU in every operation; the largest difference is [0-9.e-]+, and [0-9.e-]+ in LeNet$'
matches out '^[|] 20[0-9-]+ [|] .*PoCL.* [|] yes [|] [0-9.e-]+, [0-9.e-]+ [|] [0-9,]+ / - / - [|] [0-9,]+ / - / - [|]'
matches err '^device: 0\.0 .*PoCL'
matches err 'images/s at batch 32$'
not_there .cache/clenet
command -v python3 >/dev/null || skip 'no python3 to read JSON with'
python3 - device.json <<'END' || fail 'the certificate is not what it should be'
import json, sys
c = json.load(open(sys.argv[1]))
assert c["schema_version"] == 1 and c["passed"] is True and c["problems"] == [] and c["verdict"].startswith("certified")
parts = c["parts"]
assert list(parts) == ["device", "numbers", "speed", "cpu_speed", "launches", "limits", "profile"], list(parts)
assert all("failure" not in p and "checking" not in p and p["seconds"] > 0 for p in parts.values())
device = parts["device"]
assert device["id"] == "0.0" and "PoCL" in device["platform_version"] and device["CL_DEVICE_MAX_WORK_GROUP_SIZE"] > 0
assert "cl_khr" in device["CL_DEVICE_EXTENSIONS"] and len(device["CL_DEVICE_MAX_WORK_ITEM_SIZES"].split()) == 3
numbers = parts["numbers"]
operations = {d["operation"] for d in numbers["differences"]}
assert any("conv2d" in o for o in operations) and any("batchnorm" in o for o in operations) and "lenet" in operations
assert all(d["difference"] < d["tolerance"] for d in numbers["differences"] if d["tolerance"] > 0)
assert any(d["result"] == "gradient of conv2d_2.kernel" for d in numbers["differences"])
assert all(p["seconds"] > 0 and p["name"] and "-DL=" in p["options"] for p in numbers["programs"])
kernels = {k["name"]: k for k in numbers["kernels"]}
assert kernels["conv2d_forward"]["group_most"] > 0 and {k["program"] for k in numbers["kernels"]} <= {p["number"] for p in numbers["programs"]}
assert [e["batch"] for e in parts["speed"]["epochs"]] == [32] and parts["cpu_speed"]["epochs"][0]["images_per_second"] > 0
assert {"gather", "conv2d_2 conv2d_forward"} <= {l["name"] for l in parts["profile"]["launches"]}
assert parts["launches"]["latency_seconds"] > parts["launches"]["gap_seconds"] > 0
assert parts["launches"]["step_launches"] >= 6 and parts["launches"]["step_seconds"] > 0
assert parts["limits"]["flops"] > 0
END
