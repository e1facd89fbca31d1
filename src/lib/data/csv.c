/* csv.c - see csv.h. libcsv cuts the text into cells; this file gives the cells their meaning. The first row is the header, whose
 * names tell what a column is (csv_header.h).
 *
 * libcsv gets the header and the lines that the fast way of csv_block.h leaves: lines with quotes, blanks or an error. They are
 * parsed here in the order of the file, whichever thread parsed the rows around them. So neither the threads nor the ends of
 * blocks change the data set or the error message. */
#include "lib/data/csv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cores.h"
#include "lib/base/memory.h"
#include "lib/data/class_names.h"
#include "lib/data/csv_reader.h"
#include "lib/data/csv_team.h"
#include "lib/data/csv_text.h"

enum {
    SIDE_AT_MOST = 4096, /* pixels */
    BLOCK_BYTES =
        MEMORY_BLOCK(512 * 1024), /* 64 KiB to 2 MiB took the same time: with its cells it fits a core's second cache */
    CLASSES_LIKELY = 10,          /* if their number is not known */
    THREADS_AT_MOST = 4, /* the caller needs a third of the time for the images: more threads would wait for it */
};

/* Memory for this many times the expected rows is reserved: the rows of a block are a hundredth longer or
 * shorter than those of another. */
static const double RESERVED = 1.03;

/* ---- the header ---------------------------------------------------------------------------------------- */

static size_t side_pixels(const csv_reader *reader) {
    return (size_t)reader->side * (size_t)reader->side * (size_t)reader->meaning.channels;
}

static void header_cell(csv_reader *reader, const char *cell, size_t length) {
    reader->column++;
    if (memchr(cell, '\0', length) != NULL)
        csv_fail(reader, reader->column, "a NUL byte in the header: this is not CSV text, or damaged");
    else if (!csv_names_add(&reader->names, cell, length))
        csv_fail_memory(reader, &reader->names.text, length);
}

/* Finds the meaning of the columns, before the rows of numbers. names: NULL if there is no header. */
static void begin_numbers(csv_reader *reader, const csv_names *names) {
    csv_meaning *meaning = &reader->meaning;
    clenet_status status = csv_header_mean(meaning, names, reader->first_line, &reader->sample, &reader->choice);
    if (status == CLENET_ERROR_MEMORY) csv_fail_memory(reader, &reader->names.text, 0);
    if (status == CLENET_ERROR_FORMAT) csv_fail(reader, meaning->column, meaning->why);
    if (status != CLENET_OK) return;
    reader->pixels = meaning->pixels;
    reader->has_label = meaning->label < meaning->count;
    reader->columns.count = meaning->count;
    reader->columns.label = meaning->label;
    reader->columns.place = meaning->place;
    reader->has_header = true;
    reader->side = 1;
    while (reader->side < SIDE_AT_MOST && side_pixels(reader) < reader->pixels) reader->side++;
    if (side_pixels(reader) < reader->pixels)
        csv_fail(reader, 1, "the images are larger than 4096x4096 pixels: make them smaller");
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
        begin_numbers(reader, &reader->names);
    else if (reader->column > 0)
        csv_rows_end(reader);
    if (reader->status != CLENET_OK) return;
    if (!second_half) reader->line++;
    reader->terminator = terminator;
    reader->column = 0;
    reader->at_row = reader->has_header && terminator == '\n';
}

