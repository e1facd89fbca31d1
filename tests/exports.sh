#!/bin/sh
# The shared library exports what clenet.h declares with CLENET_API, all of it, and nothing else.
#
# exports.sh LIBRARY
set -eu
header=$(cd "$(dirname "$0")/../include/clenet" && pwd)/clenet.h
command -v nm >/dev/null || { echo "skipped: no nm (Debian: binutils)" && exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $NF); print $NF }' | LC_ALL=C sort >"$folder/exported"
tr '\n' ' ' <"$header" | tr ';' '\n' | grep -o 'CLENET_API .*' | grep -o 'clenet_[a-z0-9_]*(' | tr -d '(' |
    LC_ALL=C sort -u >"$folder/declared"
[ -s "$folder/declared" ]
if ! diff "$folder/declared" "$folder/exported" >"$folder/difference"; then
    echo "clenet.h declares (<) and the library exports (>):"
    cat "$folder/difference"
    exit 1
fi
