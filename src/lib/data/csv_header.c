/* csv_header.c - see csv_header.h. */
#include "lib/data/csv_header.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/csv_roles.h"

enum { SHOWN = CSV_COLUMNS_SHOWN };

/* ---- the order of the pixels ------------------------------------------------------------------------------ */

/* How the names of the pixels count. */
typedef struct counting {
    uint32_t first, row; /* the least number, which is a column if there are rows; the least row */
    uint32_t columns;
} counting;

static counting how_they_count(const csv_roles *roles) {
    uint32_t last = 0;
    counting c = {.first = UINT32_MAX, .row = UINT32_MAX};
    for (size_t i = 0; i < roles->count; i++) {
        if (roles->role[i] != CSV_PIXEL) continue;
        csv_name_parts p = csv_name_parse(roles->names[i], roles->channels);
        if (p.number < c.first) c.first = p.number;
        if (p.row < c.row) c.row = p.row;
        if (p.number > last) last = p.number;
    }
    c.columns = last - c.first + 1;
    return c;
}

/* The pixel of a column; CSV_NO_PIXEL: none of the image. */
static uint32_t place_of(const csv_roles *roles, counting c, size_t column, size_t in_file) {
    if (!roles->family) return (uint32_t)in_file;
    csv_name_parts p = csv_name_parse(roles->names[column], roles->channels);
    uint64_t at = p.number - c.first;
    if (p.has_row) at += (uint64_t)(p.row - c.row) * c.columns;
    if (roles->channels) at = at < UINT32_MAX ? 3 * at + (uint64_t)p.channel : UINT32_MAX;
    return at < roles->meaning->pixels ? (uint32_t)at : CSV_NO_PIXEL;
}

/* Sets the places of all pixels; each has one column. *in_order: they are in the order of the file. */
static clenet_status place_pixels(csv_roles *roles, bool *in_order) {
    csv_meaning *m = roles->meaning;
    counting c = {0};
    uint8_t *seen = memory_new(m->pixels + 1, 1);
    clenet_status status = seen ? CLENET_OK : CLENET_ERROR_MEMORY;
    size_t pixel = 0;
    *in_order = true;
    if (roles->family) c = how_they_count(roles);
    for (size_t i = 0; i < roles->count && status == CLENET_OK; i++) {
        m->place[i] = CSV_NO_PIXEL;
        if (roles->role[i] != CSV_PIXEL) continue;
        uint32_t at = place_of(roles, c, i, pixel);
        if (at == CSV_NO_PIXEL || seen[at]) {
            status = csv_roles_fail(
                roles, i + 1, "'%.*s' does not fit the names of the other pixels: a number is missing or there twice",
                SHOWN, roles->names[i]);
            break;
        }
        seen[at] = 1;
        m->place[i] = at;
        *in_order = *in_order && at == pixel;
        pixel++;
    }
    memory_free(seen);
    return status;
}

/* ---- one-hot labels --------------------------------------------------------------------------------------- */

typedef enum hot_naming { BY_NUMBER, BY_NAME, BY_PLACE } hot_naming;

/* Writes the labels. CLENET_ERROR_FORMAT: one of them can be no label. */
static clenet_status write_hot(const csv_roles *roles, hot_naming naming) {
    csv_meaning *m = roles->meaning;
    label_set set = {.text_count = 0};
    csv_name_parts first = {.prefix = ""};
    clenet_status status = CLENET_OK;
    for (size_t i = 0; i < m->hot_count && status == CLENET_OK; i++) {
        bool good = true;
        const char *name = naming == BY_PLACE ? "" : roles->names[m->hot + i];
        csv_name_parts parts = csv_name_parse(name, false);
        if (i == 0) first = parts;
        unsigned long number = naming == BY_PLACE ? (unsigned long)i : parts.number;
        if (naming == BY_NUMBER) good = parts.has_number && csv_name_alike(&parts, &first);
        if (naming == BY_NAME) good = strlen(name) < LABEL_BYTES;
        if (naming == BY_NAME)
            (void)snprintf(m->hot_names[i], LABEL_BYTES, "%s", name);
        else
            (void)snprintf(m->hot_names[i], LABEL_BYTES, "%lu", number);
        status = good ? labels_text(&set, m->hot_names[i], strlen(m->hot_names[i]), NULL) : CLENET_ERROR_FORMAT;
    }
    labels_free(&set);
    return status;
}

