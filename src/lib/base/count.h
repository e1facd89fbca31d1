/* count.h - a whole number as text, with commas: 42,000. */
#ifndef CLENET_LIB_BASE_COUNT_H
#define CLENET_LIB_BASE_COUNT_H

#include <stdint.h>

enum { COUNT_SIZE = 32 }; /* bytes: "18,446,744,073,709,551,615" */

/* Writes "61,794" to text; returns text. */
char *text_count(char text[COUNT_SIZE], uint64_t count);

#endif
