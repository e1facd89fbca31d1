/* The table of operations: every operation and fusion on random shapes, and on LeNet's. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "check.h"
#include "operations.h"

/* Compiling takes OpenCL seconds a shape. */
static int shapes(void) {
    return getenv("CLENET_TEST_DEVICE") ? 2 : 8;
}

Test(operations, every_operation_computes_what_its_formula_says_on_random_shapes) {
    for (int i = 0; i < operation_count; i++)
        for (int shape = 0; shape < shapes(); shape++) {
            char text[OPERATION_TEXT];
            operation_random(text, &operations[i], (uint64_t)shape);
            check_network(text, 1 + (size_t)(shape * 17 + i * 5) % 40);
        }
}

Test(operations, every_operation_computes_what_its_formula_says_on_lenet_s_shapes) {
    enum { ROWS = 37 }; /* a whole block of any width, and a short one */
    for (int i = 0; i < operation_count; i++) check_network(operations[i].lenet, ROWS);
}
