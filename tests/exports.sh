#!/bin/sh
# The shared library exports what clenet.h declares with CLENET_API, all of it, and nothing else; and its SONAME is the version of
# include/clenet/abi.txt.
#
# exports.sh LIBRARY
set -eu
include=$(cd "$(dirname "$0")/../include/clenet" && pwd)
command -v nm >/dev/null || { echo "skipped: no nm (Debian: binutils)" && exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $NF); print $NF }' | LC_ALL=C sort >"$folder/exported"
tr '\n' ' ' <"$include/clenet.h" | tr ';' '\n' | grep -o 'CLENET_API .*' | grep -o 'clenet_[a-z0-9_]*(' | tr -d '(' |
    LC_ALL=C sort -u >"$folder/declared"
[ -s "$folder/declared" ]
if ! diff "$folder/declared" "$folder/exported" >"$folder/difference"; then
    echo "FAIL: what clenet.h declares (<) and what the library exports (>) differ:"
    cat "$folder/difference"
    exit 1
fi

command -v readelf >/dev/null || { echo "skipped: no readelf (Debian: binutils)" && exit 77; }
soname=libclenet.so.$(sed -n -e 's/^version \(0\.[0-9]*\)$/\1/p' -e 's/^version \([1-9][0-9]*\)\..*/\1/p' "$include/abi.txt")
readelf -d "$1" | grep -qF "[$soname]" || { echo "FAIL: the SONAME is not $soname: $(readelf -d "$1" | grep SONAME)" && exit 1; }
