#!/bin/sh
# Installs what the tests need, builds clenet four times (as developers do; with AddressSanitizer; with ThreadSanitizer; for the
# fuzzers), and runs every test. What PoCL compiles in the first pass, which takes it most of the time, the others find.
#
# run.sh [--quick]     --quick leaves the sanitizers and the fuzzers out
# CLENET_BUILD_DIR     where to build; default: build/ in the source tree, or in the user's cache where that is read-only
set -eu
source=$(cd "$(dirname "$0")/.." && pwd -P)
. "$source/tests/setup.sh"

quick=
case "$#:${1:-}" in
0:) ;;
1:--quick) quick=yes ;;
*) sed -n 's/^# \(run.sh .*\)/usage: \1/p' "$0" >&2 && exit 2 ;;
esac

install_missing "$commands_to_build c++:g++ pkg-config:pkg-config clang:clang clang-format:clang-format \
clang-tidy:clang-tidy cppcheck:cppcheck shellcheck:shellcheck mandoc:mandoc gcovr:gcovr nm:binutils script:bsdutils python3:python3 chromium|chromium-browser:chromium" \
    "$packages_to_build libcriterion-dev ocl-icd-libopencl1 pocl-opencl-icd mesa-opencl-icd oclgrind libclblast1 libclang-rt-14-dev"

# In $build; a test that failed shows what it said.
run_tests() { (cd "$build" && ctest --output-on-failure --no-tests=error --parallel "$(cores)"); }

status=0
set_build_folder dev
pocl=-DCLENET_POCL_CACHE=${build%/*}/pocl
build_clenet Dev -DCLENET_WERROR=ON -DCLENET_TESTS=ON "$pocl"
run_tests || status=1
if [ -z "$quick" ]; then
    set_build_folder asan
    build_clenet Asan -DCLENET_WERROR=ON -DCLENET_TESTS=ON -DCLENET_BENCH=OFF "$pocl"
    run_tests || status=1
    set_build_folder tsan
    build_clenet Tsan -DCLENET_WERROR=ON -DCLENET_TESTS=ON -DCLENET_BENCH=OFF "$pocl"
    run_tests || status=1
    set_build_folder fuzz
    build_clenet Fuzz -DCMAKE_C_COMPILER=clang -DCLENET_WERROR=ON -DCLENET_BENCH=OFF
    run_tests || status=1
fi
if [ $status -ne 0 ]; then echo "Not all tests passed; see above." >&2; fi
exit $status
