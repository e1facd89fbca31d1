/* csv_rows.c - the rows of a CSV: cells become pixels and labels. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/data/csv_reader.h"

enum { PIXEL_AT_MOST = 255, SHOWN_BYTES = 24 /* of a cell, in a message */ };

static const double label_at_most = 1e15; /* a larger number is kept as its text */

/* ---- errors -------------------------------------------------------------------------------------------- */

void csv_fail(csv_reader *reader, size_t column, const char *what) {
    reader->status =
        error_set(reader->error, CLENET_ERROR_FORMAT, "%s:%zu:%zu: %s", reader->name, reader->line, column, what);
}

void csv_fail_memory(csv_reader *reader, const growing *block, size_t more) {
    reader->status = error_memory(reader->error, block->count + more, "the images and labels of a CSV file");
}

/* Sets the error "NAME:LINE:COLUMN: what cell then", with the cell in quotes unless it is a number. A long cell is shortened. */
static void fail_cell(csv_reader *reader, const char *what, const char *cell, size_t length, bool number,
                      const char *then) {
    bool cut = length > SHOWN_BYTES;
    const char *quote = number && !cut ? "" : "'";
    reader->status =
        error_set(reader->error, CLENET_ERROR_FORMAT, "%s:%zu:%zu: %s %s%.*s%s%s %s", reader->name, reader->line,
                  reader->column, what, quote, cut ? SHOWN_BYTES : (int)length, cell, cut ? "..." : "", quote, then);
}

/* The reasons for which a cell can have no value. Returns false if there is such a reason; then the error is set. */
static bool check_filled(csv_reader *reader, const char *cell, size_t length, const char *what, int at_most) {
    char why[64];
    if (length == 0) {
        (void)snprintf(why, sizeof why, "the cell is empty: it needs a %s 0..%d", what, at_most);
        csv_fail(reader, reader->column, why);
    } else if (memchr(cell, '\0', length) != NULL) {
        csv_fail(reader, reader->column, "a NUL byte in the cell: the file is damaged; fetch or copy it again");
    }
    return reader->status == CLENET_OK;
}

/* ---- one cell ------------------------------------------------------------------------------------------ */

/* The number of one to three digits, or -1. Most cells of most files are one. */
static int short_number(const char *cell, size_t length) {
    if (length == 0 || length > 3) return -1;
    int number = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned char)cell[i] - (unsigned)'0';
        if (digit > 9) return -1;
        number = number * 10 + (int)digit;
    }
    return number;
}

/* Removes blanks from both ends and returns the length left. libcsv does so if a cell is not in quotes. */
static size_t trim(const char **cell, size_t length) {
    while (length > 0 && ((*cell)[0] == ' ' || (*cell)[0] == '\t')) {
        (*cell)++;
        length--;
    }
    while (length > 0 && ((*cell)[length - 1] == ' ' || (*cell)[length - 1] == '\t')) length--;
    return length;
}

/* A cell with a decimal comma is possible if commas are not between cells. */
static bool decimal(const csv_reader *reader, double *value, const char *cell, size_t length) {
    return csv_decimal(value, cell, length, reader->columns.delimiter != ',');
}

