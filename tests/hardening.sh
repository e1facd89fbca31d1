#!/bin/sh
# The binaries carry what cmake/Hardening.cmake asks for: a program at no fixed address, tables that cannot be written once it
# runs, a canary on the stack, checked copies, and no stack that can be executed.
#
# hardening.sh COMMAND LIBRARY
set -eu
command -v readelf >/dev/null || { echo "skipped: no readelf (Debian: binutils)" && exit 77; }
case $(uname -s) in Linux) ;; *) echo "skipped: not ELF" && exit 77 ;; esac
status=0
fail() {
    echo "FAIL: $*"
    status=1
}

readelf -hW "$1" | grep -q 'Type: *DYN' || fail "$1 has a fixed address"
for binary in "$1" "$2"; do
    readelf -lW "$binary" | grep -q GNU_RELRO || fail "$binary: no RELRO"
    readelf -dW "$binary" | grep -Eq 'BIND_NOW|FLAGS_1.*NOW' || fail "$binary: RELRO is not full (BIND_NOW)"
    readelf -lW "$binary" | grep -q 'GNU_STACK.*RW ' || fail "$binary: its stack can be executed"
    readelf -sW --dyn-syms "$binary" | grep -q '__stack_chk_fail' || fail "$binary: no stack protector"
    readelf -sW --dyn-syms "$binary" | grep -Eq '__[a-z]+_chk(@|$)' || fail "$binary: no checked copies (_FORTIFY_SOURCE)"
done
exit $status
