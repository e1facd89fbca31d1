#!/bin/sh
# The CPU backend on aarch64: a cross compiler builds it with its tests, and an emulated processor runs them.
#
# aarch64.sh KERNEL_FLAG...   the flags of the kernel files (CPU_KERNEL_FLAGS of cmake/Kernels.cmake)
#
# The tests are those of tests/backend which compare every operation with loops in double precision. Libraries for aarch64 are not
# needed: tests/aarch64/ has the part of Criterion that the tests use, and files with jansson, zlib or libcsv are left out. Functions
# of these files are named in others, but not called: the linker is told to accept that, and a call would end the test.
# Exit status 77: there is no cross compiler or no emulator.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
cc=aarch64-linux-gnu-gcc
# Not: keras and check, which read files or need OpenCL; gradients, operations and lenet, which take minutes here (lenet.c is shorter);
# device, crew and team, which know no processor.
tests='activation augment avgpool2d batches batchnorm conv2d conv2d_general dense dropout frozen maxpool2d optimizer single
softmax_cross_entropy tiny vec zeropad2d'

for tool in "$cc" qemu-aarch64; do
    command -v "$tool" >/dev/null || {
        echo "skipped: no $tool (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
        exit 77
    }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! echo 'int main(void) { return 0; }' | $cc -static -xc - -lpthread -lm -o "$folder/empty" 2>"$folder/said"; then
    echo "skipped: $cc cannot link (Debian: libc6-dev-arm64-cross): $(head -n 1 "$folder/said")"
    exit 77
fi

cd "$source"
options="-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -ffunction-sections -fdata-sections -Iinclude -Isrc -Itests/aarch64
-Itests -Itests/support"
# The library with -O3, as Release has it; tests with less, since gcc 12 ends with an internal error in two of them.
library=$(grep -LE '#include (<(csv|jansson|zlib)\.h>|"lib/base/json)' src/lib/version.c src/lib/base/*.c src/lib/net/*.c src/lib/backend/*.c |
    grep -v '/job\.c$')
programs=$(for name in $tests; do echo "tests/backend/test_$name.c"; done)
for file in $library src/lib/backend/cpu/*.c $programs tests/support/*.c tests/aarch64/*.c; do
    case $file in
    src/lib/backend/cpu/*) flags="$* -DCPU_ISA=baseline" ;;
    src/*) flags=-O3 ;;
    *) flags=-O2 ;;
    esac
    # shellcheck disable=SC2086 # lists
    echo $cc $options $flags -c "$file" -o "$folder/$(echo "$file" | tr / _).o"
done >"$folder/commands"
xargs -P 2 -I COMMAND sh -c COMMAND <"$folder/commands" || {
    echo 'FAIL: it does not compile'
    exit 1
}
$cc -static -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all "$folder"/*.o -lm -lpthread -o "$folder/program"
# On one core: QEMU lets a load pass a store of another kind than aarch64 would, and threads on two cores waited for each other for ever.
core=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
taskset -c "$core" qemu-aarch64 "$folder/program"
