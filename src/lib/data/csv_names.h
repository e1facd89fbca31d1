/* csv_names.h - the names of a CSV's columns, and what they say. */
#ifndef CLENET_LIB_DATA_CSV_NAMES_H
#define CLENET_LIB_DATA_CSV_NAMES_H

#include "lib/data/growing.h"

typedef struct csv_names {
    growing text; /* each name with a zero behind it */
    size_t count;
} csv_names;

/* Removes single quotes around a text that has one character at least: OpenML's tables have them. */
void csv_unquote(const char **text, size_t *length);

/* Adds a name without the blanks around it. False if out of memory. */
bool csv_names_add(csv_names *names, const char *name, size_t length);
void csv_names_free(csv_names *names);

/* The names, lent by *names; memory_free() the array. NULL if out of memory. */
const char **csv_names_list(const csv_names *names);

bool csv_names_is_empty(const csv_names *names, size_t column);

/* What a name alone says of its column. */
typedef enum csv_kind {
    CSV_KIND_PIXEL,        /* or anything else */
    CSV_KIND_LABEL,        /* label, labels, class, digit, target, y */
    CSV_KIND_LIKELY_LABEL, /* category, letter ...: if there is no better one */
    CSV_KIND_ROW           /* id, index ..., Unnamed: 0: the number of the row */
} csv_kind;

csv_kind csv_name_kind(const char *name, size_t column);

/* How a name counts: prefix, row, channel, number. */
typedef struct csv_name_parts {
    const char *prefix;
    size_t prefix_length;
    bool has_number, has_row; /* has_row: two numbers, as in 1x28 or pixel_1_28 */
    uint32_t row, number;
    int channel; /* 0 red, 1 green, 2 blue; -1: not given */
} csv_name_parts;

/* channels: an r, g or b (or red, green, blue) before or behind the numbers is a channel: pixel_r0, 1x1_r. */
csv_name_parts csv_name_parse(const char *name, bool channels);

/* True if two names differ in their numbers and channels only. */
bool csv_name_alike(const csv_name_parts *one, const csv_name_parts *other);

#endif
