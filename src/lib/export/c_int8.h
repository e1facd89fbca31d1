/* c_int8.h - writes the weights and functions of stages as C99 with 8-bit integers. */
#ifndef CLENET_LIB_EXPORT_C_INT8_H
#define CLENET_LIB_EXPORT_C_INT8_H

#include "lib/export/int8.h"
#include "lib/export/text.h"

void c_int8_write_weights(text_buffer *t, const int8_network *network);

/* quantize() and mean_of(), if the stages need them. */
void c_int8_write_helpers(text_buffer *t, const int8_network *network);

void c_int8_write_functions(text_buffer *t, const int8_network *network);

/* The table of exponentials, and softmax(). */
void c_int8_write_softmax(text_buffer *t, const int8_network *network);

#endif
