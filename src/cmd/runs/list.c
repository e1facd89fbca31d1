/* list.c - clenet runs: the table of runs. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/base/class_list.h"
#include "cmd/base/results.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/runs/entry.h"
#include "cmd/runs/runs.h"

enum {
    SCREEN_COLUMNS = 80,
    DIFFERENCE_INDENT = 4,
    LINES_MOST = 3, /* under a row */
    FIRST_ROOM = 16,
    JSON_DIGITS = 15,
    /* Columns of the table: with two blanks between, 80. */
    RUN_WIDTH = 10,
    DATE_WIDTH = 16,
    ACCURACY_WIDTH = 8,
    EPOCHS_WIDTH = 6,
    TIME_WIDTH = 10,
    RECIPE_WIDTH = 8,
    DEVICE_WIDTH = 10
};
_Static_assert(RUN_WIDTH + DATE_WIDTH + ACCURACY_WIDTH + EPOCHS_WIDTH + TIME_WIDTH + RECIPE_WIDTH + DEVICE_WIDTH +
                       6 * 2 <=
                   SCREEN_COLUMNS,
               "the table fits a terminal");

typedef struct run_list {
    run_entry *entries;
    size_t count, room;
} run_list;

/* ---- finding runs ----------------------------------------------------------------------------------------------------- */

/* Takes the entry. Returns false, and frees it, if out of memory. */
static bool add(run_list *list, run_entry *entry) {
    if (list->count == list->room) {
        size_t room = list->room == 0 ? FIRST_ROOM : 2 * list->room;
        run_entry *larger = realloc(list->entries, room * sizeof *larger);
        if (larger == NULL) {
            run_entry_free(entry);
            return false;
        }
        list->entries = larger;
        list->room = room;
    }
    list->entries[list->count++] = *entry;
    return true;
}

static void free_list(run_list *list) {
    for (size_t i = 0; i < list->count; i++) run_entry_free(&list->entries[i]);
    free(list->entries);
}

