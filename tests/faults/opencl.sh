#!/bin/sh
# Every function of OpenCL fails in a run: at its first call, in the middle, and at the last. A device that was named ends the run
# with 1 and one line; one that auto chose is replaced by the CPU. No crash, no hang, nothing half-written.
. "$(dirname "$0")/../cmd/lib.sh"
pocl_as_gpu
zcat "$digits/train.csv.gz" | head -n 201 >train.csv
zcat "$digits/test.csv.gz" | head -n 21 >test.csv

# train STATUS DEVICE ARGUMENT...: into the folder `run`.
train() {
    rm -rf run
    status=$1 device=$2
    shift 2
    run "$status" train train.csv --test test.csv --epochs 3 --seed 4 --device "$device" --tiles vector --figures none --out run "$@"
}

# The device is checked, programs are compiled and kept, calls are counted.
train 0 0.0
CLENET_SHIM_COUNTS=$work/counts
export CLENET_SHIM_COUNTS
train 0 0.0
[ -s counts ] || fail "the shim was not used"
mv counts calls
unset CLENET_SHIM_COUNTS
cp run/model.safetensors device.safetensors
train 0 cpu
cp run/model.safetensors cpu.safetensors

# What may fail without harm: the cache, information that is not needed, and giving back.
harmless=' clGetPlatformInfo clGetDeviceInfo clGetProgramInfo clCreateProgramWithBinary clGetProgramBuildInfo clFlush '
harmless="$harmless clGetKernelWorkGroupInfo clGetEventProfilingInfo clGetPlatformIDs clGetDeviceIDs clReleaseContext "
harmless="$harmless clReleaseCommandQueue clReleaseMemObject clReleaseProgram clReleaseKernel clReleaseEvent "

# one NAME N: that call fails, for a device that was named.
one() {
    CLENET_SHIM_FAIL=$1:$2
    export CLENET_SHIM_FAIL
    rm -rf run
    timeout 60 "$CLENET" train train.csv --test test.csv --epochs 3 --seed 4 --device 0.0 --tiles vector --out run \
        --figures none >out 2>err </dev/null
    got=$?
    unset CLENET_SHIM_FAIL
    case $got in
    1) [ "$(grep -c '^clenet: ' err)" -eq 1 ] || fail "$1:$2: not one line of error" ;;
    0)
        # After the run, when the model is evaluated on held-out images, a failure costs a line and not the run.
        case $harmless in
        *" $1 "*) ;;
        *) grep -qE "^warning: $1.* failed on .*the run is not affected$" err || fail "$1:$2 failed, and nobody noticed" ;;
        esac
        [ "$(wc -l <run/submission.csv)" -eq 21 ] || fail "$1:$2: the submission is not whole"
        ;;
    *) fail "$1:$2: exit status $got" ;;
    esac
    case $harmless in *" $1 "*) return ;; esac
    # The call that fails first may be one ahead of the run, which is repeated: the line is about the next, then.
    matches err 'cl[A-Z][A-Za-z]*.* failed on .*CL_OUT_OF_RESOURCES \(-5\)'
    if [ -f run/model.safetensors ]; then "$CLENET" summary run/model.safetensors >/dev/null || fail "$1:$2: a broken model"; fi
}

# lost NAME N: that call fails, for a device that auto chose: the CPU goes on.
lost() {
    CLENET_SHIM_FAIL=$1:$2
    export CLENET_SHIM_FAIL
    train 0 auto
    unset CLENET_SHIM_FAIL
    [ "$(wc -l <run/submission.csv)" -eq 21 ] || fail "$1:$2: the submission is not whole"
    [ "$(wc -l <run/history.csv)" -eq 4 ] || fail "$1:$2: the history is not whole"
}

while read -r name calls; do
    one "$name" 1
    case $name in clEnqueue* | clFinish) one "$name" $((calls / 2)) ;; esac
    case $name in clFinish) continue ;; esac # the last only waits before all is given back
    [ "$calls" -gt 1 ] && one "$name" "$calls"
done <calls

# auto's choice, by a verdict that makes it faster than anything.
fastest() { sed -i 's/"images_per_second": [0-9.]*/"images_per_second": 1e9/' .cache/clenet/device-*.json; }
fastest
train 0 auto
has err 'device: opencl 0.0'
cmp run/model.safetensors device.safetensors || fail "auto's device trains another model"

launches=$(awk '$1 == "clEnqueueNDRangeKernel" { print $2 }' calls)
lost clEnqueueNDRangeKernel 60
matches err 'device lost: clEnqueueNDRangeKernel of .*starting on the CPU'
cmp run/model.safetensors cpu.safetensors || fail "begun anew on the CPU, and another model than the CPU's"
lost clEnqueueNDRangeKernel $((launches * 5 / 6))
matches err 'device lost: .*continuing on the CPU after epoch [12]'
lost clFinish 4
lost clEnqueueReadBuffer 3
lost clCreateBuffer 5
has err 'device lost'

# So does prediction, of a model of several networks, too, wherever in it the device fails.
several=$test_folder/../fuzz/seeds/model/members
awk 'BEGIN { print "label,pixel0,pixel1,pixel2,pixel3"; for (i = 0; i < 40; i++) printf "%d,%d,%d,0,%d\n", i % 2, i * 6, 255 - i, i }' >four.csv
run 0 evaluate "$several" four.csv --device cpu --json -q
mv out wanted
run 0 evaluate "$several" four.csv --device 0.0 --json # checks the job
fastest
CLENET_SHIM_COUNTS=$work/counts
export CLENET_SHIM_COUNTS
run 0 evaluate "$several" four.csv --device auto --json
unset CLENET_SHIM_COUNTS
has err 'device: opencl 0.0'
for name in clEnqueueWriteBuffer clEnqueueNDRangeKernel clEnqueueReadBuffer; do
    last=$(awk -v name=$name '$1 == name { print $2 }' counts)
    [ "${last:-0}" -gt 1 ] || fail "$name is called ${last:-0} times in place of several"
    for nth in 1 "$last"; do
        CLENET_SHIM_FAIL=$name:$nth
        export CLENET_SHIM_FAIL
        run 0 evaluate "$several" four.csv --device auto --json
        unset CLENET_SHIM_FAIL
        matches err "device lost: cl[A-Z]" # that call, or a later one, if it was ahead of the evaluation
        cmp out wanted || fail "$name:$nth: the CPU in the place of the device says something else than the CPU"
    done
done

# For a named device the error has the path of the last epoch's model.
CLENET_SHIM_FAIL=clEnqueueNDRangeKernel:$((launches * 5 / 6))
export CLENET_SHIM_FAIL
train 1 0.0
matches err "the model of epoch [12] is in 'run/model.safetensors'"
unset CLENET_SHIM_FAIL
run 0 evaluate run/model.safetensors train.csv --device cpu

# A device whose programs do not build fails its check, with the compiler's words for it.
rm -rf .cache
CLENET_SHIM_FAIL=clBuildProgram:1
export CLENET_SHIM_FAIL
train 1 0.0
matches err 'failed its check: .*does not compile'
train 0 auto
matches err 'device: cpu.*0.0 cannot be used'
