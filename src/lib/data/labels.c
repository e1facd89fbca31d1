/* labels.c - see labels.h. */
#include "lib/data/labels.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/class_names.h"

enum { DIGITS_MOST = 18 }; /* of a number that is compared as one: it fits a long long */

/* ---- collecting ------------------------------------------------------------------------------------------ */

static clenet_status add(label_set *set, unsigned code, clenet_error *error) {
    uint16_t stored = (uint16_t)code;
    if (!growing_reserve(&set->codes, sizeof stored))
        return error_memory(error, set->codes.count + sizeof stored, "the labels of a file");
    memcpy(set->codes.bytes + set->codes.count, &stored, sizeof stored);
    set->codes.count += sizeof stored;
    return CLENET_OK;
}

static size_t rows_of(const label_set *set) {
    return set->codes.count / sizeof(uint16_t);
}

static unsigned code_of(const label_set *set, size_t row) {
    uint16_t code;
    memcpy(&code, set->codes.bytes + row * sizeof code, sizeof code);
    return code;
}

static const char *text_of(const label_set *set, size_t i) {
    return (const char *)set->texts.bytes + i * LABEL_BYTES;
}

/* Adds a text that is in its shortest form. */
static clenet_status add_text(label_set *set, const char *text, clenet_error *error) {
    size_t i = 0;
    while (i < set->text_count && strcmp(text_of(set, i), text) != 0) i++;
    if (i == CLASSES_AT_MOST)
        return error_set(error, CLENET_ERROR_FORMAT,
                         "there are more than %d different labels: is this the column of the labels?", CLASSES_AT_MOST);
    if (i == set->text_count) {
        json_t *probe = json_string(text); /* a model keeps it as JSON */
        json_decref(probe);
        if (probe == NULL)
            return error_set(error, CLENET_ERROR_FORMAT, "the label is not UTF-8: convert the file with iconv");
        if (!growing_reserve(&set->texts, LABEL_BYTES))
            return error_memory(error, set->texts.count + LABEL_BYTES, "the labels of a file");
        memset(set->texts.bytes + set->texts.count, 0, LABEL_BYTES);
        memcpy(set->texts.bytes + set->texts.count, text, strlen(text));
        set->texts.count += LABEL_BYTES;
        set->text_row[i] = (uint32_t)(rows_of(set) + 1);
        set->text_count++;
    }
    return add(set, LABEL_NUMBERS + (unsigned)i, error);
}

clenet_status labels_number(label_set *set, long number, clenet_error *error) {
    char text[LABEL_BYTES];
    if (number >= 0 && number < LABEL_NUMBERS) {
        if (set->number_row[number] == 0) set->number_row[number] = (uint32_t)(rows_of(set) + 1);
        return add(set, (unsigned)number, error);
    }
    (void)snprintf(text, sizeof text, "%ld", number);
    return add_text(set, text, error);
}

/* A whole number of at most DIGITS_MOST digits, with a sign or not. */
static bool is_number(const char *text, long long *number) {
    size_t sign = *text == '-' || *text == '+' ? 1 : 0, digits = strspn(text + sign, "0123456789");
    if (digits == 0 || digits > DIGITS_MOST || text[sign + digits] != '\0') return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

clenet_status labels_text(label_set *set, const char *text, size_t length, clenet_error *error) {
    char label[LABEL_BYTES] = "";
    long long number;
    while (length > 0 && (*text == ' ' || *text == '\t')) text++, length--;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
    if (length == 0) return error_set(error, CLENET_ERROR_FORMAT, "the label is empty");
    if (length >= LABEL_BYTES)
        return error_set(error, CLENET_ERROR_FORMAT, "the label has %zu bytes; at most %d can be kept", length,
                         LABEL_BYTES - 1);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return error_set(error, CLENET_ERROR_FORMAT,
                             "the label has a control character: the file is damaged, "
                             "or this is not the column of the labels");
    memcpy(label, text, length);
    if (!is_number(label, &number)) return add_text(set, label, error);
    if (number >= 0 && number < LABEL_NUMBERS) return labels_number(set, (long)number, error);
    (void)snprintf(label, sizeof label, "%lld", number);
    return add_text(set, label, error);
}

/* ---- classes --------------------------------------------------------------------------------------------- */

/* A label that occurs. */
typedef struct label_seen {
    unsigned code;
    uint32_t row; /* the first, from 1 */
    bool whole;
    long long number;
    char text[LABEL_BYTES];
} label_seen;

/* Numbers in their order, then texts in theirs. */
static int by_label(const void *one, const void *other) {
    const label_seen *a = one, *b = other;
    if (a->whole != b->whole) return a->whole ? -1 : 1;
    if (a->whole) return a->number < b->number ? -1 : a->number > b->number;
    return strcmp(a->text, b->text);
}

/* Lists what occurs, sorted; seen [LABEL_NUMBERS + CLASSES_AT_MOST]. Returns the count. */
static size_t list(const label_set *set, label_seen *seen) {
    size_t count = 0;
    for (unsigned i = 0; i < LABEL_NUMBERS; i++) {
        if (set->number_row[i] == 0) continue;
        seen[count] = (label_seen){.code = i, .row = set->number_row[i], .whole = true, .number = i};
        (void)snprintf(seen[count++].text, LABEL_BYTES, "%u", i);
    }
    for (unsigned i = 0; i < set->text_count; i++) {
        seen[count] = (label_seen){.code = LABEL_NUMBERS + i, .row = set->text_row[i]};
        memcpy(seen[count].text, text_of(set, i), LABEL_BYTES);
        seen[count].whole = is_number(seen[count].text, &seen[count].number);
        count++;
    }
    qsort(seen, count, sizeof *seen, by_label);
    return count;
}

/* The number of classes if whole numbers from 0 or 1 are all numbers up to the largest; *first gets the smallest. Otherwise 0. */
static size_t run_of_numbers(const label_seen *seen, size_t count, long long *first) {
    if (!seen[0].whole || !seen[count - 1].whole || seen[0].number < 0) return 0;
    long long from = seen[0].number > 1 ? 0 : seen[0].number, last = seen[count - 1].number;
    if (last >= LABEL_NUMBERS + from || 2 * (long long)count < last - from + 1) return 0;
    *first = from;
    return (size_t)(last - from + 1);
}

/* The index of the name that is this label; count: there is none. */
static size_t place_of(const label_seen *label, const char *const *names, size_t count) {
    long long number;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], label->text) == 0) return i;
        if (label->whole && is_number(names[i], &number) && number == label->number) return i;
    }
    return count;
}

