#!/bin/sh
# examples/microcontroller: exported C code runs on emulated Cortex-M processors, and answers as clenet predict does; with 8-bit
# integers, as the same code does here.
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

# 8-bit integers: 200 digits, the same bytes as on this machine.
train_rows 200 >rows.csv
mkdir answers8
ANSWERS=$work/answers8 sh "$source_folder/examples/microcontroller/run.sh" model.safetensors rows.csv 200 --int8 --calibrate rows.csv \
    --accept-loss >said 2>&1 || fail "run.sh --int8: $(tail -n 20 said)"
run 0 export model.safetensors --out digits.c --int8 --calibrate rows.csv --accept-loss
cat >main.c <<'C'
#include "digits.h"

#include <stdio.h>

int main(void)
{
    static uint8_t image[DIGITS_IMAGE];
    uint8_t probabilities[DIGITS_CLASSES];
    int label, pixel;
    while (scanf("%d", &label) == 1) {
        for (int i = 0; i < DIGITS_IMAGE; i++) {
            if (scanf(",%d", &pixel) != 1) return 1;
            image[i] = (uint8_t)pixel;
        }
        int predicted = digits_predict(image, probabilities);
        printf("%d %s %u\n", label, digits_classes[predicted], (unsigned)((float)probabilities[predicted] * 3906.25F + 0.5F));
    }
    return 0;
}
C
"${CC:-cc}" -std=c99 -O1 main.c digits.c -o digits || fail 'the code does not compile'
sed 1d rows.csv | ./digits >wanted8
is 'the answers here' "$(lines wanted8)" 200
for board in answers8/*; do cmp -s wanted8 "$board" || fail "$board: $(diff wanted8 "$board" | head -n 4)"; done

# From digits to object code, in the fewest commands.
sh "$source_folder/examples/microcontroller/quickstart.sh" rows.csv fast --epochs 1 --quiet >said 2>&1 || fail "quickstart.sh: $(tail -n 5 said)"
matches said '^ *6[0-9]{4}.*digits8.o$'
there fast/digits.o fast/digits8.o
