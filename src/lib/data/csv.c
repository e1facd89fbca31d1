/* csv.c - see csv.h. libcsv cuts the text into cells; this file gives the cells their meaning. The first row is the header, whose
 * names tell what a column is (csv_header.h).
 *
 * libcsv gets the header and the lines that the fast way of csv_block.h leaves: lines with quotes, blanks or an error. They are
 * parsed here in the order of the file, whichever thread parsed the rows around them. So neither the threads nor the ends of
 * blocks change the data set or the error message. */
#include "lib/data/csv.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/data/class_names.h"
#include "lib/data/csv_reader.h"
#include "lib/data/csv_team.h"

enum {
    CELL_BYTES_AT_MOST = 64 * 1024, /* more is not a cell, but text after a quote that is never closed */
    SIDE_AT_MOST = 4096,            /* pixels */
    BLOCK_BYTES =
        MEMORY_BLOCK(512 * 1024), /* 64 KiB to 2 MiB took the same time: with its cells it fits a core's second cache */
    CLASSES_LIKELY = 10,          /* if their number is not known */
    THREADS_AT_MOST = 4,          /* the caller spends a third of the time on reading, and on using what is parsed */
};

/* ---- the header ---------------------------------------------------------------------------------------- */

static void header_cell(csv_reader *reader, const char *cell, size_t length) {
    reader->column++;
    if (memchr(cell, '\0', length) != NULL)
        csv_fail(reader, reader->column, "a NUL byte in the header: this is no CSV text, or a damaged one");
    else if (!csv_header_add(&reader->header, cell, length))
        csv_fail_memory(reader, &reader->header.names, length);
}

/* Begins the rows of numbers, of `columns` columns. */
static void begin_numbers(csv_reader *reader, size_t columns) {
    char what[128];
    const csv_meaning *meaning = &reader->meaning;
    reader->pixels = meaning->pixels;
    reader->has_label = meaning->label < columns;
    reader->columns.count = columns;
    reader->columns.label = meaning->label;
    reader->columns.place = meaning->place;
    reader->has_header = true;
    for (reader->side = 1; reader->side < SIDE_AT_MOST; reader->side++) {
        if ((size_t)reader->side * (size_t)reader->side >= reader->pixels) break;
    }
    if ((size_t)reader->side * (size_t)reader->side == reader->pixels) return;
    (void)snprintf(what, sizeof what,
                   "%zu pixel columns make no square image: there must be 1, 4, 9, ... 784 (28x28) ...",
                   reader->pixels);
    csv_fail(reader, columns, what);
}

static void end_header(csv_reader *reader) {
    csv_meaning *meaning = &reader->meaning;
    clenet_status status = csv_header_mean(meaning, &reader->header);
    if (status == CLENET_ERROR_MEMORY) csv_fail_memory(reader, &reader->header.names, 0);
    if (status == CLENET_ERROR_FORMAT) csv_fail(reader, meaning->column, meaning->why);
    if (status == CLENET_OK) begin_numbers(reader, reader->header.count);
}

/* ---- the whole file ------------------------------------------------------------------------------------ */

static void on_cell(void *cell, size_t length, void *user) {
    csv_reader *reader = user;
    if (reader->status != CLENET_OK) return;
    if (reader->has_header) {
        csv_rows_cell(reader, cell, length);
    } else {
        header_cell(reader, cell, length);
    }
}

/* Called for blank lines too (CSV_REPALL_NL), and for both halves of "\r\n". */
static void on_row(int terminator, void *user) {
    csv_reader *reader = user;
    if (reader->status != CLENET_OK) return;
    bool second_half = reader->column == 0 && terminator == '\n' && reader->terminator == '\r';
    if (reader->column > 0 && !reader->has_header)
        end_header(reader);
    else if (reader->column > 0)
        csv_rows_end(reader);
    if (reader->status != CLENET_OK) return;
    if (!second_half) reader->line++;
    reader->terminator = terminator;
    reader->column = 0;
    reader->at_row = reader->has_header && terminator == '\n';
}

/* The buffer of libcsv for the current cell. */
static void *resize_cell(void *cell, size_t bytes) {
    return bytes > CELL_BYTES_AT_MOST ? NULL : memory_resize(cell, bytes, 1);
}

