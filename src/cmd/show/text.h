/* text.h - prints images of a data set side by side. */
#ifndef CLENET_CMD_SHOW_TEXT_H
#define CLENET_CMD_SHOW_TEXT_H

#include "clenet/clenet.h"

enum { SHOW_CAPTION_SIZE = 32 };

/* "row 17: 5", the row counted from 1; without labels "row 17". Fills caption and returns it. */
char *show_caption(char caption[SHOW_CAPTION_SIZE], const clenet_dataset *dataset, uint32_t row);

/* Prints these rows [count] of the data set, `columns` side by side, or as many as the terminal has room for. In a pipe all of
 * them are side by side. */
void show_text(const clenet_dataset *dataset, const uint32_t *rows, size_t count, int columns);

#endif