typedef struct label_plan {
    label_seen seen[LABEL_NUMBERS + CLASSES_AT_MOST];
    size_t count;                               /* of seen */
    const char *names[CLASSES_AT_MOST];         /* [classes], lent; or all "0", "1" ... */
    char numbers[CLASSES_AT_MOST][LABEL_BYTES]; /* what names may point to */
    size_t classes;
    uint8_t class_of[LABEL_NUMBERS + CLASSES_AT_MOST]; /* by code */
} label_plan;

static void name_numbers(label_plan *plan, long long first, size_t classes) {
    plan->classes = classes;
    for (size_t i = 0; i < classes; i++) {
        (void)snprintf(plan->numbers[i], LABEL_BYTES, "%lld", first + (long long)i);
        plan->names[i] = plan->numbers[i];
    }
}

/* Chooses the names. */
static clenet_status name_classes(label_plan *plan, int classes, const char *const *class_names, const char *name,
                                  clenet_error *error) {
    long long first = 0;
    if (class_names != NULL) {
        plan->classes = (size_t)classes;
        for (size_t i = 0; i < plan->classes; i++) plan->names[i] = class_names[i];
        return CLENET_OK;
    }
    if (classes > 0) {
        name_numbers(plan, 0, (size_t)classes);
        return CLENET_OK;
    }
    size_t run = run_of_numbers(plan->seen, plan->count, &first);
    if (run > 0 && run <= CLASSES_AT_MOST) {
        name_numbers(plan, first, run);
        return CLENET_OK;
    }
    if (plan->count > CLASSES_AT_MOST)
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: there are %zu different labels; at most %d can be learned: is another column the label?",
                         name, plan->count, CLASSES_AT_MOST);
    plan->classes = plan->count;
    for (size_t i = 0; i < plan->count; i++) plan->names[i] = plan->seen[i].text;
    return CLENET_OK;
}

/* Finds the class of each label that occurs. */
static clenet_status place_labels(label_plan *plan, const char *name, clenet_error *error) {
    const char *const *names = plan->names;
    for (size_t i = 0; i < plan->count; i++) {
        const label_seen *label = &plan->seen[i];
        size_t place = place_of(label, names, plan->classes);
        if (place == plan->classes)
            return error_set(error, CLENET_ERROR_FORMAT,
                             "%s: the label '%s' of row %lu is not one of the %zu classes %s to %s", name, label->text,
                             (unsigned long)label->row, plan->classes, names[0], names[plan->classes - 1]);
        plan->class_of[label->code] = (uint8_t)place;
    }
    return CLENET_OK;
}

static clenet_status give(const label_set *set, const label_plan *plan, clenet_dataset *dataset, clenet_error *error) {
    size_t rows = rows_of(set);
    uint8_t *labels = memory_resize(NULL, rows, 1);
    char **names = class_names_new(plan->names, plan->classes);
    if (labels == NULL || names == NULL) {
        memory_free(labels);
        memory_free(names);
        return error_memory(error, rows, "the labels of a file");
    }
    for (size_t row = 0; row < rows; row++) labels[row] = plan->class_of[code_of(set, row)];
    dataset->labels = labels;
    dataset->classes = (int)plan->classes;
    memory_free(dataset->class_names);
    dataset->class_names = names;
    return CLENET_OK;
}

clenet_status labels_finish(label_set *set, clenet_dataset *dataset, int classes, const char *const *class_names,
                            const char *name, clenet_error *error) {
    label_plan *plan = memory_new(1, sizeof *plan);
    clenet_status status = plan == NULL ? error_memory(error, sizeof *plan, "the classes of a file") : CLENET_OK;
    if (status == CLENET_OK) {
        plan->count = list(set, plan->seen);
        if (plan->count == 0) status = error_set(error, CLENET_ERROR_FORMAT, "%s: there is no label", name);
    }
    if (status == CLENET_OK) status = name_classes(plan, classes, class_names, name, error);
    if (status == CLENET_OK) status = place_labels(plan, name, error);
    if (status == CLENET_OK) status = give(set, plan, dataset, error);
    memory_free(plan);
    labels_free(set);
    return status;
}

void labels_free(label_set *set) {
    memory_free(set->codes.bytes);
    memory_free(set->texts.bytes);
    *set = (label_set){.text_count = 0};
}
