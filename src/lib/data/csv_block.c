/* csv_block.c - see csv_block.h. */
#include "lib/data/csv_block.h"

#include "lib/base/memory.h"
#include "lib/data/csv_wide.h"

csv_block *csv_block_new(size_t bytes) {
    size_t cells = bytes / 2 + 1; /* each is a digit and the next character; the last may be a digit alone */
    size_t behind = CSV_WIDE_CELLS + CSV_WIDE_TEXT; /* the cells are behind the text */
    csv_block *block = memory_resize(NULL, sizeof *block + bytes + 1 + cells + behind, 1);
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
    const uint8_t *text = block->text + block->begin, *end = block->text + block->end;
    uint8_t *cells = block->cells;
    bool wide = csv_wide_usable();
    for (block->rows = 0; text < end; block->rows++) {
        const uint8_t *next = wide ? csv_wide_row(cells, columns->count, text, columns->delimiter) : NULL;
        if (next == NULL) next = plain_row(cells, columns->count, text, columns->delimiter);
        if (next == NULL || (columns->label < columns->count && (int)cells[columns->label] >= columns->classes)) break;
        cells += columns->count;
        text = next;
    }
    block->begin = (size_t)(text - block->text);
}
