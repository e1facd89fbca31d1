#!/bin/sh
# clenet doctor: from evidence to a command that mends it.
. "$(dirname "$0")/lib.sh"

# finds PROBLEM COMMAND: the doctor finds a problem that has the text, and right below it a command that has the other.
finds() {
    run 0 doctor
    empty err
    grep -A 1 -F -e "$1" out | grep -qF -e "do: " || fail "the doctor does not find '$1'"
    grep -A 1 -F -e "$1" out | tail -n 1 | grep -F -e 'do: ' | grep -qF -e "$2" || fail "and does not say '$2'"
    matches out '^problem: '
    lacks out 'nothing is wrong'
    awk 'END { exit $0 !~ /OpenCL devices? found; the processor can be used/ }' out || fail 'the last line'
}

run 0 devices
grep -q 'built without OpenCL' out && skip 'this clenet was built without OpenCL'

# A loader that cannot be loaded.
mkdir .loader
printf 'no library\n' >.loader/libOpenCL.so.1
LD_LIBRARY_PATH=$work/.loader${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
finds 'there is no OpenCL loader: ' 'apt-get install ocl-icd-libopencl1'
run 0 devices
has out 'no libOpenCL.so.1'
rm -r .loader
run 0 devices
grep -q 'no libOpenCL.so.1' out && skip 'no OpenCL loader (Debian: ocl-icd-libopencl1)'

# No driver: the system's own folder may have one.
finds "$OCL_ICD_VENDORS has no .icd file" ''
if ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then finds 'OCL_ICD_VENDORS is set, and' 'do: unset OCL_ICD_VENDORS'; fi

# Drivers that are named and not there.
echo libno-such-driver.so.1 >"$OCL_ICD_VENDORS/a.icd"
finds 'a.icd names libno-such-driver.so.1, which cannot be loaded' "a.icd.off'"
echo libpocl-of-another-time.so.9 >"$OCL_ICD_VENDORS/a.icd"
finds 'a.icd names libpocl-of-another-time.so.9' 'apt-get install --reinstall pocl-opencl-icd'
: >"$OCL_ICD_VENDORS/b.icd"
finds 'b.icd names no library' 'rm '
finds 'a.icd names' ''

# A library that is not a driver, together with one that is.
rm "$OCL_ICD_VENDORS"/*
echo libz.so.1 >"$OCL_ICD_VENDORS/zlib.icd"
finds 'zlib.icd (libz.so.1) finds no device' 'apt-get install '

# A driver that crashes when it is loaded takes no doctor with it.
if command -v cc >/dev/null && printf '__attribute__((constructor)) static void f(void) { __builtin_trap(); }\n' >crash.c &&
    cc -shared -fPIC -o crash.so crash.c 2>/dev/null; then
    echo "$work/crash.so" >"$OCL_ICD_VENDORS/crash.icd"
    finds "crash.icd ($work/crash.so) crashes as its devices are listed: signal " "crash.icd.off'"
fi

vendors pocl
PATH_BEFORE=$PATH
run 0 doctor
is 'what is said where all is well' "$(cat out)" 'nothing is wrong: 1 OpenCL device'
empty err
not_there nothing.icd

# PoCL links with ld; lib.sh needs its own tools.
mkdir .tools
for tool in awk grep tail cat rm cp mkdir tr head wc ls; do ln -s "$(command -v $tool)" .tools/$tool; done
# shellcheck disable=SC2123 # it is meant
PATH=$work/.tools
finds 'PoCL links kernels with ld, which is not in PATH' 'apt-get install binutils'
PATH=$PATH_BEFORE

kept=$POCL_CACHE_DIR POCL_CACHE_DIR=/dev/null/pocl
finds 'PoCL' 'POCL_CACHE_DIR'
POCL_CACHE_DIR=$kept

vendors rusticl
finds 'has no device, since RUSTICL_ENABLE is not set' 'export RUSTICL_ENABLE='
RUSTICL_ENABLE=no-such-driver
export RUSTICL_ENABLE
finds 'RUSTICL_ENABLE=no-such-driver names no driver that has one' 'export RUSTICL_ENABLE='
RUSTICL_ENABLE=llvmpipe
run 0 doctor
matches out '^nothing is wrong: [1-9][0-9]* OpenCL devices?$'
unset RUSTICL_ENABLE

# Rusticl without its variable is a problem even if others work; the folder is left unchanged.
vendors pocl rusticl
finds 'since RUSTICL_ENABLE is not set' 'export RUSTICL_ENABLE='
has out '1 OpenCL device found'
