#!/bin/sh
# Exports a model as C, compiles it for three Cortex-M processors, and runs it in QEMU on digits of a CSV.
#
# run.sh MODEL CSV [ROWS [OPTION]...]   MODEL: a run of clenet train; CSV: labelled digits, the label first; default 20 rows;
#                                       options of clenet export, such as --int8 --calibrate train.csv
# CLENET    the command (default clenet)
# Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm
set -eu
here=$(cd "$(dirname "$0")" && pwd)
model=$1 csv=$2 rows=${3:-20}
[ $# -le 3 ] && shift $# || shift 3
int8=
for option in "$@"; do [ "$option" != --int8 ] || int8=-DINT8; done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"${CLENET:-clenet}" export "$model" --out "$folder/digits.c" "$@"

# The digits become arrays.
awk -F, -v most="$rows" '
    NR > 1 && NR <= most + 1 {
        labels = labels $1 ","
        printf "%s{", NR == 2 ? "static const uint8_t images[][DIGITS_IMAGE] = {\n" : ""
        for (i = 2; i <= NF; i++) printf "%d,", $i
        print "},"
        count++
    }
    END { print "};\nstatic const unsigned char labels[] = {" labels "};\nenum { IMAGES = " count " };" }' "$csv" >"$folder/images.h"

# run BOARD OPTION...: QEMU's board, and the options of its processor.
run() {
    board=$1
    shift
    echo
    echo "$board: $*"
    # shellcheck disable=SC2086 # int8 may be nothing
    arm-none-eabi-gcc -std=c99 -Os -Wall -Wextra "$@" -mthumb -ffunction-sections -fdata-sections -DDIGITS_SELF_TEST $int8 -I"$folder" \
        "$here/start.c" "$here/main.c" "$folder/digits.c" -nostartfiles --specs=nano.specs --specs=nosys.specs -lm \
        -Wl,--gc-sections -T "$here/mps2.ld" -o "$folder/$board.elf"
    arm-none-eabi-size "$folder/$board.elf"
    qemu-system-arm -M "$board" -semihosting-config enable=on,target=native -nographic -monitor none -serial none \
        -kernel "$folder/$board.elf" >"$folder/said" 2>&1 </dev/null || { cat "$folder/said" && exit 1; }
    if [ -n "${ANSWERS:-}" ]; then cp "$folder/said" "$ANSWERS/$board${1#-mcpu=}"; fi # for tests
    awk '{ right += $1 == $2; print } END { printf "%d of %d digits are right\n", right, NR }' "$folder/said" | tail -n 3
}
run mps2-an385 -mcpu=cortex-m3
run mps2-an386 -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
run mps2-an500 -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16
# What Cortex-M0+ executes, a Cortex-M3 executes, too.
run mps2-an385 -mcpu=cortex-m0plus
