/* operations.h - the table of operations: every operation and fusion that backends run, each as networks that need it. It drives
 * the tests of parity (tests/backend/test_operations.c), of gradients (test_gradients.c) and under simulators (test_tiny.c). */
#ifndef CLENET_TESTS_OPERATIONS_H
#define CLENET_TESTS_OPERATIONS_H

#include <stdint.h>

typedef struct operation {
    const char *name;
    const char *smallest; /* a network that a simulator gets through in seconds */
    const char *random;   /* a pattern: see operation_random */
    const char *lenet;    /* at the size that the operation has, or would have, in the design's LeNet */
} operation;

extern const operation operations[]; /* [operation_count] */
extern const int operation_count;

/* Writes the operation's network with shapes by the seed: of its pattern, {3-8} becomes a whole number from 3 to 8, and
 * {same|valid} one of the words. */
enum { OPERATION_TEXT = 512 };
void operation_random(char text[OPERATION_TEXT], const operation *o, uint64_t seed);

#endif