/* runs/latest is another name of a run in the same folder. */
static bool is_link(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static bool add_folder(run_list *list, const char *folder, const char *name) {
    run_entry entry;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    char *path = results_path(folder, name);
    if (path == NULL) return false;
    bool link = strcmp(name, "latest") == 0 && is_link(path);
    bool added = link || !run_entry_read(&entry, path, name) || add(list, &entry);
    free(path);
    return added;
}

/* Numbered runs come first, by number; the others by date. */
static int compare(const void *a, const void *b) {
    const run_entry *x = a, *y = b;
    if (x->number != y->number) {
        if (x->number == 0 || y->number == 0) return x->number == 0 ? 1 : -1;
        return x->number < y->number ? -1 : 1;
    }
    const char *of_x = run_entry_text(x, NULL, "started"), *of_y = run_entry_text(y, NULL, "started");
    int by_date = strcmp(of_x != NULL ? of_x : "", of_y != NULL ? of_y : "");
    return by_date != 0 ? by_date : strcmp(x->name, y->name);
}

/* Reads the runs in the folder; if it has no runs, the run that the folder itself is. Returns an exit status. */
static int find(run_list *list, const char *folder, bool may_be_missing) {
    run_entry own;
    DIR *names = opendir(folder);
    if (names == NULL && errno == ENOENT && may_be_missing) return EXIT_DONE;
    if (names == NULL) return say_failed("cannot open the folder '%s': %s", folder, strerror(errno));
    bool complete = true;
    for (const struct dirent *entry; complete && (entry = readdir(names)) != NULL;)
        complete = add_folder(list, folder, entry->d_name);
    (void)closedir(names);
    if (complete && list->count == 0 && run_entry_read(&own, folder, folder)) complete = add(list, &own);
    if (!complete) return say_failed("out of memory (the runs in '%s')", folder);
    if (list->count > 1) qsort(list->entries, list->count, sizeof *list->entries, compare);
    return EXIT_DONE;
}

/* ---- the table --------------------------------------------------------------------------------------------------------- */

/* Prints a text in a cell of `width` columns, cut if it is longer; and, if it is not the last cell, a gap. */
static void put_cell(const char *text, size_t width, bool last) {
    char cell[ENTRY_VALUE];
    (void)snprintf(cell, sizeof cell, "%s", text);
    (void)run_clean(cell);
    size_t columns = text_columns(cell);
    if (columns > width) {
        cell[text_fitting(cell, width - 2)] = '\0';
        columns = text_columns(cell) + 2;
        (void)printf("%s..", cell);
    } else {
        (void)printf("%s", cell);
    }
    if (!last) (void)printf("%*s", (int)(width - columns) + 2, "");
}

/* "2026-11-30 02:15" of "2026-11-30T02:15:00Z". */
static void put_date(const run_entry *entry) {
    char date[DATE_WIDTH + 1] = "-";
    const char *started = run_entry_text(entry, NULL, "started");
    if (started != NULL) (void)snprintf(date, sizeof date, "%s", started);
    if (strlen(date) > 10 && date[10] == 'T') date[10] = ' ';
    put_cell(date, DATE_WIDTH, false);
}

/* "cpu" of "cpu, 2 threads, avx512". */
static void put_device(const run_entry *entry) {
    char device[DEVICE_WIDTH * 4] = "-";
    const char *text = run_entry_text(entry, NULL, "device");
    if (text != NULL) (void)snprintf(device, sizeof device, "%.*s", (int)strcspn(text, ",:"), text);
    put_cell(device, DEVICE_WIDTH, true);
}

static void put_row(const run_entry *entry) {
    char text[TEXT_SIZE];
    put_cell(entry->name, RUN_WIDTH, false);
    if (entry->record == NULL) {
        char damage[ENTRY_WHY + 16];
        (void)snprintf(damage, sizeof damage, "damaged: %s", entry->why);
        put_cell(damage, SCREEN_COLUMNS - RUN_WIDTH - 2, true);
        (void)putchar('\n');
        return;
    }
    double accuracy = run_entry_number(entry, "result", "val_accuracy");
    double epochs = run_entry_number(entry, "result", "epochs"), seconds = run_entry_number(entry, "result", "seconds");
    const char *recipe = run_entry_text(entry, "settings", "recipe");
    put_date(entry);
    put_cell(isfinite(accuracy) ? text_percent(text, accuracy) : "-", ACCURACY_WIDTH, false);
    if (isfinite(epochs)) (void)snprintf(text, sizeof text, "%.0f", epochs);
    put_cell(isfinite(epochs) ? text : "-", EPOCHS_WIDTH, false);
    put_cell(isfinite(seconds) ? text_duration(text, seconds) : "-", TIME_WIDTH, false);
    put_cell(recipe != NULL ? recipe : "-", RECIPE_WIDTH, false);
    put_device(entry);
    (void)putchar('\n');
}

/* The lines under a row. */
typedef struct note_lines {
    size_t column;    /* of the cursor; 0: nothing was printed */
    int lines;        /* printed, the current one included */
    size_t left_out;  /* phrases without room: a recipe changes a dozen options */
    const char *data; /* the phrase on the data: it is printed once */
} note_lines;

/* Prints a phrase after the others, on a new line if this one is full; a phrase that is too long is cut. Once LINES_MOST lines are
 * full, phrases are counted only. */
static void put_note(note_lines *lines, const char *phrase) {
    char text[2 * ENTRY_VALUE + ENTRY_NAME + 16];
    size_t most = SCREEN_COLUMNS - DIFFERENCE_INDENT - 1; /* and a comma */
    (void)snprintf(text, sizeof text, "%s", phrase);
    if (text_columns(text) > most) {
        size_t fitting = text_fitting(text, most - 2);
        (void)snprintf(text + fitting, sizeof text - fitting, "..");
    }
    size_t columns = text_columns(text);
    if (lines->left_out == 0 && lines->column > 0 && lines->column + 2 + columns + 1 <= SCREEN_COLUMNS) {
        lines->column += (size_t)printf(", ") + columns;
    } else if (lines->lines == LINES_MOST) {
        lines->left_out++;
        return;
    } else {
        lines->lines++;
        (void)printf("%s", lines->column > 0 ? ",\n" : "");
        lines->column = DIFFERENCE_INDENT + columns;
        (void)printf("%*s", DIFFERENCE_INDENT, "");
    }
    (void)printf("%s", text);
}

/* The last part of a path; for another text the text itself. */
static const char *last_part(const char *text) {
    const char *slash = text[0] == '/' ? strrchr(text, '/') : NULL;
    return slash != NULL && slash[1] != '\0' ? slash + 1 : text;
}

static void put_difference(const run_difference *difference, void *user) {
    enum { DIGITS = 6 };
    note_lines *lines = user;
    char name[ENTRY_NAME], before[ENTRY_VALUE], now[ENTRY_VALUE], phrase[2 * ENTRY_VALUE + ENTRY_NAME + 16];
    bool settings = difference->part != NULL && strcmp(difference->part, "settings") == 0;
    bool data = difference->part != NULL && strcmp(difference->part, "data") == 0;
    if (data && strcmp(difference->name, "path") != 0) {
        bool hash = strncmp(difference->name, "crc32_", 6) == 0;
        if (hash && lines->data == NULL) put_note(lines, lines->data = "other contents of the data");
        return;
    }
    if (!settings && !data && strcmp(difference->name, "clenet") != 0) return; /* the device is in the table */
    (void)run_value_text(before, difference->a, DIGITS);
    (void)run_value_text(now, difference->b, DIGITS);
    (void)snprintf(phrase, sizeof phrase, "%s %s (was %s)", data ? "data" : run_difference_name(name, difference),
                   last_part(now), last_part(before));
    put_note(lines, phrase);
}

static void put_notes(const run_entry *entry, const run_entry *before) {
    note_lines lines = {.column = 0};
    if (entry->record == NULL) return;
    if (!json_is_object(run_entry_get(entry, NULL, "result"))) put_note(&lines, "unfinished");
    if (before != NULL) run_entry_compare(before, entry, false, put_difference, &lines);
    if (lines.column > 0) (void)putchar('\n');
    if (lines.left_out > 0)
        (void)printf("%*sand %zu more: clenet runs diff A B prints them all\n", DIFFERENCE_INDENT, "", lines.left_out);
}

static void print_table(const run_list *list) {
    const run_entry *before = NULL;
    put_cell("run", RUN_WIDTH, false);
    put_cell("started (UTC)", DATE_WIDTH, false);
    put_cell("accuracy", ACCURACY_WIDTH, false);
    put_cell("epochs", EPOCHS_WIDTH, false);
    put_cell("time", TIME_WIDTH, false);
    put_cell("recipe", RECIPE_WIDTH, false);
    put_cell("device", DEVICE_WIDTH, true);
    (void)putchar('\n');
    for (size_t i = 0; i < list->count; i++) {
        const run_entry *entry = &list->entries[i];
        put_row(entry);
        put_notes(entry, before);
        if (entry->record != NULL) before = entry;
    }
}

/* ---- JSON ----------------------------------------------------------------------------------------------------------------- */

static json_t *json_of(const run_entry *entry) {
    bool finished = json_is_object(run_entry_get(entry, NULL, "result"));
    const char *state = entry->record == NULL ? "damaged" : finished ? "finished" : "unfinished";
    return json_pack("{s:o, s:o, s:s, s:o, s:o}", "run", json_text(entry->name), "folder", json_text(entry->path),
                     "state", state, "error", entry->record == NULL ? json_text(entry->why) : json_null(), "record",
                     entry->record != NULL ? json_incref(entry->record) : json_null());
}

static int print_json(const run_list *list) {
    bool complete = true;
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        if (json_array_append_new(array, json_of(&list->entries[i])) != 0) complete = false;
    return say_json(array, complete, JSON_REAL_PRECISION(JSON_DIGITS), "runs");
}

int runs_list(const char *folder, bool is_default, bool json) {
    run_list list = {.count = 0};
    int status = find(&list, folder, is_default);
    if (status == EXIT_DONE && json)
        status = print_json(&list);
    else if (status == EXIT_DONE && list.count > 0)
        print_table(&list);
    else if (status == EXIT_DONE)
        say_line("no runs in '%s' yet: clenet train train.csv starts one", folder);
    free_list(&list);
    return status;
}