static void parser_failed(csv_reader *reader) {
    if (reader->status != CLENET_OK) return;
    int code = csv_error(&reader->parser);
    if (code == CSV_ENOMEM && csv_get_buffer_size(&reader->parser) < CELL_BYTES_AT_MOST) {
        reader->status = error_memory(reader->error, CELL_BYTES_AT_MOST, "a cell of a CSV file");
    } else if (code == CSV_ENOMEM) {
        csv_fail(reader, reader->column + 1, "the cell goes on for more than 65536 bytes: is a quote not closed?");
    } else {
        csv_fail(reader, reader->column + 1, "quotes do not match: a cell stands in quotes as a whole, or has none");
    }
}

/* Gives libcsv the text up to the next possible start of a line. libcsv cannot be stopped from inside a callback: after an error
 * it reads the rest of the line, which is ignored. */
static void parse_line(csv_reader *reader, csv_block *block) {
    const uint8_t *text = block->text + block->begin;
    size_t count = block->end - block->begin;
    const uint8_t *newline = memchr(text, '\n', count);
    if (newline != NULL) count = (size_t)(newline - text) + 1;
    reader->at_row = false; /* on_row finds out if the newline ends a row or is part of a quoted cell */
    size_t parsed = csv_parse(&reader->parser, text, count, on_cell, on_row, reader);
    if (reader->status != CLENET_OK || parsed < count) parser_failed(reader);
    block->begin += count;
}

/* Uses all of a block, which is new or was parsed by csv_block_parse. */
static void use_block(csv_reader *reader, csv_block *block) {
    if (!reader->at_row) block->begin = block->rows = 0;
    for (;;) {
        csv_rows_take(reader, block);
        if (reader->status != CLENET_OK || block->begin == block->end) return;
        parse_line(reader, block);
        if (reader->status != CLENET_OK) return;
        block->rows = 0;
        if (reader->at_row) csv_block_parse(block, &reader->columns);
    }
}

/* Runs until the text ends or has an error. */
static void parse_blocks(csv_reader *reader, csv_team *team, csv_text *text) {
    clenet_status status = CLENET_OK;
    clenet_error why; /* reading failed: reported after the errors of the text before */
    while (reader->status == CLENET_OK) {
        csv_block *next = text->ended || status != CLENET_OK ? NULL : csv_team_next(team);
        csv_block *oldest = csv_team_oldest(team, next == NULL);
        if (oldest != NULL) {
            use_block(reader, oldest);
            csv_team_give_back(team);
        } else if (next == NULL) {
            break;
        } else {
            status = csv_text_next(text, next, &why);
            if (status != CLENET_OK) continue;
            if (reader->has_header)
                csv_team_hand_in(team);
            else
                use_block(reader, next);
        }
    }
    if (reader->status == CLENET_OK && status != CLENET_OK)
        reader->status = error_set(reader->error, status, "%s", why.message);
}

static void parse(csv_reader *reader, csv_team *team, csv_text *text) {
    parse_blocks(reader, team, text);
    if (reader->status != CLENET_OK) return;
    if (csv_fini(&reader->parser, on_cell, on_row, reader) != 0) parser_failed(reader);
    if (reader->status != CLENET_OK) return;
    if (!reader->has_header)
        csv_fail(reader, 1, "the file is empty: a header such as label,pixel0,pixel1,... is required");
    else if (reader->rows == 0)
        csv_fail(reader, 1, "the file has a header but no rows");
}

/* Reads the file with its own team of threads. */
static void read_file(csv_reader *reader, stream *input, const csv_options *options) {
    size_t block_bytes = options->block_bytes > 0 ? options->block_bytes : BLOCK_BYTES;
    int threads = options->load->threads > 0 ? options->load->threads : cores_usable();
    csv_text text;
    reader->status = csv_text_open(&text, input, block_bytes, reader->error);
    if (reader->status == CLENET_OK) {
        csv_team *team =
            csv_team_new(threads < THREADS_AT_MOST ? threads : THREADS_AT_MOST, block_bytes, &reader->columns);
        if (team != NULL)
            parse(reader, team, &text);
        else
            reader->status = error_memory(reader->error, block_bytes, "the text of a CSV file");
        csv_team_free(team);
    }
    csv_text_close(&text);
}

