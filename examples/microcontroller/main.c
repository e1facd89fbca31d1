/* main.c - predicts the digits that images.h holds, and prints "label class probability" per line.
 *
 * It prints by semihosting: the debugger, or QEMU, writes the text for the processor. On a board, replace print() by a serial port
 * and the images by those of a camera or a touch panel. */
#include <stdint.h>

#include "digits.h"
#include "images.h" /* made by run.sh: images [IMAGES][DIGITS_IMAGE], labels [IMAGES] */

/* With -DINT8, digits.c was written by clenet export --int8: probabilities are bytes in units of 1/256. */
#ifdef INT8
typedef uint8_t probability;
#define PER_UNIT 3906.25F /* millionths */
#else
typedef float probability;
#define PER_UNIT 1e6F
#endif

enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18, EXIT_GOOD = 0x20026, EXIT_BAD = 0x20023 };

/* Asks the debugger to do something: the operation is in r0, its argument in r1. */
static void semihost(uintptr_t operation, uintptr_t argument) {
    register uintptr_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void print(const char *text) {
    semihost(SYS_WRITE0, (uintptr_t)text);
}

static void print_number(unsigned number) {
    char text[12], *at = text + sizeof text - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    print(at);
}

int main(void) {
    if (digits_self_test() != 0) {
        print("the self-test failed\n");
        semihost(SYS_EXIT, EXIT_BAD);
    }
    for (int i = 0; i < IMAGES; i++) {
        probability probabilities[DIGITS_CLASSES];
        const int predicted = digits_predict(images[i], probabilities);
        print_number(labels[i]);
        print(" ");
        print(digits_classes[predicted]);
        print(" ");
        print_number((unsigned)((float)probabilities[predicted] * PER_UNIT + 0.5F)); /* millionths */
        print("\n");
    }
    semihost(SYS_EXIT, EXIT_GOOD);
    for (;;) {
    }
}
