#!/bin/sh
# clenet doctor: from evidence to a command that mends it.
. "$(dirname "$0")/lib.sh"

# finds STATUS PROBLEM COMMAND: the doctor ends with the status, finds a problem that has the text, and right below it a command that
# has the other.
finds() {
    run "$1" doctor
    shift
    empty err
    grep -A 1 -F -e "$1" out | grep -qF -e "do: " || fail "the doctor does not find '$1'"
    grep -A 1 -F -e "$1" out | tail -n 1 | grep -F -e 'do: ' | grep -qF -e "$2" || fail "and does not say '$2'"
    matches out '^problem: '
    lacks out 'no problems'
    awk 'END { exit $0 !~ /OpenCL devices? found; the processor can always be used/ }' out || fail 'the last line'
}

run 0 devices
grep -q 'built without OpenCL' out && skip 'this clenet was built without OpenCL'

# A loader that cannot be loaded.
mkdir .loader
printf 'no library\n' >.loader/libOpenCL.so.1
LD_LIBRARY_PATH=$work/.loader${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
cp .loader/libOpenCL.so.1 .loader/libOpenCL.so
finds 1 'the OpenCL loader libOpenCL.so.1 cannot be loaded: ' 'apt-get install --reinstall ocl-icd-libopencl1'
run 0 devices
join out
has out 'no OpenCL device: the OpenCL loader libOpenCL.so.1 cannot be loaded: '
rm -r .loader
run 0 devices
grep -q 'no OpenCL loader' out && skip 'no OpenCL loader (Debian: ocl-icd-libopencl1)'

# No driver: the system's own folder may have one.
finds 1 "$OCL_ICD_VENDORS has no .icd file" ''
if ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then finds 1 'OCL_ICD_VENDORS is set, and' 'do: unset OCL_ICD_VENDORS'; fi

# Drivers that are named and not there. The variable that chose them is the first suspect.
echo libno-such-driver.so.1 >"$OCL_ICD_VENDORS/a.icd"
finds 1 'a.icd names libno-such-driver.so.1, which cannot be loaded' "a.icd.off'"
echo libpocl-of-another-time.so.9 >"$OCL_ICD_VENDORS/a.icd"
finds 1 'a.icd names libpocl-of-another-time.so.9' 'apt-get install --reinstall pocl-opencl-icd'
: >"$OCL_ICD_VENDORS/b.icd"
finds 1 'b.icd names no library' 'rm '
finds 1 'a.icd names' ''
if ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then finds 1 'a.icd names' 'unset OCL_ICD_VENDORS; if that does not help: '; fi
OCL_ICD_FILENAMES=libother.so.1:libmissing.so.2
export OCL_ICD_FILENAMES
finds 1 'OCL_ICD_FILENAMES names libmissing.so.2, which cannot be loaded' 'do: unset OCL_ICD_FILENAMES'
unset OCL_ICD_FILENAMES

# A library that is not a driver, together with one that is.
rm "$OCL_ICD_VENDORS"/*
echo libz.so.1 >"$OCL_ICD_VENDORS/zlib.icd"
finds 1 'zlib.icd (libz.so.1) finds no device' 'apt-get install '

# A driver that needs a library that is missing: doctor, devices and train name that library.
if command -v cc >/dev/null && echo 'int f(void); int f(void) { return 0; }' >empty.c &&
    cc -shared -fPIC -o libclenet-needed.so.3 -Wl,-soname,libclenet-needed.so.3 empty.c 2>/dev/null &&
    cc -shared -fPIC -o needs.so -Wl,--no-as-needed empty.c ./libclenet-needed.so.3 2>/dev/null; then
    rm libclenet-needed.so.3 "$OCL_ICD_VENDORS"/*
    echo "$work/needs.so" >"$OCL_ICD_VENDORS/needs.icd"
    reason="needs.icd names $work/needs.so, which cannot be loaded: libclenet-needed.so.3: cannot open"
    finds 1 "$reason" "needs.icd.off'"
    run 0 devices
    join out
    has out "$reason"
    train_rows 100 >rows.csv
    fails_with "$reason" train rows.csv --device gpu
    run 0 train rows.csv --epochs 1
    has err "$reason"
    rm -r run rows.csv "$OCL_ICD_VENDORS/needs.icd"
fi

# A driver that crashes when it is loaded takes no doctor with it.
if command -v cc >/dev/null && printf '__attribute__((constructor)) static void f(void) { __builtin_trap(); }\n' >crash.c &&
    cc -shared -fPIC -o crash.so crash.c 2>/dev/null; then
    echo "$work/crash.so" >"$OCL_ICD_VENDORS/crash.icd"
    finds 1 "crash.icd ($work/crash.so) crashes when its devices are listed: signal " "crash.icd.off'"
fi

vendors pocl
PATH_BEFORE=$PATH
run 0 doctor
is 'what is said where all is well' "$(cat out)" 'no problems: 1 OpenCL device'
empty err
not_there nothing.icd

# PoCL links with ld; lib.sh needs its own tools.
mkdir .tools
for tool in awk grep tail cat rm cp mkdir tr head wc ls; do ln -s "$(command -v $tool)" .tools/$tool; done
# shellcheck disable=SC2123 # it is meant
PATH=$work/.tools
finds 1 'PoCL links kernels with ld, which is not in PATH' 'apt-get install binutils'
PATH=$PATH_BEFORE

kept=$POCL_CACHE_DIR POCL_CACHE_DIR=/dev/null/pocl
finds 1 'cannot write its cache folder (POCL_CACHE_DIR=/dev/null/pocl)' 'export POCL_CACHE_DIR='
POCL_CACHE_DIR=$kept
POCL_DEVICES=no-such-device
export POCL_DEVICES
finds 1 "POCL_DEVICES='no-such-device'" 'do: unset POCL_DEVICES'
unset POCL_DEVICES

# Rusticl without a GPU offers the processor only, by llvmpipe, which is too slow for training.
vendors rusticl
finds 1 'has no device' ''
lacks out llvmpipe
RUSTICL_ENABLE=no-such-driver
export RUSTICL_ENABLE
finds 1 'RUSTICL_ENABLE=no-such-driver names no driver that has one' ''
lacks out llvmpipe
RUSTICL_ENABLE=llvmpipe
run 0 doctor
matches out '^no problems: [1-9][0-9]* OpenCL devices?$'
unset RUSTICL_ENABLE

# A problem that leaves a device is no failure.
vendors pocl
echo libno-such-driver.so.1 >"$OCL_ICD_VENDORS/a.icd"
finds 0 'a.icd names libno-such-driver.so.1' ''
has out '1 OpenCL device found'
train_rows 100 >rows.csv
fails_with 'a.icd names libno-such-driver.so.1' train rows.csv --device nvidia