/* The character between the cells of the first line: a comma, or, if there is none, a semicolon or a tab. */
static uint8_t find_delimiter(const uint8_t *text, size_t count) {
    const uint8_t *newline = memchr(text, '\n', count);
    if (newline != NULL) count = (size_t)(newline - text);
    if (memchr(text, ',', count) != NULL) return ',';
    if (memchr(text, ';', count) != NULL) return ';';
    return memchr(text, '\t', count) != NULL ? '\t' : ',';
}

/* Looks at the beginning of the text: what is between the cells, and whether the first row has numbers already. */
static void look_ahead(csv_reader *reader, stream *input) {
    const uint8_t *text = NULL;
    size_t count = 0, columns = 0;
    reader->status = stream_peek(input, &text, &count, reader->error);
    if (reader->status != CLENET_OK) return;
    size_t mark = csv_text_mark(text, count);
    uint8_t delimiter = find_delimiter(text, count);
    int bound = reader->columns.classes < LABEL_NUMBERS ? reader->columns.classes : CLASSES_LIKELY;
    reader->columns.delimiter = delimiter;
    csv_set_delim(&reader->parser, delimiter);
    clenet_status status = csv_headerless(&reader->meaning, &columns, text + mark, count - mark, delimiter, bound);
    if (status != CLENET_OK) csv_fail(reader, reader->meaning.column, reader->meaning.why);
    if (reader->status != CLENET_OK || columns == 0) return;
    begin_numbers(reader, columns);
    reader->at_row = true;
}

/* Labels are below this; LABEL_NUMBERS: they may be anything. */
static int label_bound(const clenet_load_options *load) {
    bool numbers = load->classes > 0 &&
                   (load->class_names == NULL || class_names_are_numbers(load->class_names, (size_t)load->classes));
    return numbers ? load->classes : LABEL_NUMBERS;
}

/* What was taken for what, or NULL. */
static char *tell(csv_reader *reader) {
    static const char *const of_form[] = {[CSV_UNIT] = "pixels are 0..1: multiplied by 255",
                                          [CSV_ROUNDED] = "pixels have fractions: rounded",
                                          [CSV_SCALED] = NULL};
    char text[2 * CSV_TOLD];
    const char *columns = reader->meaning.told, *pixels = of_form[reader->values.form];
    bool both = columns[0] != '\0' && pixels != NULL;
    if (columns[0] == '\0' && pixels == NULL) return NULL;
    (void)snprintf(text, sizeof text, "%s%s%s", columns, both ? "; " : "", pixels != NULL ? pixels : "");
    char *told = memory_copy_string(text);
    if (told == NULL) csv_fail_memory(reader, &reader->images, sizeof text);
    return told;
}

clenet_status csv_dataset(clenet_dataset *dataset, stream *input, const csv_options *options, clenet_error *error) {
    csv_reader reader = {
        .error = error,
        .name = stream_name(input),
        .columns = {.classes = label_bound(options->load)},
        .values = csv_values_new(options->load->scale),
        .line = 1,
    };
    if (csv_init(&reader.parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        return error_memory(error, sizeof reader.parser, "a CSV parser");
    }
    csv_set_realloc_func(&reader.parser, resize_cell);
    csv_set_free_func(&reader.parser, memory_free);
    look_ahead(&reader, input);
    if (reader.status == CLENET_OK) read_file(&reader, input, options);
    csv_free(&reader.parser);
    csv_header_free(&reader.header);
    memory_free(reader.meaning.place);
    char *reading = reader.status == CLENET_OK ? tell(&reader) : NULL;
    if (reader.status == CLENET_OK && reader.has_label)
        reader.status = labels_finish(&reader.labels, dataset, options->load->classes, options->load->class_names,
                                      reader.name, error);
    if (reader.status != CLENET_OK) {
        memory_free(reader.images.bytes);
        memory_free(reading);
        labels_free(&reader.labels);
        return reader.status;
    }
    dataset->reading = reading;
    dataset->rows = reader.rows;
    dataset->height = dataset->width = reader.side;
    dataset->channels = 1;
    dataset->images = growing_take(&reader.images);
    return CLENET_OK;
}
