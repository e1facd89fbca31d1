#!/bin/sh
# Installs what the tests need, builds clenet four times (for developers, with AddressSanitizer, with ThreadSanitizer, for the fuzzers),
# and runs the tests in all of the builds. Without --full it leaves out those that take long for what they find (label full), and each
# fuzzer runs for 5 seconds instead of 60. With --full, Keras, onnxruntime and PyTorch read and write clenet's models, too, an emulated
# microcontroller runs its C code, and an emulated aarch64 processor the CPU backend. If PyPI cannot be reached, the tests with Keras,
# onnxruntime and PyTorch are skipped.
#
# run.sh [--full] [CTEST_ARGUMENT...]     for example -R conv2d, --stop-on-failure
# CLENET_TEST_PYTHON   a Python with these packages, used instead of the virtual environment
# CLENET_BUILD_DIR     where to build; default: build/ in the source tree, or in the user's cache if the tree is read-only
set -eu
source=$(cd "$(dirname "$0")/.." && pwd -P)
. "$source/tests/setup.sh"

seconds=5 left_out='--label-exclude full' full_packages=
case ${1:-} in
--full)
    seconds=60 left_out=
    full_packages='python3-venv python3-torch gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm gcc-avr avr-libc
gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user'
    shift
    ;;
-h | --help) sed -n 's/^# \(run.sh .*\)/usage: \1/p' "$0" && exit 0 ;;
esac

install_missing "$commands_to_build c++:g++ pkg-config:pkg-config clang:clang clang-format:clang-format \
clang-tidy:clang-tidy cppcheck:cppcheck shellcheck:shellcheck mandoc:mandoc gcovr:gcovr nm:binutils script:bsdutils python3:python3 tmux:tmux chromium|chromium-browser:chromium" \
    "$packages_to_build $packages_for_gpus libcriterion-dev pocl-opencl-icd mesa-opencl-icd oclgrind libclang-rt-14-dev \
python3-numpy $full_packages"

# A virtual environment with what tests/requirements.txt names, made once for each content of that file.
if [ -n "$full_packages" ] && [ -z "${CLENET_TEST_PYTHON:-}" ]; then
    python=$(cache_folder)/python-$(cksum <"$source/tests/requirements.txt" | cut -d ' ' -f 1)
    mkdir -p "$(cache_folder)"
    if [ ! -f "$python/complete" ]; then
        echo "Installing Keras and onnxruntime into $python"
        if /usr/bin/python3 -m venv --clear --system-site-packages "$python" >"$python.log" 2>&1 &&
            "$python/bin/pip" install --quiet --requirement "$source/tests/requirements.txt" >>"$python.log" 2>&1; then
            touch "$python/complete"
        else
            echo "That failed, so tests with Keras, onnxruntime and PyTorch are skipped. All that pip said: $python.log"
        fi
    fi
    if [ -f "$python/complete" ]; then
        CLENET_TEST_PYTHON=$python/bin/python KERAS_BACKEND=jax
        export CLENET_TEST_PYTHON KERAS_BACKEND
    fi
fi

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
