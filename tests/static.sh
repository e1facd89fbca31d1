#!/bin/sh
# The static library defines no global symbol but clenet_*, so a program that has functions named as the library's own links with
# it, and trains.
#
# static.sh LIBRARY CC [-lLIBRARY ...]   with the optional libraries
set -eu
library=$1 cc=$2
shift 2
source=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

nm -g --defined-only "$library" | awk 'NF == 3 { print $3 }' >"$folder/globals"
grep -q '^clenet_trainer_run$' "$folder/globals" || { echo "FAIL: no clenet_trainer_run in $library" && exit 1; }
! grep -v '^clenet_' "$folder/globals" || { echo "FAIL: these are global in $library" && exit 1; }

cat >"$folder/host.c" <<'END'
#include <stdlib.h>
void define(void) { abort(); }
void build(void) { abort(); }
void begin(void) { abort(); }
void memory_free(void *block) { abort(), (void)block; }
void error_fill(void) { abort(); }
END
# -rdynamic: the functions of the host are visible to all that is linked or loaded.
"$cc" -std=c11 -rdynamic -I"$source/include" "$source/examples/train.c" "$folder/host.c" "$library" -lcsv -ljansson -lz "$@" -lm -ldl \
    -pthread -o "$folder/host" || { echo "FAIL: it does not link" && exit 1; }
gzip -dc "$source/examples/digits/train.csv.gz" 2>/dev/null | head -n 1001 >"$folder/digits.csv"
"$folder/host" "$folder/digits.csv" "$folder/model.safetensors" >"$folder/said" || { echo "FAIL: $(cat "$folder/said")" && exit 1; }
grep -q 'validation accuracy 0\.[6-9]' "$folder/said" || { echo "FAIL: $(cat "$folder/said")" && exit 1; }
