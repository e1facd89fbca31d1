/* history.c - see history.h. */
#include "cmd/figures/history.h"

#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 6, CELL_MOST = 64, FIRST_ROOM = 64, READ_BYTES = 4096 };

static const char *const header[COLUMNS] = {"epoch", "accuracy", "loss", "val_accuracy", "val_loss", "seconds"};

/* One file while it is read. */
typedef struct history_reader {
    history *run;
    const char *path;
    clenet_error *error; /* the status is CLENET_OK until an error */
    size_t line;         /* from 1 */
    int column;          /* of the next cell, from 0 */
    int before;          /* the character that ended the line before: of CR LF the second ends nothing */
    double cells[COLUMNS];
} history_reader;

static void wrong(history_reader *reader, const char *what) {
    if (reader->error->status != CLENET_OK) return;
    reader->error->status = CLENET_ERROR_FORMAT;
    (void)snprintf(reader->error->message, sizeof reader->error->message, "%s:%zu: %s", reader->path, reader->line,
                   what);
}

bool history_add(history *run, const clenet_epoch *epoch) {
    if (run->count == run->room) {
        size_t room = run->room == 0 ? FIRST_ROOM : 2 * run->room;
        clenet_epoch *larger = realloc(run->epochs, room * sizeof *larger);
        if (larger == NULL) return false;
        run->epochs = larger;
        run->room = room;
    }
    run->epochs[run->count++] = *epoch;
    if (epoch->kept) run->kept = epoch->epoch;
    return true;
}

void history_free(history *run) {
    free(run->epochs);
    free(run->name);
    *run = (history){.name = NULL};
}

static void read_number(history_reader *reader, const char *text) {
    char what[160], *end = NULL;
    double *cell = &reader->cells[reader->column];
    bool may_be_empty = reader->column == 3 || reader->column == 4; /* the columns of validation */
    if (text[0] == '\0' && may_be_empty) {
        *cell = (double)NAN;
        return;
    }
    *cell = strtod(text, &end);
    if (end != text && *end == '\0' && !isnan(*cell)) return;
    (void)snprintf(what, sizeof what, "'%s' is no number: %s is to be one", text, header[reader->column]);
    wrong(reader, what);
}

/* Makes a cell safe for a message: one line, without terminal commands. */
static void make_printable(char *text) {
    for (; *text != '\0'; text++)
        if (!isprint((unsigned char)*text)) *text = '?';
}

static void on_cell(void *bytes, size_t length, void *user) {
    history_reader *reader = user;
    char text[CELL_MOST] = "", what[160];
    if (reader->error->status != CLENET_OK) return;
    if (reader->column >= COLUMNS) {
        wrong(reader, "more than 6 cells");
        return;
    }
    if (length < sizeof text) {
        memcpy(text, bytes, length);
        make_printable(text);
    } else {
        wrong(reader, "a cell is longer than a number");
        return;
    }
    if (reader->line == 1 && strcmp(text, header[reader->column]) != 0) {
        (void)snprintf(what, sizeof what, "'%s' in place of '%s': this is no history.csv of clenet train", text,
                       header[reader->column]);
        wrong(reader, what);
    }
    if (reader->line > 1) read_number(reader, text);
    reader->column++;
}

static void add_row(history_reader *reader) {
    const double *cells = reader->cells;
    history *run = reader->run;
    if (cells[0] != (double)(run->count + 1)) {
        char what[96];
        (void)snprintf(what, sizeof what, "epoch %g in place of %zu: epochs count from 1", cells[0], run->count + 1);
        wrong(reader, what);
        return;
    }
    clenet_epoch epoch = {.epoch = (int)run->count + 1,
                          .accuracy = cells[1],
                          .loss = cells[2],
                          .val_accuracy = cells[3],
                          .val_loss = cells[4],
                          .seconds = cells[5]};
    epoch.kept =
        !isnan(epoch.val_accuracy) && (run->kept == 0 || epoch.val_accuracy > run->epochs[run->kept - 1].val_accuracy);
    if (!history_add(run, &epoch)) {
        reader->error->status = CLENET_ERROR_MEMORY;
        (void)snprintf(reader->error->message, sizeof reader->error->message,
                       "cannot have memory for '%s': free memory", reader->path);
    }
}

static void on_row(int terminator, void *user) {
    history_reader *reader = user;
    bool second = terminator == '\n' && reader->before == '\r' && reader->column == 0;
    reader->before = terminator;
    if (reader->error->status != CLENET_OK || second) return;
    if (reader->column != COLUMNS) {
        char what[64];
        (void)snprintf(what, sizeof what, "%d cells in place of 6", reader->column);
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
    if (run->count == 0) wrong(&reader, "there are no epochs: train first");
    return error->status;
}
