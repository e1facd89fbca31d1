/* peek.h - reads the first bytes of standard input and puts them back. */
#ifndef CLENET_CMD_PREDICT_PEEK_H
#define CLENET_CMD_PREDICT_PEEK_H

#include <stddef.h>
#include <stdint.h>

/* Fills first with up to size bytes, fewer only at the end. Returns their number; 0 also if there is no input, or if it could not
 * be put back and is closed. */
size_t peek_stdin(uint8_t *first, size_t size);

#endif
