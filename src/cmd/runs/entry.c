/* entry.c - see entry.h. */
#include "cmd/runs/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/base/results.h"
#include "cmd/base/run_number.h"
#include "lib/base/json_read.h"

/* A record has some 2 KB; that of 64 networks 8 KB. */
enum { RECORD_MOST = 1024 * 1024, SCHEMA = 1 };

/* ---- reading -------------------------------------------------------------------------------------------------------- */

/* Reads the bytes of a regular file. Returns NULL and why if that fails; *exists tells if there is one. */
static char *read_bytes(size_t *size, bool *exists, char why[ENTRY_WHY], const char *path) {
    struct stat status;
    char *bytes = NULL;
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* opening a pipe does not wait */
    *exists = file >= 0 || (errno != ENOENT && errno != ENOTDIR);
    if (file < 0) {
        (void)snprintf(why, ENTRY_WHY, "cannot open run.json: %s", strerror(errno));
        return NULL;
    }
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)snprintf(why, ENTRY_WHY, "run.json is not a file");
    } else if (status.st_size > RECORD_MOST) {
        (void)snprintf(why, ENTRY_WHY, "run.json has more than %d bytes", (int)RECORD_MOST);
    } else if ((bytes = malloc((size_t)status.st_size + 1)) == NULL) {
        (void)snprintf(why, ENTRY_WHY, "out of memory (reading run.json)");
    } else {
        ssize_t count = read(file, bytes, (size_t)status.st_size);
        *size = count > 0 ? (size_t)count : 0;
        if (count < 0) (void)snprintf(why, ENTRY_WHY, "cannot read run.json: %s", strerror(errno));
    }
    (void)close(file);
    return bytes;
}

/* Returns what is wrong with a record; NULL if it can be used. */
static const char *check(const json_t *record) {
    const json_t *version = json_object_get(record, "schema_version");
    if (!json_is_integer(version)) return "run.json has no schema_version";
    if (json_integer_value(version) != SCHEMA) return "run.json is from another version of clenet";
    if (!json_is_object(json_object_get(record, "settings"))) return "run.json has no settings";
    if (!json_is_object(json_object_get(record, "data"))) return "run.json has no data";
    const json_t *result = json_object_get(record, "result");
    return json_is_object(result) || json_is_null(result) ? NULL : "run.json has no result";
}

void run_entry_parse(run_entry *entry, const char *text, size_t size) {
    json_error_t reason;
    json_t *record = json_read(text, size, JSON_REJECT_DUPLICATES, &reason);
    const char *wrong = record != NULL ? check(record) : NULL;
    if (record == NULL)
        (void)snprintf(entry->why, ENTRY_WHY, "run.json is not JSON: %.*s", ENTRY_WHY - 32, reason.text);
    else if (wrong != NULL)
        (void)snprintf(entry->why, ENTRY_WHY, "%s", wrong);
    else
        entry->record = json_incref(record);
    json_decref(record);
    (void)run_clean(entry->why);
}

bool run_entry_read(run_entry *entry, const char *path, const char *name) {
    size_t size = 0;
    bool exists = true;
    *entry = (run_entry){.name = strdup(name), .path = strdup(path), .number = run_number(name)};
    char *file = results_path(path, "run.json"), *bytes = NULL;
    if (file == NULL || entry->name == NULL || entry->path == NULL)
        (void)snprintf(entry->why, ENTRY_WHY, "out of memory (reading run.json)");
    else
        bytes = read_bytes(&size, &exists, entry->why, file);
    if (bytes != NULL && entry->why[0] == '\0') run_entry_parse(entry, bytes, size);
    free(bytes);
    free(file);
    if (!exists) run_entry_free(entry);
    return exists;
}

void run_entry_free(run_entry *entry) {
    json_decref(entry->record);
    free(entry->path);
    free(entry->name);
    *entry = (run_entry){.name = NULL};
}

const json_t *run_entry_get(const run_entry *entry, const char *object, const char *name) {
    const json_t *of = object != NULL ? json_object_get(entry->record, object) : entry->record;
    return json_object_get(of, name);
}

const char *run_entry_text(const run_entry *entry, const char *object, const char *name) {
    return json_string_value(run_entry_get(entry, object, name));
}

