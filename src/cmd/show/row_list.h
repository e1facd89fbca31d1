/* row_list.h - rows of a data file as people name them: "17,250", counted from 1. */
#ifndef CLENET_CMD_SHOW_ROW_LIST_H
#define CLENET_CMD_SHOW_ROW_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many numbers the text names; 0 where it is not whole numbers 1..4294967295 with commas between. */
size_t row_list_count(const char *text);

/* Fills rows [row_list_count(text)], counted from 0, in the text's order. */
void row_list_read(uint32_t *rows, const char *text);

#endif