static void parser_failed(csv_reader *reader) {
    if (reader->status != CLENET_OK) return;
    int code = csv_error(&reader->parser);
    if (csv_out_of_memory(&reader->parser)) {
        reader->status = error_memory(reader->error, CSV_CELL_BYTES, "a cell of a CSV file");
    } else if (code == CSV_ENOMEM) {
        csv_fail(reader, reader->column + 1, "the cell has more than 65536 bytes: is a closing quote missing?");
    } else {
        csv_fail(reader, reader->column + 1, "quotes do not match: put the whole cell in quotes, or none of it");
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

/* Reserves memory for the images of the whole file, which has as many rows per byte as the block that was just used. Otherwise the
 * images would be moved whenever they outgrow their memory. Memory that was reserved in vain is never written, and costs nothing. */
static void reserve_images(csv_reader *reader, const csv_text *text, size_t rows, size_t bytes) {
    double most = (double)text->size * (double)rows / (double)bytes * RESERVED * (double)reader->pixels;
    double more = most - (double)reader->images.count;
    if (more > 0.0 && more < (double)(SIZE_MAX / 2)) (void)growing_reserve(&reader->images, (size_t)more);
}

/* Runs until the text ends or has an error. A failure of reading is reported after the errors of the text before. */
static void parse_blocks(csv_reader *reader, csv_team *team, const csv_text *text) {
    bool reserved = text->size == 0;
    while (reader->status == CLENET_OK) {
        if (reader->has_header) csv_team_start(team);
        csv_block *block = csv_team_next(team);
        if (block == NULL) break;
        size_t rows = reader->rows;
        use_block(reader, block);
        if (!reserved && rows > 0 && reader->status == CLENET_OK) { /* the block before has the header */
            reserve_images(reader, text, reader->rows - rows, block->end);
            reserved = true;
        }
        csv_team_give_back(team);
    }
    if (reader->status == CLENET_OK) reader->status = csv_team_failure(team, reader->error);
}

static void parse(csv_reader *reader, csv_team *team, const csv_text *text) {
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
static void read_text(csv_reader *reader, csv_text *text, const csv_options *options) {
    int threads = options->load->threads > 0 ? options->load->threads : cores_for_reading();
    csv_team *team = csv_team_new(threads < THREADS_AT_MOST ? threads : THREADS_AT_MOST, text, &reader->columns);
    if (team != NULL)
        parse(reader, team, text);
    else
        reader->status = error_memory(reader->error, text->block_bytes, "the text of a CSV file");
    csv_team_free(team);
}

/* The first line, without its end. */
static size_t first_line_length(const uint8_t *text, size_t count) {
    size_t length = 0;
    while (length < count && text[length] != '\n' && text[length] != '\r') length++;
    return length;
}

/* The character between the cells of the first line: a comma, or else a semicolon or a tab, or a blank if the line ends in a number. Numbers among semicolons may have decimal
 * commas, one each. */
static uint8_t find_delimiter(const uint8_t *text, size_t count) {
    size_t length = first_line_length(text, count), commas = 0, semicolons = 0, tabs = 0;
    for (size_t i = 0; i < length; i++) {
        commas += text[i] == ',';
        semicolons += text[i] == ';';
        tabs += text[i] == '\t';
    }
    if (semicolons > 0 && semicolons + 1 >= commas) return ';';
    if (commas > 0 || tabs > 0) return commas > 0 ? ',' : '\t';
    while (length > 0 && text[length - 1] == ' ') length--;
    bool number = length > 0 && text[length - 1] >= '0' && text[length - 1] <= '9';
    return number && memchr(text, ' ', length) != NULL ? ' ' : ',';
}

/* A first line such as sep=; tells the character, for Excel. Returns the length of the line with its end, and sets *delimiter; 0: there is no
 * such line. */
static size_t delimiter_line(uint8_t *delimiter, const uint8_t *text, size_t count) {
    size_t length = first_line_length(text, count), quote = length > 0 && text[0] == '"' ? 1 : 0;
    if (length != 5 + 2 * quote || strncasecmp((const char *)text + quote, "sep=", 4) != 0) return 0;
    if (strchr(",;\t|", text[quote + 4]) == NULL || text[quote + 4] == '\0') return 0;
    *delimiter = text[quote + 4];
    if (length < count && text[length] == '\r') length++;
    if (length < count && text[length] == '\n') length++;
    return length;
}

/* Examines the beginning of the text: the separator of the cells, and whether the first row already has numbers. */
static void look_ahead(csv_reader *reader, csv_text *text) {
    size_t count;
    bool whole;
    uint8_t delimiter;
    const uint8_t *head = csv_text_head(text, &count, &whole);
    size_t skipped = delimiter_line(&delimiter, head, count);
    if (skipped > 0)
        reader->line++;
    else
        delimiter = find_delimiter(head, count);
    if (skipped < count && head[skipped] == '#') { /* NumPy writes the names as a comment */
        do skipped++;
        while (skipped < count && head[skipped] == ' ');
    }
    csv_text_skip(text, skipped);
    reader->columns.delimiter = delimiter;
    csv_set_delim(&reader->parser, delimiter);
    if (!csv_sample_read(&reader->sample, head + skipped, count - skipped, whole, delimiter)) {
        csv_fail_memory(reader, &reader->sample.values, count);
        return;
    }
    reader->first_line = csv_sample_first_line(&reader->sample);
    if (reader->first_line != CSV_A_ROW) return;
    begin_numbers(reader, NULL);
    reader->at_row = true;
}

static void read_file(csv_reader *reader, stream *input, const csv_options *options) {
    size_t block_bytes = options->block_bytes > 0 ? options->block_bytes : BLOCK_BYTES;
    csv_text text;
    reader->status = csv_text_open(&text, input, block_bytes, reader->error);
    if (reader->status == CLENET_OK) look_ahead(reader, &text);
    if (reader->status == CLENET_OK) read_text(reader, &text, options);
    csv_text_close(&text);
    csv_sample_free(&reader->sample);
    csv_names_free(&reader->names);
}

/* Labels are below this; LABEL_NUMBERS: they may be anything. */
static int label_bound(const clenet_load_options *load) {
    bool numbers = load->classes > 0 &&
                   (load->class_names == NULL || class_names_are_numbers(load->class_names, (size_t)load->classes));
    return numbers ? load->classes : LABEL_NUMBERS;
}

/* The largest pixel. */
static int largest(const csv_reader *reader) {
    uint8_t most = 0;
    for (size_t i = 0; i < reader->images.count; i++)
        most = reader->images.bytes[i] > most ? reader->images.bytes[i] : most;
    return most;
}

/* How the file was read, in one line, or NULL. */
static char *tell(csv_reader *reader) {
    char text[3 * CSV_TOLD] = "";
    const csv_meaning *m = &reader->meaning;
    csv_form form = reader->values.form;
    const char *pixels = form == CSV_UNIT      ? "pixels are 0..1: multiplied by 255"
                         : form == CSV_ROUNDED ? "pixels have fractions: rounded"
                                               : NULL;
    if (m->told[0] != '\0' && pixels == NULL)
        (void)snprintf(text, sizeof text, "%s of 0..%d%s", m->told, largest(reader), m->more);
    else if (m->told[0] != '\0')
        (void)snprintf(text, sizeof text, "%s%s; %s", m->told, m->more, pixels);
    else if (pixels != NULL)
        (void)snprintf(text, sizeof text, "%s", pixels);
    else
        return NULL;
    char *told = memory_copy_string(text);
    if (told == NULL) csv_fail_memory(reader, &reader->images, sizeof text);
    return told;
}

clenet_status csv_dataset(clenet_dataset *dataset, stream *input, const csv_options *options, clenet_error *error) {
    csv_reader reader = {
        .error = error,
        .name = stream_name(input),
        .columns = {.classes = label_bound(options->load)},
        .choice = {.label = options->load->label,
                   .skip = options->load->skip,
                   .optional = options->load->columns_optional},
        .values = csv_values_new(options->load->scale),
        .line = 1,
    };
    reader.choice.classes = reader.columns.classes < LABEL_NUMBERS ? reader.columns.classes : CLASSES_LIKELY;
    if (csv_init(&reader.parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        return error_memory(error, sizeof reader.parser, "a CSV parser");
    }
    csv_set_realloc_func(&reader.parser, csv_cell_resize);
    csv_set_free_func(&reader.parser, memory_free);
    read_file(&reader, input, options);
    csv_free(&reader.parser);
    csv_meaning_free(&reader.meaning);
    char *reading = reader.status == CLENET_OK ? tell(&reader) : NULL;
    if (reader.status == CLENET_OK && (reader.has_label || reader.meaning.hot_count > 0))
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
    dataset->channels = reader.meaning.channels;
    dataset->images = growing_take(&reader.images);
    return CLENET_OK;
}
