/* csv_names.c - see csv_names.h. */
#include "lib/data/csv_names.h"

#include <string.h>
#include <strings.h>

#include "lib/base/memory.h"

enum { DIGITS_MOST = 8 /* of a number: all fit in 32 bits */ };

#define COUNT(array) (sizeof(array) / sizeof *(array))

void csv_unquote(const char **text, size_t *length) {
    if (*length < 3 || (*text)[0] != '\'' || (*text)[*length - 1] != '\'') return;
    (*text)++;
    *length -= 2;
}

/* ---- a list of names ----------------------------------------------------------------------------------- */

bool csv_names_add(csv_names *names, const char *name, size_t length) {
    while (length > 0 && (name[0] == ' ' || name[0] == '\t')) name++, length--;
    while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '\t')) length--;
    csv_unquote(&name, &length);
    const char *zero = memchr(name, '\0', length);
    if (zero != NULL) length = (size_t)(zero - name);
    if (!growing_reserve(&names->text, length + 1)) return false;
    memcpy(names->text.bytes + names->text.count, name, length);
    names->text.bytes[names->text.count + length] = '\0';
    names->text.count += length + 1;
    names->count++;
    return true;
}

void csv_names_free(csv_names *names) {
    memory_free(names->text.bytes);
    *names = (csv_names){.count = 0};
}

const char **csv_names_list(const csv_names *names) {
    const char **list = memory_new(names->count + 1, sizeof *list), *name = (const char *)names->text.bytes;
    if (list == NULL) return NULL;
    for (size_t i = 0; i < names->count; name += strlen(name) + 1, i++) list[i] = name;
    return list;
}

bool csv_names_is_empty(const csv_names *names, size_t column) {
    const char *name = (const char *)names->text.bytes;
    if (column >= names->count) return false;
    while (column-- > 0) name += strlen(name) + 1;
    return name[0] == '\0';
}

/* ---- what a name says ---------------------------------------------------------------------------------- */

static bool is_among(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, names[i]) == 0) return true;
    return false;
}

csv_kind csv_name_kind(const char *name, size_t column) {
    static const char *const labels[] = {"label", "labels", "class", "digit", "target", "y"};
    static const char *const likely[] = {"category", "character", "class_label", "class_name", "classes", "classname",
                                         "digits",   "letter",    "number",      "truth",      "y_test",  "y_train"};
    static const char *const rows[] = {"id", "idx", "image_id", "imageid", "index", "row", "row_id", "rowid"};
    static const char unnamed[] = "unnamed: ";
    if (is_among(name, labels, COUNT(labels))) return CSV_KIND_LABEL;
    if (is_among(name, likely, COUNT(likely))) return CSV_KIND_LIKELY_LABEL;
    if (is_among(name, rows, COUNT(rows)) || (column == 0 && name[0] == '\0')) return CSV_KIND_ROW;
    return strncasecmp(name, unnamed, sizeof unnamed - 1) == 0 ? CSV_KIND_ROW : CSV_KIND_PIXEL;
}

/* ---- how a name counts --------------------------------------------------------------------------------- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_separator(char c) {
    return c == '_' || c == '-' || c == '.' || c == ' ';
}

/* Removes digits from the end of name [*length]; *number is their value. False if there are none, or too many. */
static bool cut_number(const char *name, size_t *length, uint32_t *number) {
    size_t begin = *length;
    while (begin > 0 && is_digit(name[begin - 1])) begin--;
    if (begin == *length || *length - begin > DIGITS_MOST) return false;
    *number = 0;
    for (size_t i = begin; i < *length; i++) *number = *number * 10 + (uint32_t)(name[i] - '0');
    *length = begin;
    return true;
}

/* Removes a channel and the separators around it from the end of name [*length], if it is a separate word: returns its number, or -1. */
static int cut_channel(const char *name, size_t *length) {
    static const char *const words[] = {"red", "green", "blue", "r", "g", "b"};
    size_t end = *length;
    while (end > 0 && is_separator(name[end - 1])) end--;
    for (size_t i = 0; i < COUNT(words); i++) {
        size_t size = strlen(words[i]);
        if (end < size || strncasecmp(name + end - size, words[i], size) != 0) continue;
        size_t begin = end - size;
        if (begin > 0 && is_letter(name[begin - 1])) continue;
        while (begin > 0 && is_separator(name[begin - 1])) begin--;
        *length = begin;
        return (int)(i % 3);
    }
    return -1;
}

/* Removes the row in front of a number's place: digits, and an x, c, _ or - behind them. */
static bool cut_row(const char *name, size_t *length, uint32_t *row) {
    size_t before = *length;
    if (before < 2 || strchr("xXcC_-", name[before - 1]) == NULL) return false;
    before--;
    if (!cut_number(name, &before, row)) return false;
    *length = before;
    return true;
}

csv_name_parts csv_name_parse(const char *name, bool channels) {
    csv_name_parts parts = {.prefix = name, .channel = -1};
    size_t length = strlen(name);
    if (channels) parts.channel = cut_channel(name, &length);
    parts.has_number = cut_number(name, &length, &parts.number);
    if (parts.has_number) parts.has_row = cut_row(name, &length, &parts.row);
    if (channels && parts.has_number && parts.channel < 0) parts.channel = cut_channel(name, &length);
    parts.prefix_length = length;
    return parts;
}

bool csv_name_alike(const csv_name_parts *one, const csv_name_parts *other) {
    return one->has_number == other->has_number && one->has_row == other->has_row &&
           (one->channel < 0) == (other->channel < 0) && one->prefix_length == other->prefix_length &&
           strncasecmp(one->prefix, other->prefix, one->prefix_length) == 0;
}
