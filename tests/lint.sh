#!/bin/sh
# The checks that read the code without running it. CTest calls this with what CMake knows in the environment:
# CLENET_BUILD (where compile_commands.json lies), CPU_KERNEL_FILES, CPU_KERNEL_FLAGS, CPU_ISAS (a set and its options
# a line).
#
# lint.sh clang_warnings|format|tidy|analyzer|cppcheck|shell|man|pictures     status 77: the tool is not there
set -eu
cd "$(dirname "$0")/.."
tools_version=14 # of clang-format and clang-tidy: others lay out and warn differently

# tool NAME PACKAGE [VERSION]: sets $tool to the program.
tool() {
    if [ $# -eq 3 ] && command -v "$1-$3" >/dev/null; then
        tool=$1-$3
    elif ! command -v "$1" >/dev/null; then
        echo "skipped: no $1 (Debian: $2)" && exit 77
    else
        tool=$1
        if [ $# -eq 3 ] && ! "$1" --version | grep -q "version $3\."; then
            echo "skipped: the code is checked with $1 $3, this is $("$1" --version | grep -o 'version.*' | head -n 1)"
            exit 77
        fi
    fi
}

# sources FOLDER...: the C files, one a line.
sources() { find "$@" -name '*.c' | LC_ALL=C sort; }

# The CPU backend's kernel files, which are compiled once for each instruction set.
kernels() { for file in $CPU_KERNEL_FILES; do echo "src/lib/backend/cpu/$file"; done; }

# In parallel, files from standard input, at most 4 a call.
each() { xargs -P "$(nproc 2>/dev/null || echo 1)" -n "${per_call:-4}" "$@"; }

definitions='-std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc'
for library in RSVG HEIF ARCHIVE HDF5; do definitions="$definitions -DCLENET_${library}_FILE=NULL"; done
if rsvg=$(pkg-config --cflags librsvg-2.0 2>/dev/null); then definitions="$definitions $(echo " $rsvg" | sed 's/ -I/ -isystem /g')"; fi

# All of C with clang and the project's warnings as errors; kernel files once for each instruction set.
clang_warnings() {
    tool clang clang
    warnings='-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror -fsyntax-only'
    have=$(echo "$CPU_ISAS" | awk 'NF && $1 != "baseline" { printf " -DCPU_HAVE_%s", toupper($1) }')
    tests=tests
    if ! printf '#include <criterion/criterion.h>\n' | $tool -x c -fsyntax-only - 2>/dev/null; then
        echo "without tests/: Criterion was not found" && tests=
    fi
    skip='^$'
    if ! printf '#include <CL/cl.h>\n' | $tool -x c -fsyntax-only -DCL_TARGET_OPENCL_VERSION=120 - 2>/dev/null; then
        echo "without opencl/: OpenCL's headers were not found" && skip='/opencl/'
    fi
    if [ -f "$CLENET_BUILD/onnx/onnx.pb-c.h" ]; then
        definitions="$definitions -isystem $CLENET_BUILD/onnx"
    else
        echo "without ONNX: protobuf-c was not found" && skip="$skip -e onnx"
    fi
    hdf5=$(sed -n 's/^CLENET_HDF5_INCLUDE_DIR:PATH=//p' "$CLENET_BUILD/CMakeCache.txt")
    if [ -d "$hdf5" ]; then
        definitions="$definitions -isystem $hdf5"
    else
        echo "without HDF5: libhdf5 was not found" && skip="$skip -e /hdf5_"
    fi
    # shellcheck disable=SC2086 # lists of options
    # What is for a microcontroller is compiled by tests/cmd/export_arm.sh.
    sources src examples bench $tests | grep -vxF "$(kernels)" | grep -v -e $skip -e '/microcontroller/' |
        each $tool $definitions $warnings $have -Itests -Itests/support "-DCLENET_SOURCE_DIR=\"$PWD\""
    echo "$CPU_ISAS" | while read -r isa flags; do
        [ -n "$isa" ] || continue
        # shellcheck disable=SC2086
        kernels | each $tool $definitions $warnings $CPU_KERNEL_FLAGS $flags "-DCPU_ISA=$isa"
    done
}

format() {
    tool clang-format clang-format "$tools_version"
    find src include tests examples bench cl -name '*.[ch]' -o -name '*.cl' -o -name '*.cl[ht]' | each "$tool" --dry-run -Werror
}

# .clang-tidy has the checks. The tests are left out: Criterion's macros are not ours to improve. clang's analyzer takes nine tenths of
# the time, so `tidy` leaves it out and `analyzer` is all of them.
tidy() { tidy_all --checks='-clang-analyzer-*'; }
analyzer() { tidy_all; }

# tidy_all [OPTION]
tidy_all() {
    tool clang-tidy clang-tidy "$tools_version"
    per_call=1
    # A kernel file stands in the database once for each instruction set, but is checked once: clang_warnings and cppcheck read what
    # is in the code of one set only.
    # shellcheck disable=SC2086 # lists of options
    kernels | xargs -P "$(nproc 2>/dev/null || echo 1)" -I FILE "$tool" "$@" --quiet --warnings-as-errors='*' FILE \
        -- $definitions $CPU_KERNEL_FLAGS -DCPU_ISA=baseline
    sources src bench | grep -vxF "$(kernels)" | each "$tool" "$@" --quiet --warnings-as-errors='*' -p "$CLENET_BUILD"
    # shellcheck disable=SC2086 # the examples are not built here: tests/install.sh does that
    for file in examples/*.c; do
        $tool "$@" --quiet --warnings-as-errors='*' "$file" -- $definitions
    done
}

cppcheck_() {
    tool cppcheck cppcheck
    # missingIncludeSystem: system headers are not read, as cppcheck recommends. uninitvar in the CPU's kernels: it takes
    # a vector for a scalar, and filling its lanes for reading it.
    for isa in baseline avx512; do
        features=
        [ $isa = baseline ] || features='-D__AVX2__=1 -D__AVX512F__=1 -DCPU_HAVE_AVX2 -DCPU_HAVE_AVX512'
        # shellcheck disable=SC2086
        $tool --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 --std=c11 \
            -j "$(nproc 2>/dev/null || echo 1)" --suppress=missingIncludeSystem '--suppress=uninitvar:src/lib/backend/cpu/*' --template=gcc \
            -D_POSIX_C_SOURCE=200809L -D__GNUC__=12 -D__x86_64__=1 "-DCPU_ISA=$isa" $features -Iinclude -Isrc \
            src examples bench
    done
}

shell() {
    tool shellcheck shellcheck
    find tests examples bench -name '*.sh' -exec "$tool" --severity=warning --shell=sh --external-sources \
        --source-path=SCRIPTDIR {} +
    "$tool" .ci/run
}

man() {
    tool mandoc mandoc
    "$tool" -T lint -W warning docs/*.1
}

# The pictures of README and docs: those that are shown exist, those that exist are shown, and none is large.
pictures() {
    most=204800 # bytes: 200 KiB
    { grep -ho '](docs/images/[^)]*)' README.md; grep -ho '](images/[^)]*)' docs/*.md | sed 's/](/](docs\//'; } |
        sed 's/^](//; s/)$//' | LC_ALL=C sort -u >"$CLENET_BUILD/pictures.named"
    find docs/images -type f ! -name '*.sh' | LC_ALL=C sort | diff "$CLENET_BUILD/pictures.named" - ||
        { echo 'README.md and docs/*.md show other pictures than docs/images/ has' && exit 1; }
    while read -r picture; do
        [ "$(wc -c <"$picture")" -lt $most ] || { echo "$picture is larger than 200 KiB" && exit 1; }
    done <"$CLENET_BUILD/pictures.named"
    grep -q '](docs/images/' README.md || { echo 'README.md shows no picture' && exit 1; }
}

case ${1:-} in
cppcheck) cppcheck_ ;;
clang_warnings | format | tidy | analyzer | shell | man | pictures) "$1" ;;
*) sed -n 's/^# \(lint.sh .*\)/usage: \1/p' "$0" >&2 && exit 2 ;;
esac
