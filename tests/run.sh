#!/bin/sh
# Installs what the tests need, builds clenet four times (for developers, with AddressSanitizer, with ThreadSanitizer, for the fuzzers),
# and runs the tests in all of the builds. Without --full it leaves out those that take long for what they find (label full), and each
# fuzzer runs for 5 seconds instead of 60.
#
# run.sh [--full] [CTEST_ARGUMENT...]     for example -R conv2d, --stop-on-failure
# CLENET_BUILD_DIR     where to build; default: build/ in the source tree, or in the user's cache if the tree is read-only
set -eu
source=$(cd "$(dirname "$0")/.." && pwd -P)
. "$source/tests/setup.sh"

seconds=5 left_out='--label-exclude full'
case ${1:-} in
--full)
    seconds=60 left_out=
    shift
    ;;
-h | --help) sed -n 's/^# \(run.sh .*\)/usage: \1/p' "$0" && exit 0 ;;
esac

install_missing "$commands_to_build c++:g++ pkg-config:pkg-config clang:clang clang-format:clang-format \
clang-tidy:clang-tidy cppcheck:cppcheck shellcheck:shellcheck mandoc:mandoc gcovr:gcovr nm:binutils script:bsdutils python3:python3 tmux:tmux chromium|chromium-browser:chromium" \
    "$packages_to_build $packages_for_gpus libcriterion-dev pocl-opencl-icd mesa-opencl-icd oclgrind libclang-rt-14-dev"

all=
for name in dev asan tsan fuzz; do
    set_build_folder "$name"
    options='-DCLENET_WERROR=ON -DCLENET_TESTS=ON'
    case $name in
    dev) type=Dev ;;
    asan) type=Asan options="$options -DCLENET_BENCH=OFF" ;;
    tsan) type=Tsan options="$options -DCLENET_BENCH=OFF" ;;
    fuzz) type=Fuzz options="-DCLENET_WERROR=ON -DCLENET_BENCH=OFF -DCMAKE_C_COMPILER=clang -DCLENET_FUZZ_SECONDS=$seconds" ;;
    esac
    # shellcheck disable=SC2086 # a list
    build_clenet $type $options
    all="$all$build
"
done

# One run of CTest for the tests of all builds: so the cores are busy up to its end, and one summary tells of all.
set_build_folder all
printf '%s' "$all" | sed 's/.*/subdirs("&")/' >"$build/CTestTestfile.cmake"
cd "$build"
# shellcheck disable=SC2086 # an option and its value, or nothing
exec ctest --output-on-failure --no-tests=error --parallel "$(cores)" $left_out "$@"
