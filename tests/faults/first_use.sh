#!/bin/sh
# The first use of a device, with nothing cached: PoCL poses as a GPU. What is checked is what the run needs, and no more is compiled.
. "$(dirname "$0")/../cmd/lib.sh"
pocl_as_gpu
train_rows 200 >train.csv

# compiled FOLDER: the kernels that PoCL has compiled into it.
compiled() { find "$1" -name '*.so' | wc -l | tr -d ' '; }

# first FOLDER STATUS ARGUMENT...: runs with PoCL's cache in FOLDER.
first() {
    POCL_CACHE_DIR=$work/$1
    export POCL_CACHE_DIR
    shift
    run "$@"
}

# On a busy machine: 17 kernels in 6.5 s of processor time; 95 in 17.2 s when every operation was checked first:
#   CLENET_CACHE_DIR=empty POCL_CACHE_DIR=empty2 sh -c 'time clenet train train.csv --epochs 1 --device 0.0 --tiles group'
training='train train.csv --overwrite --epochs 1 --tiles group --gemm own --figures none --seed 3'
CLENET_KERNEL_DIR=$source_folder/cl first unchecked 0 $training --device 0.0 --out unchecked-run
unset CLENET_KERNEL_DIR
first checked 0 $training --device 0.0 --out checked-run
matches err '^checking device 0.0 '
is 'kernels compiled' "$(compiled checked)" "$(compiled unchecked)"
cmp unchecked-run/model.safetensors checked-run/model.safetensors || fail 'a check changes the model'

# A second run of the job is not checked, and compiles nothing. Neither does prediction: training has used its programs.
first checked 0 $training --device 0.0 --out checked-run
lacks err checking
first checked 0 predict checked-run/model.safetensors train.csv --device 0.0 --tiles group --gemm own -o p.csv
lacks err checking
is 'kernels compiled' "$(compiled checked)" "$(compiled unchecked)"

# Another optimizer is another job, with one more program; another seed is not, and another rate.
first checked 0 $training --device 0.0 --seed 4 --learning-rate 0.01 --out checked-run
lacks err checking
first checked 0 $training --device 0.0 --optimizer adam --out checked-run
matches err '^checking device 0.0 '
is 'kernels compiled' "$(compiled checked)" "$(($(compiled unchecked) + 1))"

# Two runs at once check two jobs. A verdict that one of them loses is asked for again.
rm -rf .cache
"$CLENET" $training --device 0.0 --out one >one.out 2>&1 </dev/null &
"$CLENET" $training --device 0.0 --optimizer adam --out two >two.out 2>&1 </dev/null || fail 'one of two runs at once failed'
wait $! || fail 'one of two runs at once failed'
cmp one/model.safetensors unchecked-run/model.safetensors || fail 'two runs at once differ from one'

# A verdict that fails the job refuses it, and no other job.
first checked 0 $training --device 0.0 --out one
first checked 0 $training --device 0.0 --optimizer adam --out two
python3 - <<'P' || skip 'no python3 to write JSON with'
import glob, json
path, = glob.glob('.cache/clenet/device-*.json')
record = json.load(open(path))
for entry in record['jobs']:
    if '"adam"' in entry['job']:
        entry['passed'], entry['failure'] = False, 'adam is off'
json.dump(record, open(path, 'w'))
P
first checked 1 $training --device 0.0 --optimizer adam --out two
matches err '^clenet: device 0.0 .* failed its check: adam is off'
first checked 0 $training --device 0.0 --out one
