/* peek.h - the first bytes of standard input, which whoever reads it afterwards reads again. */
#ifndef CLENET_CMD_PREDICT_PEEK_H
#define CLENET_CMD_PREDICT_PEEK_H

#include <stddef.h>
#include <stdint.h>

/* Fills first with up to size bytes, fewer only at the end; gives their number, and 0 also where there is no input, or it could
 * not be put back and is closed. */
size_t peek_stdin(uint8_t *first, size_t size);

#endif