/* The labels of one-hot columns: the numbers of their names, or their names, or 0, 1, 2 ... */
static clenet_status name_hot(const csv_roles *roles) {
    csv_meaning *m = roles->meaning;
    if (m->hot_count == 0) return CLENET_OK;
    m->hot_names = memory_new(m->hot_count, sizeof *m->hot_names);
    if (m->hot_names == NULL) return CLENET_ERROR_MEMORY;
    clenet_status status = roles->names != NULL ? write_hot(roles, BY_NUMBER) : CLENET_ERROR_FORMAT;
    if (status == CLENET_ERROR_FORMAT && roles->names != NULL) status = write_hot(roles, BY_NAME);
    return status == CLENET_ERROR_FORMAT ? write_hot(roles, BY_PLACE) : status;
}

/* ---- the line about the columns ---------------------------------------------------------------------------- */

static bool is_kaggle(const csv_roles *roles, bool in_order) {
    const csv_meaning *m = roles->meaning;
    bool has_label = m->label < m->count, trailing = m->trailing;
    if (roles->names == NULL || !in_order || !roles->family || roles->like.has_row || m->channels != 1) return false;
    if (m->pixels + (has_label ? 1 : 0) + (trailing ? 1 : 0) != m->count) return false;
    return strncmp(roles->names[has_label && m->label == 0 ? 1 : 0], "pixel", 5) == 0 &&
           how_they_count(roles).first == 0 && (!has_label || strcmp(roles->names[m->label], "label") == 0);
}

/* Adds to a text [CSV_TOLD], which is cut at its end. */
#define ADD(text, ...)                                               \
    do {                                                             \
        size_t used = strlen(text);                                  \
        (void)snprintf((text) + used, CSV_TOLD - used, __VA_ARGS__); \
    } while (0)

static void tell_label(const csv_roles *roles) {
    csv_meaning *m = roles->meaning;
    size_t hot_last = m->hot + m->hot_count;
    if (m->label < m->count && roles->names != NULL)
        ADD(m->told, "column %zu, '%.*s', is the label; ", m->label + 1, SHOWN, roles->names[m->label]);
    else if (m->label < m->count)
        ADD(m->told, "column %zu is the label, ", m->label + 1);
    if (m->hot_count > 0 && roles->names != NULL)
        ADD(m->told, "columns %zu to %zu, '%.*s' to '%.*s', are the label; ", m->hot + 1, hot_last, SHOWN,
            roles->names[m->hot], SHOWN, roles->names[hot_last - 1]);
    else if (m->hot_count > 0)
        ADD(m->told, "columns %zu to %zu are the label, ", m->hot + 1, hot_last);
}

