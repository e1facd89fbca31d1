#!/bin/sh
# The shared library exports what clenet.h declares with CLENET_API, all of it, and nothing else; and that is what
# include/clenet/abi.txt lists. Who adds a function adds its line there; who takes one out, or changes what one takes, breaks
# programs that were built before, and raises the version.
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
status=0
# same FILE WHAT: what the library exports is what the file has.
same() {
    if ! diff "$1" "$folder/exported" >"$folder/difference"; then
        echo "$2 (<) and what the library exports (>) differ:"
        cat "$folder/difference"
        status=1
    fi
}
same "$folder/declared" "what clenet.h declares"
same "$include/abi.txt" "include/clenet/abi.txt"
exit $status
