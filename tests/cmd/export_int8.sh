#!/bin/sh
# clenet export --int8: C code with integers alone, which answers bit for bit as TensorFlow Lite's arithmetic does.
. "$(dirname "$0")/lib.sh"
cc=${CC:-cc}
command -v "$cc" >/dev/null || skip "no $cc"
here=$source_folder/tests
train_rows 2000 >rows.csv
run 0 train rows.csv --out a-run --epochs 3 --quiet

# The figures, and two files.
mkdir code
run 0 export a-run --out code/digits.c --int8 --calibrate rows.csv --accept-loss
has out 'code/digits.c, code/digits.h'
matches out '^Flash          6[0-9]\.[0-9]* KB of weights'
has out 'RAM            1.54 KB of arena'
matches out '^Accuracy       [0-9.]* % as float, [0-9.]* % as int8, on [0-9,]* digits'
matches out '^Ranges         of 1,000 digits'
matches out '^Changed        the class of [0-9]* of these digits'
matches out '^Arduino Uno R4 .*yes$'
matches out '^Arduino Mega 2560 .*no'
lacks code/digits.c float
lacks code/digits.c double
lacks code/digits.h float
lacks code/digits.c '#include <'

# Without warnings as C99 and C++, at every level.
warnings='-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror'
compile() {
    command -v "$1" >/dev/null || return 0
    # shellcheck disable=SC2086 # a list
    "$@" $warnings -DDIGITS_SELF_TEST -c code/digits.c -o code/digits.o >said 2>&1 || fail "$*: $(head -n 20 said)"
}
for level in 0 1 2 3; do
    for compiler in gcc clang; do compile $compiler -std=c99 -O$level; done
done
for compiler in g++ clang++; do compile $compiler -x c++ -O1; done
for target in 'cortex-m0plus' 'cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16' 'cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16'; do
    # shellcheck disable=SC2086 # a processor and its options
    compile arm-none-eabi-gcc -std=c99 -Os -mthumb -mcpu=$target
done

# LeNet has at most 70 KB in flash, with its code, and what is printed is true.
if command -v arm-none-eabi-size >/dev/null; then
    arm-none-eabi-gcc -std=c99 -Os -mthumb -mcpu=cortex-m0plus -c code/digits.c -o code/arm.o || fail 'arm-none-eabi-gcc'
    flash=$(arm-none-eabi-size code/arm.o | awk 'NR == 2 { print $1 }')
    weights=$(sed -n 's/.* Weights: \([0-9]*\) bytes.*/\1/p' code/digits.h)
    [ "$flash" -le 71680 ] || fail "$flash bytes of flash"
    [ "$flash" -ge "$weights" ] && [ "$flash" -le $((weights + 3072)) ] || fail "$weights bytes are printed, but there are $flash"
    is 'static RAM' "$(arm-none-eabi-size code/arm.o | awk 'NR == 2 { print $2 + $3 }')" 1576
fi

# Answers of the compiled code, from pixels.
cat >main.c <<'C'
#include "digits.h"

#include <stdio.h>

int main(void)
{
    static uint8_t image[DIGITS_IMAGE];
    static int8_t arena[DIGITS_ARENA];
    uint8_t probabilities[DIGITS_CLASSES], again[DIGITS_CLASSES];
    int pixel;
    if (digits_self_test() != 0) return 1;
    for (;;) {
        for (int i = 0; i < DIGITS_IMAGE; i++) {
            if (scanf("%d%*[,\r\n]", &pixel) < 1) return i == 0 ? 0 : 2;
            image[i] = (uint8_t)pixel;
        }
        int predicted = digits_predict(image, probabilities);
        if (digits_predict_with(image, again, arena) != predicted) return 3;
        printf("%d", predicted);
        for (int c = 0; c < DIGITS_CLASSES; c++) {
            if (probabilities[c] != again[c]) return 4;
            printf(",%d", probabilities[c]);
        }
        printf("\n");
    }
}
C
sanitizers=
if echo 'int main(void) { return 0; }' | $cc -x c -fsanitize=address,undefined - -o sanitized 2>/dev/null && ./sanitized; then
    sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=all'