static void pixel_cell(csv_reader *reader, const char *cell, size_t length, size_t at) {
    static const char what[] = "pixel value";
    int number = short_number(cell, length);
    double value;
    if (number >= 0 && number <= PIXEL_AT_MOST && reader->values.form == CSV_WHOLE) {
        reader->images.bytes[at] = (uint8_t)number;
        return;
    }
    length = trim(&cell, length);
    if (!decimal(reader, &value, cell, length)) {
        if (check_filled(reader, cell, length, what, PIXEL_AT_MOST))
            fail_cell(reader, what, cell, length, false, "is not a number 0..255");
    } else if (!csv_values_put(&reader->values, reader->images.bytes, (reader->rows + 1) * reader->pixels, at, value)) {
        while (length > 1 && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9') cell++, length--;
        fail_cell(reader, what, cell, length, true,
                  value < 0.0 ? "is out of range 0..255: if this column is not a pixel, name it with --skip"
                  : reader->values.form == CSV_SCALED ? "times the scale is out of range 0..255: use a smaller --scale"
                                                      : "is out of range 0..255: multiply pixels with --scale");
    }
}

/* A label that is a number below a known bound. */
static void number_cell(csv_reader *reader, const char *cell, size_t length) {
    char range[64];
    int at_most = reader->columns.classes - 1, number = short_number(cell, length);
    double value = number;
    length = trim(&cell, length);
    bool whole = number >= 0 || (decimal(reader, &value, cell, length) && value == floor(value));
    if (whole && value >= 0 && value <= at_most) {
        reader->status = labels_number(&reader->labels, (long)value, reader->error);
    } else if (check_filled(reader, cell, length, "label", at_most)) {
        (void)snprintf(range, sizeof range, "is %s 0..%d", whole ? "out of range" : "not a whole number", at_most);
        fail_cell(reader, "label", cell, length, whole, range);
    }
}

/* A label that may be anything. 3.0 is 3. */
static void label_cell(csv_reader *reader, const char *cell, size_t length) {
    char text[32];
    clenet_error why;
    double value = 0.5;
    length = trim(&cell, length);
    csv_unquote(&cell, &length);
    bool number = decimal(reader, &value, cell, length) && fabs(value) < label_at_most, whole = value == floor(value);
    if (number && !whole) {
        fail_cell(reader, "label", cell, length, false,
                  "is not a whole number: if another column is the label, name it with --label");
        return;
    }
    if (number) {
        length = (size_t)snprintf(text, sizeof text, "%lld", (long long)value);
        cell = text;
    }
    clenet_status status = labels_text(&reader->labels, cell, length, &why);
    if (status == CLENET_ERROR_FORMAT)
        csv_fail(reader, reader->column, why.message);
    else if (status != CLENET_OK)
        reader->status = error_set(reader->error, status, "%s", why.message);
}

/* ---- one-hot labels ------------------------------------------------------------------------------------ */

static bool is_hot(const csv_reader *reader, size_t column) {
    return column >= reader->meaning.hot && column - reader->meaning.hot < reader->meaning.hot_count;
}

static void hot_cell(csv_reader *reader, const char *cell, size_t length) {
    double value = csv_truth(cell, length);
    if (value < 0.0 && !decimal(reader, &value, cell, length)) value = -1.0;
    if (value == 0.0) return;
    if (value != 1.0)
        fail_cell(reader, "one-hot label", cell, length, false, "is neither 0 nor 1");
    else if (reader->hot < reader->columns.count)
        csv_fail(reader, reader->column, "the row has a second 1 among the columns of its one-hot label");
    else
        reader->hot = reader->column - 1;
}

/* Adds the label of a row whose cells were met. */
static void hot_row(csv_reader *reader) {
    if (reader->hot == reader->columns.count) {
        csv_fail(reader, reader->meaning.hot + 1, "the row has no 1 among the columns of its one-hot label");
        return;
    }
    const char *label = reader->meaning.hot_names[reader->hot - reader->meaning.hot];
    reader->status = labels_text(&reader->labels, label, strlen(label), reader->error);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

/* Makes room for more rows. */
static bool begin_rows(csv_reader *reader, size_t rows) {
    size_t room = UINT32_MAX - reader->rows;
    if (rows > room) {
        reader->line += room;
        csv_fail(reader, 1, "more rows than 4,294,967,295: split the file");
    } else if (!growing_reserve(&reader->images, rows * reader->pixels)) {
        csv_fail_memory(reader, &reader->images, rows * reader->pixels);
    }
    return reader->status == CLENET_OK;
}

void csv_rows_cell(csv_reader *reader, const char *cell, size_t length) {
    if (reader->column == 0) {
        if (!begin_rows(reader, 1)) return;
        memset(reader->images.bytes + reader->images.count, 0,
               reader->pixels); /* csv_values may change all of the row */
        reader->pixel = 0;
        reader->hot = reader->columns.count;
    }
    size_t column = reader->column++;
    reader->last_empty = length == 0;
    const uint32_t *place = reader->columns.place;
    if (column >= reader->columns.count) return; /* csv_rows_end counts them */
    if (column == reader->columns.label && reader->columns.classes == LABEL_NUMBERS)
        label_cell(reader, cell, length);
    else if (column == reader->columns.label)
        number_cell(reader, cell, length);
    else if (is_hot(reader, column))
        hot_cell(reader, cell, length);
    else if (place == NULL)
        pixel_cell(reader, cell, length, reader->images.count + reader->pixel++);
    else if (place[column] != CSV_NO_PIXEL)
        pixel_cell(reader, cell, length, reader->images.count + place[column]);
}

void csv_rows_end(csv_reader *reader) {
    char what[160];
    size_t columns = reader->columns.count;
    bool trailing = reader->meaning.trailing && reader->column + 1 == columns;
    if (reader->column == columns || trailing || (reader->column == columns + 1 && reader->last_empty)) {
        if (reader->meaning.hot_count > 0) hot_row(reader);
        reader->rows++;
        reader->images.count = reader->rows * reader->pixels;
        return;
    }
    (void)snprintf(what, sizeof what, "the row has %zu cell%s, and the header %zu: %s", reader->column,
                   reader->column == 1 ? "" : "s", columns,
                   reader->column < columns ? "cells are missing from here on" : "this cell is unexpected");
    csv_fail(reader, (reader->column < columns ? reader->column : columns) + 1, what);
}

/* One row of cells, whose columns have places. */
static void place_row(const csv_columns *columns, uint8_t *image, const uint8_t *cells) {
    for (size_t column = 0; column < columns->count; column++)
        if (columns->place[column] != CSV_NO_PIXEL) image[columns->place[column]] = cells[column];
}

/* The one-hot labels of a block. False if a row has not one 1. */
static bool take_hot(csv_reader *reader, const csv_block *block) {
    const csv_meaning *meaning = &reader->meaning;
    for (size_t row = 0; row < block->rows && reader->status == CLENET_OK; row++) {
        const uint8_t *cells = block->cells + row * reader->columns.count;
        size_t ones = 0;
        for (size_t i = meaning->hot; i < meaning->hot + meaning->hot_count; i++) {
            if (cells[i] > 1) return false;
            ones += cells[i];
            if (cells[i] == 1) reader->hot = i;
        }
        if (ones != 1) return false;
        hot_row(reader);
    }
    return true;
}

/* A row of the block has an error: takes the rows cell by cell, which finds the first. */
static void take_cells(csv_reader *reader, const csv_block *block) {
    for (size_t row = 0; row < block->rows && reader->status == CLENET_OK; row++, reader->line++) {
        for (size_t i = 0; i < reader->columns.count && reader->status == CLENET_OK; i++) {
            char cell[16];
            int length = snprintf(cell, sizeof cell, "%d", block->cells[row * reader->columns.count + i]);
            csv_rows_cell(reader, cell, (size_t)length);
        }
        if (reader->status == CLENET_OK) csv_rows_end(reader);
        reader->column = 0;
        if (reader->status != CLENET_OK) return;
    }
}

void csv_rows_take(csv_reader *reader, const csv_block *block) {
    if (block->rows == 0 || !begin_rows(reader, block->rows)) return;
    const csv_columns *columns = &reader->columns;
    const uint8_t *cells = block->cells;
    uint8_t *image = reader->images.bytes + reader->images.count;
    if (reader->meaning.hot_count > 0 && !take_hot(reader, block)) {
        take_cells(reader, block);
        return;
    }
    if (reader->status != CLENET_OK) return;
    for (size_t row = 0; row < block->rows; row++) {
        if (reader->has_label) {
            reader->status = labels_number(&reader->labels, cells[columns->label], reader->error);
            if (reader->status != CLENET_OK) return;
        }
        if (columns->place != NULL) {
            place_row(columns, image, cells);
        } else {
            memcpy(image, cells, columns->label);
            if (reader->has_label)
                memcpy(image + columns->label, cells + columns->label + 1, columns->count - columns->label - 1);
        }
        image += reader->pixels;
        cells += columns->count;
    }
    size_t more = block->rows * reader->pixels;
    size_t good = csv_values_take(&reader->values, reader->images.bytes, reader->images.count, more);
    if (good < more) {
        take_cells(reader, block);
        return;
    }
    reader->images.count += more;
    reader->rows += block->rows;
    reader->line += block->rows;
}
