/* csv_block.c - see csv_block.h. */
#include "lib/data/csv_block.h"

#include <string.h>

#include "lib/base/memory.h"

static const uint8_t byte_order_mark[] = {0xEF, 0xBB, 0xBF}; /* UTF-8 */

csv_block *csv_block_new(size_t bytes) {
    size_t cells = bytes / 2 + 1; /* each is a digit and the next character; the last may be a digit alone */
    csv_block *block = memory_resize(NULL, sizeof *block + bytes + 1 + cells, 1);
    if (block == NULL) return NULL;
    uint8_t *text = (uint8_t *)(block + 1);
    *block = (csv_block){.text = text, .cells = text + bytes + 1};
    return block;
}

/* ---- rows of plain numbers ----------------------------------------------------------------------------- */

/* Parses one row into cells [columns]. Returns the start of the next row, or NULL if this row has anything but numbers of one to
 * three digits. It reads no byte after the first that is neither digit nor delimiter nor "\r". */
static const uint8_t *plain_row(uint8_t *cells, size_t columns, const uint8_t *text, uint8_t delimiter) {
    for (size_t column = 0; column < columns; column++) {
        if (column > 0 && *text++ != delimiter) return NULL;
        unsigned value = *text - (unsigned)'0', digit;
        if (value > 9) return NULL;
        if ((digit = *++text - (unsigned)'0') <= 9) {
            value = value * 10 + digit;
            if ((digit = *++text - (unsigned)'0') <= 9) {
                value = value * 10 + digit;
                text++;
            }
        }
        if (value > UINT8_MAX) return NULL;
        cells[column] = (uint8_t)value;
    }
    if (*text == '\r') text++;
    return *text == '\n' ? text + 1 : NULL;
}

void csv_block_parse(csv_block *block, const csv_columns *columns) {
    const uint8_t *text = block->text + block->begin, *end = block->text + block->end, *next;
    uint8_t *cells = block->cells;
    for (block->rows = 0; text < end && (next = plain_row(cells, columns->count, text, columns->delimiter)) != NULL;
         block->rows++) {
        if (columns->label < columns->count && (int)cells[columns->label] >= columns->classes) break;
        cells += columns->count;
        text = next;
    }
    block->begin = (size_t)(text - block->text);
}

/* ---- text ---------------------------------------------------------------------------------------------- */

size_t csv_text_mark(const uint8_t *text, size_t count) {
    bool marked = count >= sizeof byte_order_mark && memcmp(text, byte_order_mark, sizeof byte_order_mark) == 0;
    return marked ? sizeof byte_order_mark : 0;
}

clenet_status csv_text_open(csv_text *text, stream *input, size_t block_bytes, clenet_error *error) {
    *text = (csv_text){.input = input, .block_bytes = block_bytes, .rest = memory_resize(NULL, block_bytes, 1)};
    if (text->rest == NULL) return error_memory(error, block_bytes, "the text of a CSV file");
    const uint8_t *bytes = NULL;
    size_t count = 0;
    clenet_status status = stream_peek(input, &bytes, &count, error);
    if (status != CLENET_OK || csv_text_mark(bytes, count) == 0) return status;
    uint8_t skipped[sizeof byte_order_mark];
    return stream_read(input, skipped, sizeof skipped, &count, error);
}

void csv_text_close(csv_text *text) {
    memory_free(text->rest);
}

/* The length of bytes [count] up to the end of its last line; count if no line ends. */
static size_t whole_lines(const uint8_t *bytes, size_t count) {
    for (size_t length = count; length > 0; length--) {
        if (bytes[length - 1] == '\n') return length;
    }
    return count;
}

clenet_status csv_text_next(csv_text *text, csv_block *block, clenet_error *error) {
    size_t read = 0, room = text->block_bytes - text->rest_count;
    memcpy(block->text, text->rest, text->rest_count);
    clenet_status status = stream_read(text->input, block->text + text->rest_count, room, &read, error);
    if (status != CLENET_OK) return status;
    size_t count = text->rest_count + read;
    text->ended = read < room;
    size_t end = text->ended ? count : whole_lines(block->text, count);
    text->rest_count = count - end;
    memcpy(text->rest, block->text + end, text->rest_count);
    block->text[end] = '\0';
    block->begin = block->rows = 0;
    block->end = end;
    block->parsed = false;
    return CLENET_OK;
}
