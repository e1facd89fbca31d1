/* diff.c - clenet runs diff: what differs between two runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/class_list.h"
#include "cmd/base/results.h"
#include "cmd/base/run_number.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/runs/entry.h"
#include "cmd/runs/runs.h"

enum {
    NAME_WIDTH = 20,
    VALUE_WIDTH = 27, /* 80 columns with the gaps; a longer value of the first run pushes the second one aside */
    DIGITS = 9,
    JSON_DIGITS = 15
};

/* Reads a run: a number within RUNS_FOLDER, unless there is no such run, or a folder. Returns an exit status. */
static int read_run(run_entry *entry, const char *name) {
    char *numbered = run_number(name) > 0 || strcmp(name, "latest") == 0 ? results_path(RUNS_FOLDER, name) : NULL;
    bool found = numbered != NULL && run_entry_read(entry, numbered, name);
    free(numbered);
    if (!found && !run_entry_read(entry, name, name))
        return say_failed("'%s' is not a run: it has no run.json. Name a folder of clenet train, or a number in runs",
                          name);
    if (entry->record != NULL) return EXIT_DONE;
    return say_failed("the run '%s' is damaged: %s", name, entry->why);
}

static void put_line(const char *name, const char *a, const char *b) {
    int columns = (int)text_columns(a), gap = columns < VALUE_WIDTH ? VALUE_WIDTH - columns : 0;
    (void)printf("%-*s  %s%*s  %s\n", NAME_WIDTH, name, a, gap, "", b);
}

static void put_difference(const run_difference *difference, void *user) {
    char name[ENTRY_NAME], a[ENTRY_VALUE], b[ENTRY_VALUE];
    size_t *count = user;
    if (*count < SIZE_MAX) ++*count;
    put_line(run_difference_name(name, difference), run_value_text(a, difference->a, DIGITS),
             run_value_text(b, difference->b, DIGITS));
}

static void print_table(const run_entry *a, const run_entry *b) {
    char name_a[ENTRY_VALUE], name_b[ENTRY_VALUE];
    size_t count = 0;
    (void)snprintf(name_a, sizeof name_a, "%s", a->path);
    (void)snprintf(name_b, sizeof name_b, "%s", b->path);
    put_line("", run_clean(name_a), run_clean(name_b));
    run_entry_compare(a, b, true, put_difference, &count);
    if (count == 0) (void)printf("no differences\n");
}

/* The array of differences. */
typedef struct json_list {
    json_t *array;
    bool complete;
} json_list;

static json_t *value_or_null(const json_t *value) {
    return value != NULL ? json_deep_copy(value) : json_null();
}

static void add_json(const run_difference *difference, void *user) {
    json_list *list = user;
    json_t *item = json_pack("{s:o, s:s, s:o, s:o}", "part",
                             difference->part != NULL ? json_string(difference->part) : json_null(), "name",
                             difference->name, "a", value_or_null(difference->a), "b", value_or_null(difference->b));
    if (json_array_append_new(list->array, item) != 0) list->complete = false;
}

static int print_json(const run_entry *a, const run_entry *b) {
    json_list list = {.array = json_array(), .complete = true};
    run_entry_compare(a, b, true, add_json, &list);
    json_t *object =
        json_pack("{s:o, s:o, s:o}", "a", json_text(a->path), "b", json_text(b->path), "differences", list.array);
    return say_json(object, list.complete, JSON_REAL_PRECISION(JSON_DIGITS), "differences");
}

int runs_diff(const char *a, const char *b, bool json) {
    run_entry first = {.name = NULL}, second = {.name = NULL};
    int status = read_run(&first, a);
    if (status == EXIT_DONE) status = read_run(&second, b);
    if (status == EXIT_DONE && json)
        status = print_json(&first, &second);
    else if (status == EXIT_DONE)
        print_table(&first, &second);
    run_entry_free(&second);
    run_entry_free(&first);
    return status;
}