static void tell(const csv_roles *roles, csv_first_line first_line, bool in_order) {
    csv_meaning *m = roles->meaning;
    size_t left_out = 0, first = 0;
    if (is_kaggle(roles, in_order)) return;
    if (first_line == CSV_A_ROW) ADD(m->told, "no header; ");
    if (first_line == CSV_NO_NAMES) ADD(m->told, "the first line names no columns; ");
    tell_label(roles);
    ADD(m->told, "%zu pixel%s", m->pixels, m->pixels == 1 ? "" : "s");
    if (!in_order) ADD(m->more, " in the order of their %s", roles->like.has_row ? "rows and columns" : "numbers");
    if (m->channels == 3)
        ADD(m->more, ", which are red, green and blue %s", roles->channels ? "by their names" : "in turn");
    for (size_t i = m->count; i > 0; i--) {
        if (roles->role[i - 1] != CSV_LEFT_OUT) continue;
        left_out++;
        first = i - 1;
    }
    if (left_out == 0) return;
    ADD(m->more, "; column %zu", first + 1);
    if (roles->names != NULL) ADD(m->more, ", '%.*s',", SHOWN, roles->names[first]);
    if (left_out == 1)
        ADD(m->more, " is left out");
    else
        ADD(m->more, " and %zu other%s are left out", left_out - 1, left_out == 2 ? "" : "s");
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static clenet_status find_meaning(csv_roles *roles, csv_first_line first_line) {
    csv_meaning *m = roles->meaning;
    bool in_order = true;
    clenet_status status = csv_roles_find(roles);
    if (status == CLENET_OK) {
        m->pixels = csv_roles_pixels(roles);
        (void)csv_image_side(m->pixels, &m->channels);
        status = place_pixels(roles, &in_order);
    }
    if (status == CLENET_OK) status = name_hot(roles);
    if (status != CLENET_OK) return status;
    tell(roles, first_line, in_order);
    if (!in_order || m->pixels + (m->label < m->count) < m->count) return CLENET_OK;
    memory_free(m->place);
    m->place = NULL;
    return CLENET_OK;
}

/* One way to find the meaning. */
static clenet_status find_once(csv_meaning *meaning, const csv_names *names, csv_first_line first_line,
                               const csv_sample *sample, const csv_choice *choice) {
    static const char *const unnamed[] = {[CSV_NAMES] = "no column is named 'label'",
                                          [CSV_NO_NAMES] = "the first line names no columns",
                                          [CSV_A_ROW] = "there is no header"};
    size_t count = names != NULL ? names->count : sample->columns;
    bool named = first_line == CSV_NAMES;
    *meaning = (csv_meaning){.count = count, .label = count, .place = memory_new(count + 1, sizeof *meaning->place)};
    csv_roles roles = {.meaning = meaning,
                       .sample = sample,
                       .names = named ? csv_names_list(names) : NULL,
                       .unnamed = unnamed[first_line],
                       .first_row = first_line == CSV_A_ROW ? 0 : 1,
                       .choice = choice,
                       .role = memory_new(count + 1, 1),
                       .count = count};
    bool memory = meaning->place != NULL && roles.role != NULL && (!named || roles.names != NULL);
    clenet_status status = memory ? find_meaning(&roles, first_line) : CLENET_ERROR_MEMORY;
    memory_free(roles.names);
    memory_free(roles.role);
    if (status != CLENET_OK) csv_meaning_free(meaning);
    return status;
}

clenet_status csv_header_mean(csv_meaning *meaning, const csv_names *names, csv_first_line first_line,
                              const csv_sample *sample, const csv_choice *choice) {
    clenet_status status = find_once(meaning, names, first_line, sample, choice);
    if (!choice->optional || status != CLENET_ERROR_FORMAT) return status;
    /* The columns that were chosen for another file may be others here: pixels, if only numbers name them. */
    csv_meaning without;
    csv_choice fewer = *choice;
    if (choice->label != NULL && strcmp(choice->label, "none") != 0) fewer.label = NULL;
    clenet_status again = find_once(&without, names, first_line, sample, &fewer);
    fewer.skip = NULL;
    if (again == CLENET_ERROR_FORMAT) again = find_once(&without, names, first_line, sample, &fewer);
    if (again != CLENET_OK) return again == CLENET_ERROR_FORMAT ? status : again;
    *meaning = without;
    return again;
}

void csv_meaning_free(csv_meaning *meaning) {
    memory_free(meaning->place);
    memory_free(meaning->hot_names);
    meaning->place = NULL;
    meaning->hot_names = NULL;
}
