/* entry.h - reads the run.json of runs, and compares two.
 *
 * The files are not trusted: a file that is too large, or not such a record, makes a damaged entry with a reason. */
#ifndef CLENET_CMD_RUNS_ENTRY_H
#define CLENET_CMD_RUNS_ENTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { ENTRY_WHY = 128, ENTRY_NAME = 48, ENTRY_VALUE = 512 };

typedef struct run_entry {
    char *name;          /* of the folder, without those above it */
    char *path;          /* of the folder */
    int number;          /* of a numbered run; 0: another name */
    json_t *record;      /* NULL: damaged */
    char why[ENTRY_WHY]; /* why it is damaged: "run.json is not JSON: ..." */
} run_entry;

/* Reads FOLDER/run.json. Returns false if the folder has none; then the entry is empty. If out of memory, it is damaged for that
 * reason. Free the entry with run_entry_free. */
bool run_entry_read(run_entry *entry, const char *path, const char *name);

/* Makes an entry of the text of a record, which it does not change: sets its record, or why it is damaged. */
void run_entry_parse(run_entry *entry, const char *text, size_t size);

void run_entry_free(run_entry *entry);

/* The member of an object of the record, or of the record itself if `object` is NULL; NULL if it has no such member. */
const json_t *run_entry_get(const run_entry *entry, const char *object, const char *name);

/* Such a member as a text, or as a number; NULL or NaN if it is not one. */
const char *run_entry_text(const run_entry *entry, const char *object, const char *name);
double run_entry_number(const run_entry *entry, const char *object, const char *name);

/* A value that differs between two entries. Both values are lent; NULL: one has none. */
typedef struct run_difference {
    const char *part; /* "settings", "data", "result"; NULL: of the record itself */
    const char *name;
    const json_t *a, *b;
} run_difference;

/* Called for each difference, in the order of the record. */
typedef void run_difference_visit(const run_difference *difference, void *user);

/* Compares what decides a run: its settings, data, device and versions; with results, these, too. */
void run_entry_compare(const run_entry *a, const run_entry *b, bool results, run_difference_visit *visit, void *user);

/* The name as a person knows it: "--batch" for a setting, "data rows", "val_accuracy". Returns text. */
char *run_difference_name(char text[ENTRY_NAME], const run_difference *difference);

/* A value as text: "64", "0.1,0.3", "none" for null or NULL. Control characters are replaced. A number has `digits` digits at most.
 * Returns text. */
char *run_value_text(char text[ENTRY_VALUE], const json_t *value, int digits);

/* Replaces the control characters of UTF-8 text, with which a file name could command the terminal. Returns text. */
char *run_clean(char *text);

#endif
