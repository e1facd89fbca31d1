/* class_list.c - see class_list.h. */
#include "cmd/base/class_list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* A whole number that fits a long long. */
static bool is_number(const char *text, long long *number) {
    enum { DIGITS_MOST = 18 };
    size_t sign = *text == '-' ? 1 : 0, digits = strspn(text + sign, "0123456789");
    if (digits == 0 || digits > DIGITS_MOST || text[sign + digits] != '\0') return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

static class_list looked_at(class_list list) {
    enum { DIGITS = 10 };
    list.digits = list.count <= DIGITS;
    list.numbers = true;
    for (int i = 0; i < list.count; i++) {
        long long number = -1;
        bool whole = is_number(list.names[i], &number);
        list.numbers = list.numbers && whole;
        list.digits = list.digits && whole && number == i;
    }
    return list;
}

class_list class_list_of_model(const clenet_model *model) {
    class_list list = {.count = 0};
    while (list.count < CLASSES_MOST && clenet_model_class_name(model, list.count) != NULL) {
        list.names[list.count] = clenet_model_class_name(model, list.count);
        list.count++;
    }
    return looked_at(list);
}

class_list class_list_of_dataset(const clenet_dataset *dataset) {
    class_list list = {.count = 0};
    while (list.count < CLASSES_MOST && clenet_dataset_class_name(dataset, list.count) != NULL) {
        list.names[list.count] = clenet_dataset_class_name(dataset, list.count);
        list.count++;
    }
    return looked_at(list);
}

int class_list_find(const class_list *list, const char *name) {
    long long wanted, number;
    bool whole = is_number(name, &wanted);
    for (int i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) return i;
        if (whole && is_number(list->names[i], &number) && number == wanted) return i;
    }
    return -1;
}

const char *class_list_word(const class_list *list, const char *digit, const char *other) {
    return list->digits ? digit : other;
}

/* ---- columns ---- */

typedef struct code_range {
    unsigned first, last;
} code_range;

/* The marks and the wide letters that names of classes are likely to have: those of Unicode's annex 11, in coarse ranges. */
static const code_range marks[] = {{0x300, 0x36f}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0x200b, 0x200f}};
static const code_range wide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},
                                  {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

static bool is_in(const code_range *ranges, size_t count, unsigned code) {
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last) return true;
    return false;
}

/* The bytes of the letter at the text, UTF-8, and its code; a byte that begins no letter counts as one. */
static size_t letter_at(const char *text, unsigned *code) {
    const unsigned char *at = (const unsigned char *)text;
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc0 ? 2 : 1;
    *code = length == 1 ? at[0] : at[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 1;
        *code = *code << 6 | (at[i] & 0x3fU);
    }
    return length;
}

static size_t columns_of(unsigned code) {
    if (is_in(marks, sizeof marks / sizeof marks[0], code)) return 0;
    return is_in(wide, sizeof wide / sizeof wide[0], code) ? 2 : 1;
}

size_t text_columns(const char *text) {
    size_t columns = 0;
    unsigned code;
    for (; *text != '\0'; text += letter_at(text, &code)) {
        (void)letter_at(text, &code);
        columns += columns_of(code);
    }
    return columns;
}

size_t text_fitting(const char *text, size_t columns) {
    size_t used = 0, column = 0, length;
    unsigned code;
    for (; text[used] != '\0'; used += length) {
        length = letter_at(text + used, &code);
        column += columns_of(code);
        if (column > columns) break;
    }
    return used;
}

char *text_cut(char name[CLASS_NAME_SIZE], const char *text, size_t columns) {
    bool whole = text_columns(text) <= columns && strlen(text) < CLASS_NAME_SIZE;
    size_t used = whole || columns == 0 ? strlen(text) : text_fitting(text, columns - 1);
    if (columns == 0) used = 0;
    while (!whole && used > CLASS_NAME_SIZE - sizeof ".") used--; /* of marks, many have no column */
    while (used > 0 && text[used] != '\0' && ((unsigned char)text[used] & 0xc0) == 0x80)
        used--; /* the begin of a letter */
    (void)snprintf(name, CLASS_NAME_SIZE, "%.*s%s", (int)used, text, whole || columns == 0 ? "" : ".");
    for (char *at = name; *at != '\0'; at++)
        if (iscntrl((unsigned char)*at)) *at = '?';
    return name;
}

void text_print(const char *text, int columns) {
    char name[CLASS_NAME_SIZE];
    int room = columns < 0 ? -columns : columns, used = (int)text_columns(text_cut(name, text, (size_t)room));
    int gap = room > used ? room - used : 0;
    (void)printf("%*s%s%*s", columns < 0 ? 0 : gap, "", name, columns < 0 ? gap : 0, "");
}

void text_print_wrapped(const char *text, int column, int indent) {
    enum { COLUMNS = 80 };
    for (; *text != '\0'; column = indent) {
        size_t length = text_fitting(text, column < COLUMNS ? (size_t)(COLUMNS - column) : 1), at = length;
        if (text[length] != '\0') { /* break at the last blank that has room */
            while (at > 0 && text[at] != ' ') at--;
            if (at > 0) length = at;
        }
        for (size_t i = 0; i < length; i++) (void)putchar(iscntrl((unsigned char)text[i]) ? '?' : text[i]);
        text += length + strspn(text + length, " ");
        if (*text != '\0') (void)printf("\n%*s", indent, "");
    }
    (void)putchar('\n');
}