double run_entry_number(const run_entry *entry, const char *object, const char *name) {
    const json_t *value = run_entry_get(entry, object, name);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* ---- comparing ------------------------------------------------------------------------------------------------------- */

/* A member that is missing and one of null are the same. */
static bool same(const json_t *a, const json_t *b) {
    if (a == NULL || json_is_null(a)) return b == NULL || json_is_null(b);
    return json_equal(a, b) != 0;
}

static void visit_one(const run_entry *a, const run_entry *b, const char *part, const char *name,
                      run_difference_visit *visit, void *user) {
    run_difference difference = {part, name, run_entry_get(a, part, name), run_entry_get(b, part, name)};
    if (!same(difference.a, difference.b)) visit(&difference, user);
}

/* All members of an object of the records; of the result not what is not one value. */
static void visit_part(const run_entry *a, const run_entry *b, const char *part, run_difference_visit *visit,
                       void *user) {
    const char *name;
    json_t *value;
    json_t *of_a = json_object_get(a->record, part), *of_b = json_object_get(b->record, part);
    json_object_foreach(of_a, name, value) {
        if (strcmp(name, "files") != 0 && strcmp(name, "networks") != 0) visit_one(a, b, part, name, visit, user);
    }
    json_object_foreach(of_b, name, value) {
        bool seen = json_object_get(of_a, name) != NULL;
        if (!seen && strcmp(name, "files") != 0 && strcmp(name, "networks") != 0)
            visit_one(a, b, part, name, visit, user);
    }
}

void run_entry_compare(const run_entry *a, const run_entry *b, bool results, run_difference_visit *visit, void *user) {
    static const char *const others[] = {"network", "device", "clenet", "compiler", "system"};
    visit_part(a, b, "settings", visit, user);
    visit_part(a, b, "data", visit, user);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) visit_one(a, b, NULL, others[i], visit, user);
    if (results) visit_part(a, b, "result", visit, user);
}

/* ---- texts ------------------------------------------------------------------------------------------------------------- */

char *run_clean(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        bool second = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* U+0080 to U+009F */
        if (*c < ' ' || *c == 0x7f || second) *c = '?';
        if (second) *++c = '?';
    }
    return text;
}

char *run_difference_name(char text[ENTRY_NAME], const run_difference *difference) {
    const char *part = difference->part != NULL ? difference->part : "";
    const char *before = strcmp(part, "settings") == 0 ? "--" : strcmp(part, "data") == 0 ? "data " : "";
    (void)snprintf(text, ENTRY_NAME, "%s%.*s", before, ENTRY_NAME - 8, difference->name);
    return run_clean(text);
}

char *run_value_text(char text[ENTRY_VALUE], const json_t *value, int digits) {
    char second[ENTRY_VALUE];
    switch (value != NULL ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        (void)snprintf(text, ENTRY_VALUE, "%s", json_string_value(value));
        break;
    case JSON_INTEGER:
        (void)snprintf(text, ENTRY_VALUE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        (void)snprintf(text, ENTRY_VALUE, "%.*g", digits, json_real_value(value));
        break;
    case JSON_TRUE:
        (void)snprintf(text, ENTRY_VALUE, "yes");
        break;
    case JSON_FALSE:
        (void)snprintf(text, ENTRY_VALUE, "no");
        break;
    case JSON_ARRAY: /* the two rates of --dropout; arrays within it are not shown, so that the depth is 1 */
        (void)snprintf(text, ENTRY_VALUE, "...");
        if (json_array_size(value) != 2 || !json_is_number(json_array_get(value, 0)) ||
            !json_is_number(json_array_get(value, 1)))
            break;
        (void)snprintf(second, sizeof second, "%g,%g", json_number_value(json_array_get(value, 0)),
                       json_number_value(json_array_get(value, 1)));
        (void)snprintf(text, ENTRY_VALUE, "%s", second);
        break;
    case JSON_OBJECT:
        (void)snprintf(text, ENTRY_VALUE, "...");
        break;
    case JSON_NULL:
        (void)snprintf(text, ENTRY_VALUE, "none");
        break;
    }
    return run_clean(text);
}
