/* history.c - see history.h. */
#include "cmd/figures/history.h"

#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 6,       /* of every history */
    COLUMNS_MOST = 32, /* with further ones behind */
    VALUES_END = 5,    /* accuracies and losses are columns 1 to 4 */
    CELL_MOST = 64,
    FIRST_ROOM = 64,
    READ_BYTES = 4096
};

static const char *const header[COLUMNS] = {"epoch", "accuracy", "loss", "val_accuracy", "val_loss", "seconds"};

/* One file while it is read. */
typedef struct history_reader {
    history *run;
    const char *path;
    clenet_error *error; /* the status is CLENET_OK until an error */
    size_t line;         /* from 1 */
    int column;          /* of the next cell, from 0 */
    int columns;         /* of the header */
    int rate;            /* the column of the learning rate; 0: none */
    int before;          /* the character that ended the line before: of CR LF the second ends nothing */
    double cells[COLUMNS_MOST];
} history_reader;

static const char rate_name[] = "learning_rate";

static void wrong(history_reader *reader, const char *what) {
    if (reader->error->status != CLENET_OK) return;
    reader->error->status = CLENET_ERROR_FORMAT;
    (void)snprintf(reader->error->message, sizeof reader->error->message, "%s:%zu: %s", reader->path, reader->line,
                   what);
}

bool history_add(history *run, const clenet_epoch *epoch) {
    if (run->count == run->room) {
        size_t room = run->room == 0 ? FIRST_ROOM : 2 * run->room;
        clenet_epoch *epochs = realloc(run->epochs, room * sizeof *epochs);
        if (epochs != NULL) run->epochs = epochs;
        double *rates = realloc(run->rates, room * sizeof *rates);
        if (rates != NULL) run->rates = rates;
        if (epochs == NULL || rates == NULL) return false;
        run->room = room;
    }
    run->rates[run->count] = epoch->learning_rate > 0 ? epoch->learning_rate : (double)NAN;
    run->epochs[run->count++] = *epoch;
    if (epoch->kept) run->kept = epoch->epoch;
    return true;
}

void history_free(history *run) {
    free(run->epochs);
    free(run->rates);
    free(run->name);
    *run = (history){.name = NULL};
}

static void read_number(history_reader *reader, const char *text) {
    char what[160], *end = NULL;
    int column = reader->column;
    double *cell = &reader->cells[column];
    bool is_rate = column == reader->rate && column > 0;
    if (column >= COLUMNS && !is_rate) return;
    bool is_value = column > 0 && column < VALUES_END, may_be_empty = column == 3 || column == 4 || is_rate;
    *cell = (double)NAN;
    if (text[0] == '\0' && may_be_empty) return;
    *cell = strtod(text, &end);
    if (end != text && *end == '\0' && (is_value || !isnan(*cell))) return;
    (void)snprintf(what, sizeof what, "'%s' is not a number (%s)", text, is_rate ? rate_name : header[column]);
    wrong(reader, what);
}

/* Makes a cell safe for a message: one line, without terminal commands. */
static void make_printable(char *text) {
    for (; *text != '\0'; text++)
        if (!isprint((unsigned char)*text)) *text = '?';
}

static void read_title(history_reader *reader, const char *text) {
    char what[192];
    if (reader->column >= COLUMNS) {
        if (strcmp(text, rate_name) == 0) reader->rate = reader->column;
        return;
    }
    if (strcmp(text, header[reader->column]) == 0) return;
    (void)snprintf(what, sizeof what, "not a history.csv of clenet train: column %d is '%s', expected '%s'",
                   reader->column + 1, text, header[reader->column]);
    wrong(reader, what);
}

static void on_cell(void *bytes, size_t length, void *user) {
    history_reader *reader = user;
    char text[CELL_MOST] = "", what[160];
    if (reader->error->status != CLENET_OK) return;
    if (reader->column >= (reader->line == 1 ? COLUMNS_MOST : reader->columns)) {
        (void)snprintf(what, sizeof what, "more than %d cells", reader->column);
        wrong(reader, what);
        return;
    }
    if (length < sizeof text) {
        memcpy(text, bytes, length);
        make_printable(text);
    } else {
        wrong(reader, "a cell is longer than a number");
        return;
    }
    if (reader->line == 1)
        read_title(reader, text);
    else
        read_number(reader, text);
    reader->column++;
}

static void add_row(history_reader *reader) {
    const double *cells = reader->cells;
    history *run = reader->run;
    if (cells[0] != (double)(run->count + 1)) {
        char what[96];
        (void)snprintf(what, sizeof what, "epoch %g, expected %zu: epochs are numbered from 1", cells[0],
                       run->count + 1);
        wrong(reader, what);
        return;
    }
    clenet_epoch epoch = {.epoch = (int)run->count + 1,
                          .accuracy = cells[1],
                          .loss = cells[2],
                          .val_accuracy = cells[3],
                          .val_loss = cells[4],
                          .seconds = cells[5],
                          .learning_rate = reader->rate > 0 ? cells[reader->rate] : (double)NAN};
    epoch.kept =
        !isnan(epoch.val_accuracy) && (run->kept == 0 || epoch.val_accuracy > run->epochs[run->kept - 1].val_accuracy);
    if (history_add(run, &epoch)) return;
    reader->error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(reader->error->message, sizeof reader->error->message, "out of memory (reading '%s')", reader->path);
}

static void on_row(int terminator, void *user) {
    history_reader *reader = user;
    bool second = terminator == '\n' && reader->before == '\r' && reader->column == 0;
    reader->before = terminator;
    if (reader->error->status != CLENET_OK || second) return;
    if (reader->line == 1) reader->columns = reader->column < COLUMNS ? COLUMNS : reader->column;
    if (reader->column != reader->columns) {
        char what[64];
        (void)snprintf(what, sizeof what, "%d cells, expected %d", reader->column, reader->columns);
        wrong(reader, what);
        return;
    }
    if (reader->line > 1) add_row(reader);
    reader->column = 0;
    reader->line++;
}

static clenet_status cannot_read(const char *path, int reason, clenet_error *error) {
    error->status = CLENET_ERROR_IO;
    (void)snprintf(error->message, sizeof error->message, "cannot read '%s': %s", path, strerror(reason));
    return error->status;
}

static void parse(history_reader *reader, FILE *file) {
    struct csv_parser parser;
    char bytes[READ_BYTES];
    size_t count;
    if (csv_init(&parser, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI) != 0) {
        (void)cannot_read(reader->path, ENOMEM, reader->error);
        return;
    }
    while (reader->error->status == CLENET_OK && (count = fread(bytes, 1, sizeof bytes, file)) > 0) {
        if (csv_parse(&parser, bytes, count, on_cell, on_row, reader) != count)
            wrong(reader, csv_strerror(csv_error(&parser)));
    }
    if (ferror(file)) (void)cannot_read(reader->path, errno, reader->error);
    if (reader->error->status == CLENET_OK && csv_fini(&parser, on_cell, on_row, reader) != 0) {
        wrong(reader, csv_strerror(csv_error(&parser)));
    }
    csv_free(&parser);
}

clenet_status history_read(history *run, const char *path, clenet_error *error) {
    history_reader reader = {.run = run, .path = path, .error = error, .line = 1};
    *run = (history){.name = NULL};
    FILE *file = fopen(path, "rb");
    if (file == NULL) return cannot_read(path, errno, error);
    error->status = CLENET_OK;
    parse(&reader, file);
    (void)fclose(file);
    if (run->count == 0) wrong(&reader, "no epochs yet: train first");
    return error->status;
}
