#!/bin/sh
# From labelled digits to object code for a Cortex-M4F: as floats, and as 8-bit integers.
#
# quickstart.sh CSV FOLDER [OPTION]...   CSV: Kaggle's train.csv; FOLDER: for the results; options of clenet train
# CLENET   the command (default clenet)
# Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi
set -eu
csv=$1 folder=$2
shift 2
clenet=${CLENET:-clenet}
command -v arm-none-eabi-gcc >/dev/null || { echo "no arm-none-eabi-gcc (Debian: gcc-arm-none-eabi)"; exit 77; }

"$clenet" train "$csv" --out "$folder/run" "$@"
"$clenet" export "$folder/run" --out "$folder/digits.c"
"$clenet" export "$folder/run" --out "$folder/digits8.c" --int8 --calibrate "$csv" --accept-loss
for code in digits digits8; do
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os -std=c99 -Wall -Wextra \
        -c "$folder/$code.c" -o "$folder/$code.o"
done
arm-none-eabi-size "$folder/digits.o" "$folder/digits8.o"
