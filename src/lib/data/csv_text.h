/* csv_text.h - the text of a CSV as UTF-8, in blocks of whole lines.
 *
 * The first lines can be read before the blocks. */
#ifndef CLENET_LIB_DATA_CSV_TEXT_H
#define CLENET_LIB_DATA_CSV_TEXT_H

#include "lib/data/csv_block.h"
#include "lib/data/stream.h"

typedef struct csv_utf16_reader csv_utf16_reader;

typedef struct csv_text {
    stream *input;
    csv_utf16_reader *utf16; /* NULL: the file is UTF-8 */
    uint8_t *head;           /* the beginning, of which head_begin to head_end were not used yet */
    size_t head_begin, head_end;
    clenet_status status; /* of reading; why: its message. Reported once the head is used */
    clenet_error why;
    uint64_t size; /* of the file in bytes; 0 if unknown, or if the text is not as long as the file */
    size_t block_bytes;
    uint8_t *rest; /* [rest_count], at most block_bytes: the start of a row; the next block has the whole row */
    size_t rest_count;
    bool ended;
} csv_text;

/* Reads the beginning of the text, without a byte order mark. csv_text_close() it, also after a failure. */
clenet_status csv_text_open(csv_text *text, stream *input, size_t block_bytes, clenet_error *error);
void csv_text_close(csv_text *text); /* leaves the stream open */

/* Lends the beginning: 1 MiB, or all of a shorter file; then *whole is true. */
const uint8_t *csv_text_head(const csv_text *text, size_t *count, bool *whole);

/* Skips `count` bytes of the beginning, before the first block. */
void csv_text_skip(csv_text *text, size_t count);

/* Reads the next block of text. It ends at the end of a line, except for the last block and for a line that is longer. If nothing
 * is left, end is 0. */
clenet_status csv_text_next(csv_text *text, csv_block *block, clenet_error *error);

#endif
