#!/bin/sh
# clenet export: C code that any compiler takes, and that predicts as clenet predict does.
. "$(dirname "$0")/lib.sh"
cc=${CC:-cc}
command -v "$cc" >/dev/null || skip "no $cc"
make_model model.safetensors

# The table of costs, and two files.
mkdir code
run 0 export model.safetensors --out code/digits.c
empty err
has out 'code/digits.c, code/digits.h'
has out 'Flash          241.04 KB of weights'
has out 'RAM            6.16 KB of arena'
has out 'Multiply-adds  416,520 per image'
matches out '^Arduino Uno R3 .*no: flash and RAM$'
matches out '^Raspberry Pi Pico .*yes$'
is 'the files' "$(ls code)" 'digits.c
digits.h'

# Without warnings as C99 and C++, at every level, with every compiler that is here.
warnings='-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror'
count=0
# compile COMPILER OPTION...
compile() {
    command -v "$1" >/dev/null || return 0
    # shellcheck disable=SC2086 # a list
    "$@" $warnings -DDIGITS_SELF_TEST -c code/digits.c -o code/digits.o >said 2>&1 || fail "$*: $(head -n 20 said)"
    count=$((count + 1))
}
for level in 0 1 2 3; do
    for compiler in gcc clang; do compile $compiler -std=c99 -O$level; done
done
for compiler in g++ clang++; do compile $compiler -x c++ -O1; done
for target in 'cortex-m0plus' 'cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16' 'cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16'; do
    # shellcheck disable=SC2086 # a processor and its options
    compile arm-none-eabi-gcc -std=c99 -Os -mthumb -mcpu=$target
done
[ $count -ge 4 ] || echo "only $count compilations: gcc, clang and g++ make more"

# The answers to 200 digits, or to those of CLENET_TEST_DIGITS, are those of clenet predict.
cat >code/main.c <<'C'
#include "digits.h"

#include <stdio.h>

int main(void)
{
    static uint8_t image[DIGITS_IMAGE];
    static float arena[DIGITS_ARENA];
    float probabilities[DIGITS_CLASSES], again[DIGITS_CLASSES];
    int pixel;
    if (digits_self_test() != 0) return 1;
    while (getchar() != '\n') {
    }
    for (;;) {
        for (int i = 0; i < DIGITS_IMAGE; i++) {
            if (scanf("%d%*[,\r\n]", &pixel) < 1) return i == 0 ? 0 : 2;
            image[i] = (uint8_t)pixel;
        }
        int predicted = digits_predict(image, probabilities);
        if (digits_predict_with(image, again, arena) != predicted) return 3;
        printf("%s", digits_classes[predicted]);
        for (int c = 0; c < DIGITS_CLASSES; c++) {
            if (probabilities[c] != again[c]) return 4;
            printf(",%.9g", (double)probabilities[c]);
        }
        printf("\n");
    }
}
C
sanitizers=
if echo 'int main(void) { return 0; }' | $cc -x c -fsanitize=address,undefined - -o sanitized 2>/dev/null && ./sanitized; then
    sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=all'
fi
# shellcheck disable=SC2086 # lists
$cc -std=c99 -O1 $sanitizers -DDIGITS_SELF_TEST code/main.c code/digits.c -o code/digits -lm || fail "the code does not compile"
if [ -n "${CLENET_TEST_DIGITS:-}" ]; then # a CSV of pixels, such as Kaggle's test.csv with its 28,000 digits
    cp "$CLENET_TEST_DIGITS" test.csv
else
    test_rows 200 >test.csv
fi
code/digits <test.csv >got.csv || fail "the code ends with status $?"
run 0 predict model.safetensors test.csv --out labels.csv --probabilities wanted.csv
sed 1d wanted.csv >wanted
sed 1d labels.csv >labels
is 'the number of answers' "$(lines got.csv)" $(($(lines test.csv) - 1))
cat >compare.awk <<'AWK'
BEGIN { FS = "," }
FNR == 1 { file++ }
file == 1 { for (i = 1; i <= 10; i++) wanted[FNR, i] = $(NF - 10 + i); next }
file == 2 { label[FNR] = $2; next }
{
    if ($1 != label[FNR]) { print "digit " FNR ": " $1 " in place of " label[FNR]; bad = 1 }
    for (i = 1; i <= 10; i++) {
        apart = $(i + 1) - wanted[FNR, i]
        if (apart > 1e-5 || apart < -1e-5) { print "digit " FNR ", class " i - 1 ": " $(i + 1) " in place of " wanted[FNR, i]; bad = 1 }
    }
}
END { exit bad }
AWK
awk -f compare.awk wanted labels got.csv >said || fail "$(head -n 5 said)"

# The folder of a run is a model; the prefix is the file's name, or another; logits need no library.
train_rows 100 >rows.csv
run 0 train rows.csv --out a-run --epochs 1 --quiet
run 0 export a-run -o code/my-net.c --logits
has code/my-net.h 'int my_net_predict(const uint8_t image[MY_NET_IMAGE], float logits[MY_NET_CLASSES]);'
lacks code/my-net.c expf
lacks code/my-net.c '#include <math.h>'
$cc -std=c99 -c code/my-net.c -o code/my-net.o || fail 'logits do not compile'
run 0 export a-run -o code/other.c --prefix lenet
has code/other.h 'int lenet_predict('
has code/other.c '#include "other.h"'

# What does not fit a machine with 16-bit addresses is said by the code.
if command -v avr-gcc >/dev/null; then
    avr-gcc -mmcu=atmega2560 -Os -c code/digits.c -o code/avr.o 2>said && fail 'avr-gcc takes 241 KB'
    has said 'more than a machine with 16-bit addresses has'
fi

# The class names of a model may have any letters.
awk -F, 'NR == 1 { print; next } { $1 = $1 % 2 ? "\"odd \\ \"\"??/*\"" : "g\303\274t"; print }' OFS=, rows.csv >names.csv
run 0 train names.csv --out names --epochs 1 --quiet
run 0 export names -o code/names.c
$cc -std=c99 -Wall -Wextra -Werror -Wtrigraphs -c code/names.c -o code/names.o || fail 'names of classes do not compile'

# Errors.
refuses 'no file to write: add --out digits.c' export model.safetensors
refuses "unsupported name 'digits.h': --out must end in .c" export model.safetensors --out digits.h
refuses "unsupported name '.c': --format c writes a file that ends in .c" export model.safetensors --out .c --format c
refuses '--format' export model.safetensors --out digits.c --format cobol
fails() {
    run 1 export "$@"
    is "lines said by clenet export $*" "$(lines err)" 1
}
fails none --out digits.c
fails model.safetensors --out none/digits.c
fails model.safetensors --out 3d.c
has err "prefix '3d' begins no name in C"
fails model.safetensors --out a.c --prefix 'a b'
[ ! -e a.c ] && [ ! -e a.h ] || fail 'a file is left after an error'
