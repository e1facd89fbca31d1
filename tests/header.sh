#!/bin/sh
# The public header stands alone, in C11 and in C++17, with no warning.
#
# header.sh CC   CXX: environment, or the first C++ compiler that is found.
set -eu
include=$(cd "$(dirname "$0")/../include" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include <clenet/clenet.h>\n#include <clenet/clenet.h>\n' | tee "$folder/alone.c" >"$folder/alone.cc"
warnings='-Wall -Wextra -Wpedantic -Werror'

# shellcheck disable=SC2086 # a list of options
"$1" -std=c11 $warnings -I"$include" -fsyntax-only "$folder/alone.c"
for cxx in ${CXX:-c++ g++ clang++}; do
    if command -v "$cxx" >"$folder/which"; then
        # shellcheck disable=SC2086
        "$cxx" -std=c++17 $warnings -I"$include" -fsyntax-only "$folder/alone.cc"
        exit 0
    fi
done
echo "skipped: no C++ compiler (Debian: g++)"
exit 77
