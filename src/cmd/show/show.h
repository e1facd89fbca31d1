/* show.h - parses a list of rows: "17,250", counted from 1: what --index takes. */
#ifndef CLENET_CMD_SHOW_SHOW_H
#define CLENET_CMD_SHOW_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The count of numbers in the text; 0 if it is not comma-separated whole numbers 1..4294967295. */
size_t row_list_count(const char *text);

/* Fills rows [row_list_count(text)], counted from 0, in the text's order. */
void row_list_read(uint32_t *rows, const char *text);

#endif
