#!/bin/sh
# examples/microcontroller: exported C code runs on emulated Cortex-M processors, and answers as clenet predict does.
. "$(dirname "$0")/lib.sh"
for tool in arm-none-eabi-gcc qemu-system-arm; do
    command -v $tool >/dev/null || skip "no $tool (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm)"
done
make_model model.safetensors
train_rows 20 >rows.csv
mkdir answers
ANSWERS=$work/answers sh "$source_folder/examples/microcontroller/run.sh" model.safetensors rows.csv 20 >said 2>&1 ||
    fail "run.sh: $(tail -n 20 said)"
is 'the processors' "$(grep -c 'of 20 digits are right' said)" 4
run 0 predict model.safetensors rows.csv --out labels.csv --probabilities wanted.csv
sed 1d wanted.csv >wanted
for board in answers/*; do
    is "the answers of $board" "$(lines "$board")" 20
    # Line: label, class, millionths. The 10 last cells of wanted are the probabilities of the classes.
    awk 'FNR == NR { n = split($0, cells, ","); for (i = 0; i < 10; i++) p[FNR, i] = cells[n - 9 + i]; next }
        { apart = $3 / 1e6 - p[FNR, $2]; if (apart > 1.1e-5 || apart < -1.1e-5) { print "digit " FNR ": " $0; bad = 1 } }
        END { exit bad }' wanted "$board" >apart || fail "$board: $(head -n 3 apart)"
done
