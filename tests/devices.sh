#!/bin/sh
# Runs every test that can run on a device on yours, and a training there and on the CPU. Prints a row for docs/devices.md. Not in
# CTest, since it needs a machine with a device of its own.
#
# devices.sh BUILD SPEC      BUILD: a folder where clenet was built with its tests; SPEC: as for --device
# devices.sh BUILD --intel   Intel's CPU runtime, from PyPI (intel-opencl-rt), into BUILD/intel
set -eu
[ $# -eq 2 ] || { sed -n 's/^# \(devices.sh .*\)/usage: \1/p' "$0" >&2 && exit 2; }
source=$(cd "$(dirname "$0")/.." && pwd -P)
build=$(cd "$1" && pwd -P) spec=$2

if [ "$spec" = --intel ]; then
    [ -d "$build/intel" ] || python3 -m venv "$build/intel"
    "$build/intel/bin/pip" install --quiet intel-opencl-rt
    library=$(find "$build/intel/" -name libintelocl.so | head -1)
    [ -n "$library" ] || { echo "devices.sh: the package has no libintelocl.so" >&2 && exit 1; }
    mkdir -p "$build/intel/vendors"
    echo "$library" >"$build/intel/vendors/intel.icd"
    OCL_ICD_VENDORS=$build/intel/vendors LD_LIBRARY_PATH=$(dirname "$library"):$build/intel/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export OCL_ICD_VENDORS LD_LIBRARY_PATH
    spec=intel
fi

"$build/clenet" devices
failed=
while read -r test; do
    echo "== $test"
    CLENET_TEST_DEVICE=$spec CLENET_SOURCE_DIR=$source "$build/tests/$test" </dev/null || failed="$failed $test"
done <"$build/tests/device_tests"

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
for device in cpu "$spec"; do
    "$build/clenet" train "$source/examples/digits/train.csv.gz" --epochs 3 --device "$device" --out "$run/$device" || failed="$failed train"
done
accuracy() { awk -F, 'END { printf "%.2f %%", 100 * $4 }' "$run/$1/history.csv"; }
"$build/clenet" devices >"$run/devices"
echo
echo "| $(date +%Y-%m-%d) | $spec | ${failed:-all pass} | validation after 3 epochs: $(accuracy "$spec"), CPU $(accuracy cpu) |"
[ -z "$failed" ]
