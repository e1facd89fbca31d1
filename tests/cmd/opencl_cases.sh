#!/bin/sh
# What is wrong with OpenCL on people's machines, from the outside: `auto` ends on the CPU and says why, a device that was named ends
# with 1 and one line that says what to do.
. "$(dirname "$0")/lib.sh"
zcat "$digits/train.csv.gz" | head -n 401 >train.csv

# both REASON [ENVIRONMENT...]: auto and a named device, in such an environment.
both() {
    reason=$1
    shift
    env "$@" "$CLENET" train train.csv --epochs 1 --device auto --out auto >out 2>err </dev/null ||
        fail "$reason: auto failed"
    matches err "^device: cpu, .*$reason"
    [ -s auto/model.safetensors ] || fail "$reason: auto left no model"
    rm -rf auto
    if env "$@" "$CLENET" train train.csv --epochs 1 --device opencl --out named >out 2>err </dev/null; then
        fail "$reason: a device that is not there was used"
    fi
    matches err "^clenet: no .*device matches 'opencl'.*$reason.*--device cpu"
    [ ! -e named/model.safetensors ] || fail "$reason: a model came from nowhere"
}

# No loader: masked by a file that is no library.
mkdir masked || exit 1
echo 'no library' >masked/libOpenCL.so.1
cp masked/libOpenCL.so.1 masked/libOpenCL.so
both 'the OpenCL loader libOpenCL.so.1 cannot be loaded' LD_LIBRARY_PATH="$work/masked"

# No driver, and one whose library is missing.
both 'no platform' PATH="$PATH"
echo /nowhere/libdriver.so >.vendors/missing.icd
both 'missing.icd names /nowhere/libdriver.so, which cannot be loaded' PATH="$PATH"

# A platform without devices.
vendors rusticl
both 'no.* device' RUSTICL_ENABLE=
vendors pocl

# Two runs are the same, and a cache that cannot be written costs nothing but time.
run 0 train train.csv --epochs 1 --device pocl --out first
run 0 train train.csv --epochs 1 --device pocl --out second
cmp first/model.safetensors second/model.safetensors || fail "two runs on PoCL differ"
CLENET_CACHE_DIR=/proc/nowhere run 0 predict first/model.safetensors train.csv --device pocl -o p.csv

# Nor do stored programs that were cut or changed. rusticl's are stored; PoCL has its own cache.
vendors rusticl
RUSTICL_ENABLE=llvmpipe
export RUSTICL_ENABLE
run 0 train train.csv --epochs 1 --device opencl --out stored
there .cache/clenet/*.bin
for file in .cache/clenet/*.bin; do
    size=$(($(wc -c <"$file") / 2)) && head -c $size "$file" >half && cat half >"$file"
done
run 0 train train.csv --epochs 1 --device opencl --out cut
cmp stored/model.safetensors cut/model.safetensors || fail "a cut program changes the model"
for file in .cache/clenet/*.bin; do
    printf 'X' | dd of="$file" bs=1 seek=$(($(wc -c <"$file") - 100)) conv=notrunc 2>/dev/null
done
run 0 train train.csv --epochs 1 --device opencl --out flipped
cmp stored/model.safetensors flipped/model.safetensors || fail "a flipped byte in a program changes the model"
unset RUSTICL_ENABLE
vendors pocl

# The same digits and seed on the CPU: losses within 1 %; and the same early stopping, with a rate that is too small for roundings
# to matter: accuracy then goes up and down by dropout's masks, which are the same.
for device in cpu pocl; do
    run 0 train "$digits/train.csv.gz" --epochs 1 --device $device --out one-$device
    run 0 train train.csv --epochs 40 --patience 2 --learning-rate 1e-9 --device $device --out stopped-$device
done
loss() { awk -F, 'NR == 2 { print $3 }' "one-$1/history.csv"; }
awk -v a="$(loss cpu)" -v b="$(loss pocl)" 'BEGIN { exit !(a > 0.99 * b && a < 1.01 * b) }' ||
    fail "the losses of an epoch: $(loss cpu) on the CPU, $(loss pocl) on PoCL"
[ "$(wc -l <stopped-cpu/history.csv)" -eq "$(wc -l <stopped-pocl/history.csv)" ] || fail "they stop after other epochs"
[ "$(wc -l <stopped-cpu/history.csv)" -lt 41 ] || fail "nothing stopped early"

# PoCL links its kernels with ld, and ends the process if there is none: that of the check, not of the run.
mkdir tools || exit 1
for tool in sh env true; do ln -s "$(command -v $tool)" tools; done
rm -rf .cache
POCL_CACHE_DIR=$work/.cache/pocl # an empty cache
PATH=$work/tools "$CLENET" train train.csv --epochs 1 --device pocl --out no-ld >out 2>err </dev/null
got=$?
[ $got -eq 1 ] || [ $got -eq 0 ] || fail "without ld the command ends with $got"
[ $got -eq 0 ] || matches err '^clenet: device .* failed its check: .*doctor'
