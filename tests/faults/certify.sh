#!/bin/sh
# A driver that crashes or fails costs a certificate the parts in which it does, and no more.
. "$(dirname "$0")/../cmd/lib.sh"
vendors pocl
use_opencl_shim

# certify_with FAILURE: with that failure in each process; the certificate is written all the same.
certify_with() {
    rm -f device.json
    CLENET_SHIM_FAIL=$1
    export CLENET_SHIM_FAIL
    run 1 certify --device pocl --quick -o device.json
    unset CLENET_SHIM_FAIL
    matches out '^not certified: '
    matches out '^[|] .* [|] no [|]'
    has device.json '"passed": false'
}

# A crash in the 40th launch of a process: of the comparison, of the training and so on. The CPU and the driver's words are there.
certify_with clEnqueueNDRangeKernel:40:crash
matches err '^problem: numbers: the process ended: signal 11 .* in [a-z]'
matches err '^problem: speed: the process ended: signal 11 '
lacks err 'problem: cpu_speed'
lacks err 'problem: device'
has device.json '"result": "inference"' # of what was compared before
has device.json CL_DEVICE_EXTENSIONS

# A program that does not build.
certify_with clBuildProgram:2
matches err "^problem: numbers: kernel file '.*' does not compile on "

# A device that cannot be opened at all is one line.
CLENET_SHIM_FAIL=clCreateContext:1
export CLENET_SHIM_FAIL
fails_with 'clCreateContext failed on' certify --device pocl --quick -o other.json
not_there other.json
