/* csv_cell.h - a text as a cell of a CSV. */
#ifndef CLENET_LIB_BASE_CSV_CELL_H
#define CLENET_LIB_BASE_CSV_CELL_H

#include <stddef.h>

/* The bytes of the text as a cell, without an end: in quotes if it has a comma, a quote, a newline, or a blank at an end. */
size_t csv_cell_length(const char *text);

/* Writes the cell and an end to to [csv_cell_length(text) + 1]. Returns the length. */
size_t csv_cell(char *to, const char *text);

#endif