fi
test_rows 200 | sed 1d >pixels.csv
# answers FOLDER: compiles its digits.c, and writes answers.csv there.
answers() {
    # shellcheck disable=SC2086 # a list
    $cc -std=c99 -O1 $sanitizers -DDIGITS_SELF_TEST -I"$1" main.c "$1/digits.c" -o "$1/digits" || fail "$1 does not compile"
    "$1/digits" <pixels.csv >"$1/answers.csv" || fail "$1: the code ends with status $?"
    is 'the number of answers' "$(lines "$1/answers.csv")" 200
}
answers code

# Most answers are those of the model.
test_rows 200 >test.csv
run 0 predict a-run test.csv --out labels.csv
sed 1d labels.csv | cut -d, -f2 >labels
cut -d, -f1 code/answers.csv | paste -d, - labels | awk -F, '$1 != $2 { n++ } END { exit n > 2 }' || fail 'more than 2 answers of 200 changed'

# Bit for bit as TensorFlow Lite's arithmetic.
python=${CLENET_TEST_PYTHON:-python3}
if "$python" -c 'import numpy' 2>/dev/null; then
    check() {
        "$python" "$here/export/check_int8.py" "$1/digits.c" pixels.csv "$1/answers.csv" >said 2>&1 || fail "$1: $(tail -n 3 said)"
        has said '200 answers are the same'
    }
    check code
    mkdir other
    cat >other.txt <<'T'
input 28x28x1
zeropad2d 1,0,1,0
conv2d 8 5x5 stride=2 relu
batchnorm
conv2d 8 3x3 same groups=8
batchnorm
leaky_relu
avgpool2d 3x3 same stride=2
conv2d 12 3x3 padding=1 groups=4 tanh
maxpool2d 3x3 stride=2
flatten
dense 16 sigmoid
dense 10 softmax
T
    head -n 301 rows.csv >few.csv
    run 0 train few.csv --arch other.txt --out other-run --epochs 1 --quiet
    run 0 export other-run --out other/digits.c --int8 --calibrate few.csv --accept-loss
    answers other
    check other
else
    echo 'no numpy: the integers are not compared'
fi

# AVR: the code says what does not fit.
if command -v avr-gcc >/dev/null; then
    avr-gcc -mmcu=atmega2560 -Os -c code/digits.c -o code/avr.o 2>said && fail 'avr-gcc takes 62 KB of constants'
    has said 'more than a machine with 16-bit addresses has'
fi

# A loss is refused, and nothing is written. The ranges are those of every second image, which are blank here, so digits become wrong.
awk -F, 'NR > 1 && NR % 2 == 0 { for (i = 2; i <= NF; i++) $i = 0 } { print }' OFS=, rows.csv >blank.csv
run 1 export a-run --out a.c --int8 --calibrate blank.csv
matches err '^clenet: int8 loses [0-9.]* points of accuracy: .* add --accept-loss, or export without --int8$'
matches out '^ *and [0-9,]* more$'
is 'the changes listed' "$(sed -n '/^ *Row /,/ more$/p' out | lines /dev/stdin)" 22
not_there a.c a.h
run 0 export a-run --out lossy.c --int8 --calibrate blank.csv --accept-loss
there lossy.c lossy.h

# Errors.
refuses '--int8 needs labelled images: add --calibrate' export a-run --out a.c --int8
refuses '--calibrate is for --int8' export a-run --out a.c --calibrate rows.csv
refuses '--accept-loss is for --int8' export a-run --out a.c --accept-loss
refuses '--label says how to read images: add --calibrate' export a-run --out a.c --label 1
refuses '--int8 is for --format c: --format html does not use it' export a-run --out a.html --int8 --calibrate rows.csv
run 0 train rows.csv --out both --models 2 --epochs 1 --quiet
fails_with 'averages 2 networks' export both --out a.c --int8 --calibrate rows.csv
fails_with 'none.csv' export a-run --out a.c --int8 --calibrate none.csv
not_there a.c a.h
