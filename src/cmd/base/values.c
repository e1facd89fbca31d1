/* values.c - see values.h. Parsing is strict: the whole text must be one value, within its range. */
#include "cmd/base/values.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool only(const char *text, const char *allowed) {
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static bool store_integer(const option_spec *option, const char *text, int *value) {
    if (!only(text[0] == '-' ? text + 1 : text, "0123456789")) return false;
    errno = 0;
    long number = strtol(text, NULL, 10);
    if (errno != 0 || (double)number < option->low || (double)number > option->high) return false;
    *value = (int)number;
    return true;
}

static bool store_seed(const char *text, uint64_t *value) {
    if (!only(text, "0123456789")) return false;
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno != 0 || number > UINT64_MAX) return false;
    *value = (uint64_t)number;
    return true;
}

static bool store_real(const option_spec *option, const char *text, double *value) {
    if (!only(text, "0123456789.eE+-")) return false; /* no "inf", no "0x1p3", no blanks */
    char *end = NULL;
    double number = strtod(text, &end);
    if (*end != '\0' || !isfinite(number) || number < option->low || number > option->high) return false;
    if (option->below_high && !(number < option->high)) return false;
    *value = number;
    return true;
}

static bool store_pair(const option_spec *option, const char *text, double value[2]) {
    char first[64];
    size_t length = strcspn(text, ",");
    if (text[length] != ',' || length >= sizeof first) return false;
    (void)snprintf(first, sizeof first, "%.*s", (int)length, text);
    double pair[2];
    if (!store_real(option, first, &pair[0]) || !store_real(option, text + length + 1, &pair[1])) return false;
    memcpy(value, pair, sizeof pair);
    return true;
}

static bool store_choice(const option_spec *option, const char *text, int *value) {
    for (int i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(text, option->choices[i]) != 0) continue;
        *value = i;
        return true;
    }
    return false;
}

static void expect_choice(const option_spec *option, char expected[VALUE_EXPECTED_SIZE]) {
    size_t length = (size_t)snprintf(expected, VALUE_EXPECTED_SIZE, "one of");
    for (int i = 0; option->choices[i] != NULL && length < VALUE_EXPECTED_SIZE; i++) {
        length += (size_t)snprintf(expected + length, VALUE_EXPECTED_SIZE - length, "%s %s", i > 0 ? "," : "",
                                   option->choices[i]);
    }
}

static void expect(const option_spec *option, char expected[VALUE_EXPECTED_SIZE]) {
    switch (option->kind) {
    case OPTION_FLAG:
        expected[0] = '\0';
        break;
    case OPTION_TEXT:
    case OPTION_FILE:
        (void)snprintf(expected, VALUE_EXPECTED_SIZE, "a %s", option->value);
        break;
    case OPTION_INTEGER:
        (void)snprintf(expected, VALUE_EXPECTED_SIZE, "a whole number %.0f..%.0f", option->low, option->high);
        break;
    case OPTION_SEED:
        (void)snprintf(expected, VALUE_EXPECTED_SIZE, "a whole number 0..%llu", (unsigned long long)UINT64_MAX);
        break;
    case OPTION_REAL:
        (void)snprintf(expected, VALUE_EXPECTED_SIZE, "a number %g..%g%s", option->low, option->high,
                       option->below_high ? " (below it)" : "");
        break;
    case OPTION_PAIR:
        (void)snprintf(expected, VALUE_EXPECTED_SIZE, "two numbers %g..%g%s with a comma between", option->low,
                       option->high, option->below_high ? " (below it)" : "");
        break;
    case OPTION_CHOICE:
        expect_choice(option, expected);
        break;
    }
}

bool value_store(const option_spec *option, const char *text, void *arguments, char expected[VALUE_EXPECTED_SIZE]) {
    void *value = (char *)arguments + option->offset;
    bool stored = false;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)value = stored = true;
        break;
    case OPTION_TEXT:
        stored = text[0] != '\0';
        if (stored) *(const char **)value = text;
        break;
    case OPTION_FILE:
        *(const char **)value = text;
        stored = true;
        break;
    case OPTION_INTEGER:
        stored = store_integer(option, text, value);
        break;
    case OPTION_SEED:
        stored = store_seed(text, value);
        break;
    case OPTION_REAL:
        stored = store_real(option, text, value);
        break;
    case OPTION_PAIR:
        stored = store_pair(option, text, value);
        break;
    case OPTION_CHOICE:
        stored = store_choice(option, text, value);
        break;
    }
    if (!stored) expect(option, expected);
    return stored;
}
