#!/bin/sh
# The binary interface is the one in include/clenet/abi.txt: values of enums, sizes and places of structs' members, functions. A
# change must leave programs working that were built before: values come after those of their enum, members after the end of a
# struct that begins with its size, functions may be added. Any other change needs a higher CLENET_VERSION_MINOR, and with it
# another SONAME.
#
# abi.sh CC           compares, after showing on made-up headers that it can fail
# abi.sh CC --write   writes abi.txt anew, unless the change is incompatible under the same version
set -eu
cc=$1
here=$(cd "$(dirname "$0")" && pwd)
include=$here/../include
list=$include/clenet/abi.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# interface HEADER: its binary interface, in lines.
interface() {
    mkdir -p "$folder/include/clenet"
    cp "$1" "$folder/include/clenet/clenet.h"
    awk -f "$here/header.awk" -f "$here/abi_list.awk" "$1" >"$folder/list.c"
    "$cc" -std=c11 -I"$folder/include" "$folder/list.c" -o "$folder/list"
    "$folder/list"
}

# broken OLD NEW: what programs built with OLD would miss in NEW, a line each; status 1 if there is something and the version is the
# same.
broken() {
    awk '
        function key() { return $1 == "enum" ? $1 " " $2 " " $3 : $1 " " $2 }
        function owner() { return substr($2, 1, index($2, ".") - 1) }
        FNR == 1 { file++ }
        file == 1 && $1 == "version" { version = $2 }
        file == 2 && $1 == "version" { same = version == $2 }
        $1 == "version" { next }
        file == 1 { old[key()] = $0 }
        file == 1 && $1 == "enum" && (!($2 in last) || $4 + 0 > last[$2]) { last[$2] = $4 + 0 }
        file == 1 && $1 == "struct" { size[$2] = $4 + 0 }
        file == 1 && $1 == "member" && $2 ~ /\.size$/ && $4 == 0 && $NF == "size_t" { sized[owner()] = 1 }
        file == 2 {
            found[key()] = 1
            if (!(key() in old)) {
                if ($1 == "enum" && $2 != "-" && $2 in last && $4 + 0 <= last[$2]) say("not after the last value: " $0)
                if ($1 == "member" && owner() in size && !(owner() in sized && $4 + 0 >= size[owner()]))
                    say("not after the end of a struct that begins with its size: " $0)
            } else if (old[key()] != $0 && !($1 == "struct" && $2 in sized && $4 + 0 >= size[$2])) {
                say("was: " old[key()] "\n    is:  " $0)
            }
        }
        function say(what) { print "    " what; failures++ }
        END {
            for (k in old) if (!(k in found)) say("is gone: " old[k])
            exit (failures > 0 && same)
        }' "$1" "$2"
}

# made_up CONTENT: the interface of a header with that content.
made_up() {
    printf '%s\n' "$1" >"$folder/made_up.h"
    interface "$folder/made_up.h"
}
head='#include <stddef.h>
#define CLENET_API
#define CLENET_VERSION_MAJOR 0
#define CLENET_VERSION_MINOR 1
'
old="$head typedef enum kind { ONE, TWO } kind;
typedef struct options { size_t size; int a, *b; } options;
typedef struct result { int a; } result;
CLENET_API int f(int number, const options *o);"
made_up "$old" >"$folder/old"
# expect passes|fails CHANGE: what a sed command makes of the made-up header.
expect() {
    made_up "$(printf '%s\n' "$old" | sed "$2")" >"$folder/new"
    if broken "$folder/old" "$folder/new" >"$folder/said"; then said=passes; else said=fails; fi
    [ $said = "$1" ] || { echo "FAIL: '$2' $said:" && cat "$folder/said" && exit 1; }
}
expect passes 's/TWO/TWO, THREE/'
expect fails 's/TWO/THREE, TWO/'
expect fails 's/ONE, //'
expect passes 's/\*b;/*b; double c;/'
expect fails 's/int a, \*b;/int a, c, *b;/' # fits the padding behind a: old programs leave garbage there
expect fails 's/int a, \*b;/int *b, a;/'
expect fails 's/int a; }/int a, b; }/'
expect fails 's/int a; }/float a; }/'
expect passes 's/number/count/'
expect fails 's/int number/long number/'
expect fails 's/^CLENET_API.*//'
expect passes 's/MINOR 1/MINOR 2/; s/ONE, //'

interface "$include/clenet/clenet.h" >"$folder/now"
grep -q '^struct clenet_error size' "$folder/now" || { echo "FAIL: clenet_error is not in the list" && exit 1; }
grep -q '^member clenet_tensor.name offset 0 size 8 ' "$folder/now" || { echo "skipped: abi.txt is for 64-bit machines" && exit 77; }
[ -f "$list" ] || : >"$list"
if [ -s "$list" ] && ! broken "$list" "$folder/now" >"$folder/said"; then
    echo "FAIL: programs built before do not work with this clenet.h:"
    cat "$folder/said"
    echo "Raise CLENET_VERSION_MINOR and run: sh tests/abi.sh cc --write (only for a version that was never released: delete abi.txt first)"
    exit 1
fi
if [ "${2:-}" = --write ]; then
    cp "$folder/now" "$list"
elif ! diff "$list" "$folder/now" >"$folder/said"; then
    echo "FAIL: include/clenet/abi.txt (<) is not up to date (>); to write it anew, run: sh tests/abi.sh cc --write"
    cat "$folder/said"
    exit 1
fi
