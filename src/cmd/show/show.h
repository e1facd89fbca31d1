/* show.h - the parts of clenet show: its list of rows, its text and its figure. */
#ifndef CLENET_CMD_SHOW_SHOW_H
#define CLENET_CMD_SHOW_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clenet/clenet.h"

/* The count of numbers in a list of rows: "17,250", counted from 1. 0 if it is not comma-separated whole numbers
 * 1..4294967295. */
size_t row_list_count(const char *text);

/* Fills rows [row_list_count(text)], counted from 0, in the text's order. */
void row_list_read(uint32_t *rows, const char *text);

enum { SHOW_CAPTION_SIZE = 96 };

/* "row 17: 5", or "row 17: cat", the row counted from 1; without labels "row 17". Fills caption and returns it. */
char *show_caption(char caption[SHOW_CAPTION_SIZE], const clenet_dataset *dataset, uint32_t row);

/* Prints these rows [count] of the data set, `columns` side by side, or as many as the terminal has room for. In a pipe all of
 * them are side by side. */
void show_text(const clenet_dataset *dataset, const uint32_t *rows, size_t count, int columns);

/* Checks in advance that the path has a supported extension, .svg, .png or .pdf, and is free or a file that may be replaced.
 * Returns OPTIONS_GO_ON, or the exit status after an error message. */
int show_figure_check(const char *path);

/* Draws these rows [count] of the data set, `columns` side by side, each with its label and its row, from 1; prints the result.
 * Returns the exit status. */
int show_figure(const char *path, const clenet_dataset *dataset, const char *data, const uint32_t *rows, size_t count,
                int columns);

#endif
