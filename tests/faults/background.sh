#!/bin/sh
# `auto` and a device that was never used, PoCL posing as a GPU: the CPU trains at once while the device is checked, and a later run
# measures it. The check ends with the run.
. "$(dirname "$0")/../cmd/lib.sh"
pocl_as_gpu
train_rows 200 >train.csv
command -v python3 >/dev/null || skip 'no python3 to read JSON with'

training='train train.csv --tiles group --gemm own --threads 1 --seed 3 --figures none'
checking='^device: cpu, 1 thread, [^:]*: 0\.0 is being checked for this job$'

# No check of this test runs: each has the test's folder in its environment.
no_check() {
    for process in /proc/[0-9]*; do
        tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -q '^--background$' || continue
        tr '\0' '\n' <"$process/environ" 2>/dev/null | grep -q "$work" && return 1
    done
    return 0
}

# A run that ends before the check says so, and ends it. Its bits are the CPU's.
run 0 $training --epochs 1 --device cpu --out cpu
POCL_CACHE_DIR=$work/pocl
export POCL_CACHE_DIR
run 0 $training --epochs 1 --out first --overwrite
matches err "$checking"
matches err '^device 0\.0 is not checked yet, since this run ended first'
cmp cpu/model.safetensors first/model.safetensors || fail 'a check in the background changes the model'
no_check || fail 'the check goes on after the run'
not_there .cache/clenet/device-*.json
run 0 $training --epochs 1 --out first --overwrite --quiet
empty err

# So does a signal, and the end of the process itself.
for signal in TERM KILL; do
    "$CLENET" $training --epochs 1000000 --patience -1 --out stopped --overwrite >out 2>err </dev/null &
    child=$!
    tries=0
    while no_check && [ $tries -lt 600 ]; do sleep 0.1 && tries=$((tries + 1)); done
    no_check && fail 'no check has begun'
    kill -$signal $child
    wait $child
    tries=0
    until no_check || [ $tries -eq 100 ]; do sleep 0.1 && tries=$((tries + 1)); done
    no_check || fail "the check goes on after SIG$signal"
done

# train_until TEXT: trains until the device's record has the text.
train_until() {
    "$CLENET" $training --epochs 1000000 --patience -1 --out long --overwrite >out 2>err </dev/null &
    child=$!
    tries=0
    until grep -qs "$1" .cache/clenet/device-*.json || [ $tries -eq 3000 ]; do
        sleep 0.1 && tries=$((tries + 1))
    done
    kill -TERM $child
    wait $child
}

# A run that is long enough remembers the verdict, without a speed: the CPU was busy. It checks larger batches, too.
POCL_CACHE_DIR=$CLENET_TEST_POCL_CACHE
train_until '"batch\\":1024'
matches err '^device 0\.0 passed its check meanwhile; the next run measures it'
python3 - <<'P' || fail 'the record is another'
import glob, json
path, = glob.glob('.cache/clenet/device-*.json')
jobs = json.load(open(path))['jobs']
assert all(j['passed'] and j['images_per_second'] == 0 for j in jobs), jobs
assert [b for b in (32, 256, 1024) if any('"batch":%d,' % b in j['job'] for j in jobs)] == [32, 256, 1024], jobs
P

# The next run measures both, and remembers that.
run 0 $training --epochs 1 --out next --overwrite
matches err '^device: .*: cpu [0-9]+ images/s; 0\.0 [0-9]+ images/s'
lacks err checked
cp err measured
run 0 $training --epochs 1 --out next --overwrite
is 'the device' "$(grep '^device:' err)" "$(grep '^device:' measured)"

# speeds CPU DEVICE: sets what is remembered of each batch, "32 256 1024".
speeds() {
    python3 - "$1" "$2" <<'P' || fail 'the record is another'
import glob, json, re, sys
path, = glob.glob('.cache/clenet/device-*.json')
record = json.load(open(path))
cpu = next(j['cpu'] for j in record['jobs'] if j['cpu'])
for job in record['jobs']:
    batch = re.search('"batch":([0-9]+)', job['job'])
    if batch:
        i = [32, 256, 1024].index(int(batch[1]))
        job['cpu'] = cpu
        job['cpu_images_per_second'] = float(sys.argv[1].split()[i])
        job['images_per_second'] = float(sys.argv[2].split()[i])
json.dump(record, open(path, 'w'))
P
}

# The speeds of the job at hand decide; a larger batch is named if it would choose the device.
speeds '100 100 100' '50 150 200'
run 0 $training --epochs 1 --out next --overwrite
matches err '^device: cpu, .*: cpu 100 images/s; 0\.0 50 images/s; 0\.0 from batch 256$'
speeds '100 100 100' '50 60 200'
run 0 $training --epochs 1 --out next --overwrite
matches err '^device: cpu, .*; 0\.0 50 images/s; 0\.0 from batch 1024$'
speeds '100 100 100' '50 60 70'
run 0 $training --epochs 1 --out next --overwrite
matches err '^device: cpu, .*: cpu 100 images/s; 0\.0 50 images/s$'
speeds '100 100 100' '200 60 70'
run 0 $training --epochs 1 --out next --overwrite
matches err '^device: opencl 0\.0.*: cpu 100 images/s; 0\.0 200 images/s$'

# Other threads, or another network, are measured again.
run 0 $training --epochs 1 --threads 2 --out next --overwrite
lacks err 'cpu 100 images/s'
matches err '^device: .*; 0\.0 200 images/s'

# A job that a device fails is no job for it, also after a check in the background.
rm -rf .cache
CLENET_SHIM_FAIL=clBuildProgram:1
export CLENET_SHIM_FAIL
train_until '"passed": false'
matches err '^device 0\.0 .* failed its check: .*does not compile'
run 0 $training --epochs 1 --out next --overwrite
matches err '^device: cpu.*0\.0 cannot be used'
