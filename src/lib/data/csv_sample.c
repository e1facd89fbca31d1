/* csv_sample.c - see csv_sample.h. */
#include "lib/data/csv_sample.h"

#include <csv.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "lib/base/memory.h"
#include "lib/data/csv_values.h"

enum {
    ROWS_AT_MOST = 100,
    NAMES_AT_LEAST = 16, /* columns: fewer numbers that count up may be pixels by chance */
    MANGLED_AT_LEAST = 3 /* cells such as 0.1, 0.2, 0.3 */
};

int csv_truth(const char *cell, size_t length) {
    if (length == 4 && strncasecmp(cell, "true", length) == 0) return 1;
    return length == 5 && strncasecmp(cell, "false", length) == 0 ? 0 : -1;
}

void *csv_cell_resize(void *cell, size_t bytes) {
    return bytes > CSV_CELL_BYTES ? NULL : memory_resize(cell, bytes, 1);
}

bool csv_out_of_memory(struct csv_parser *parser) {
    return csv_error(parser) == CSV_ENOMEM && csv_get_buffer_size(parser) < CSV_CELL_BYTES;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

typedef struct sampler {
    csv_sample *sample;
    unsigned char delimiter;
    size_t column; /* cells of the row so far */
    bool done, no_memory;
} sampler;

static bool add_value(csv_sample *sample, float value) {
    if (!growing_reserve(&sample->values, sizeof value)) return false;
    memcpy(sample->values.bytes + sample->values.count, &value, sizeof value);
    sample->values.count += sizeof value;
    return true;
}

static float value_of(const sampler *s, const char *cell, size_t length) {
    double value;
    if (length == 0) return CSV_EMPTY;
    if (csv_truth(cell, length) >= 0) return (float)csv_truth(cell, length);
    if (!csv_decimal(&value, cell, length, s->delimiter != ',')) return NAN;
    return value < CSV_LEAST ? CSV_LEAST : value > -CSV_LEAST ? -CSV_LEAST : (float)value;
}

static void on_cell(void *cell, size_t length, void *user) {
    sampler *s = user;
    csv_sample *sample = s->sample;
    if (s->done) return;
    s->column++;
    if (sample->columns > 0 && s->column > sample->columns) {
        s->done = s->column > sample->columns + 1 || length > 0; /* an empty cell is a delimiter at the end */
        sample->trailing = sample->trailing || !s->done;
        return;
    }
    s->no_memory = !add_value(sample, value_of(s, cell, length)) ||
                   (sample->columns == 0 && !csv_names_add(&sample->first, cell, length));
    s->done = s->no_memory;
}

static void on_row(int terminator, void *user) {
    sampler *s = user;
    csv_sample *sample = s->sample;
    (void)terminator;
    if (s->done) return;
    if (sample->columns == 0) {
        sample->columns = s->column;
    } else if (s->column + 1 == sample->columns && csv_names_is_empty(&sample->first, s->column)) {
        s->no_memory = !add_value(sample, CSV_EMPTY);
    } else if (s->column < sample->columns) {
        s->done = true;
        return;
    }
    sample->rows++;
    s->column = 0;
    s->done = s->no_memory || sample->rows == ROWS_AT_MOST;
}

bool csv_sample_read(csv_sample *sample, const unsigned char *text, size_t length, bool whole,
                     unsigned char delimiter) {
    enum { PIECE_BYTES = 4096 };
    sampler s = {.sample = sample, .delimiter = delimiter};
    struct csv_parser parser;
    *sample = (csv_sample){.rows = 0};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return false;
    csv_set_delim(&parser, delimiter);
    csv_set_realloc_func(&parser, csv_cell_resize);
    csv_set_free_func(&parser, memory_free);
    for (size_t at = 0; at < length && !s.done; at += PIECE_BYTES) {
        size_t count = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
        bool parsed = csv_parse(&parser, text + at, count, on_cell, on_row, &s) == count;
        if (!parsed) s.no_memory = s.no_memory || csv_out_of_memory(&parser);
        s.done = s.done || !parsed;
    }
    if (whole && !s.done && csv_fini(&parser, on_cell, on_row, &s) != 0)
        s.no_memory = s.no_memory || csv_out_of_memory(&parser);
    csv_free(&parser);
    return !s.no_memory;
}

void csv_sample_free(csv_sample *sample) {
    csv_names_free(&sample->first);
    memory_free(sample->values.bytes);
}

float csv_sample_value(const csv_sample *sample, size_t row, size_t column) {
    float value;
    memcpy(&value, sample->values.bytes + (row * sample->columns + column) * sizeof value, sizeof value);
    return value;
}

/* ---- the first line ------------------------------------------------------------------------------------ */

/* True if the numbers of the first line are 0, 1, 2 ... or 1, 2, 3 ..., from its first or second cell on. */
static bool counts_up(const csv_sample *sample) {
    size_t begin = csv_sample_value(sample, 0, 0) == CSV_EMPTY ? 1 : 0;
    if (sample->columns - begin < NAMES_AT_LEAST) return false;
    float first = csv_sample_value(sample, 0, begin);
    if (first != 0.0F && first != 1.0F) return false;
    for (size_t i = begin; i < sample->columns; i++)
        if (csv_sample_value(sample, 0, i) != first + (float)(i - begin)) return false;
    return true;
}

/* True if the first line has 0.1, 0.2, 0.3 ... in this order, at least once: pandas names a second, third ... column 0 so. */
static bool is_mangled(const csv_sample *sample) {
    size_t next = 1;
    const char *name = (const char *)sample->first.text.bytes;
    for (size_t i = 0; i < sample->columns; name += strlen(name) + 1, i++) {
        char expected[] = "0.1";
        expected[2] = (char)('0' + next);
        if (strcmp(name, expected) == 0 && next++ == MANGLED_AT_LEAST) return sample->columns >= NAMES_AT_LEAST;
    }
    return false;
}

/* True if no number of the first line is there twice; of many pixels some are equal. */
static bool has_repeats(const csv_sample *sample) {
    for (size_t i = 1; i + 1 < sample->columns; i++)
        if (csv_sample_value(sample, 0, i) == csv_sample_value(sample, 0, i - 1)) return true;
    return false;
}

csv_first_line csv_sample_first_line(const csv_sample *sample) {
    size_t texts = 0, empties = 0, count = sample->columns;
    if (count == 0) return CSV_NAMES;
    for (size_t i = 0; i < count; i++) {
        float value = csv_sample_value(sample, 0, i);
        texts += isnan(value) ? 1 : 0;
        empties += value == CSV_EMPTY ? 1 : 0;
    }
    if (counts_up(sample)) return CSV_NAMES;
    if (texts == 0 && is_mangled(sample) && !has_repeats(sample)) return CSV_NO_NAMES;
    bool last_empty = csv_sample_value(sample, 0, count - 1) == CSV_EMPTY;
    if (empties > (last_empty ? 1U : 0U)) return CSV_NAMES;
    if (texts == 0) return empties < count ? CSV_A_ROW : CSV_NAMES;
    /* A text among many numbers, some of them equal, is the label of a row: names are not equal. */
    bool at_end = isnan(csv_sample_value(sample, 0, 0)) || isnan(csv_sample_value(sample, 0, count - 1));
    return texts == 1 && at_end && count >= NAMES_AT_LEAST && has_repeats(sample) ? CSV_A_ROW : CSV_NAMES;
}
