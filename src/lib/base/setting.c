/* setting.c - see setting.h. */
#include "lib/base/setting.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool setting_within(const setting_range *range, double value) {
    bool low = range->above_low ? value > range->low : value >= range->low;
    return low && (range->below_high ? value < range->high : value <= range->high);
}

static int count_words(const char *const *words) {
    int count = 0;
    while (words[count]) count++;
    return count;
}

static bool is_choice(int value, const char *const *words) {
    return value >= 0 && value < count_words(words);
}

bool setting_valid(setting_kind kind, const setting_range *range, const char *const *words, const void *value) {
    switch (kind) {
    case SETTING_INTEGER:
        return setting_within(range, *(const int *)value);
    case SETTING_FLOAT:
        return setting_within(range, (double)*(const float *)value);
    case SETTING_REAL:
        return setting_within(range, *(const double *)value);
    case SETTING_CHOICE:
        return is_choice(*(const int *)value, words);
    case SETTING_FLAG:
    case SETTING_SEED:
    case SETTING_KINDS:
        break;
    }
    return true;
}

static void expect_word(char text[SETTING_EXPECTED], const char *const *words) {
    size_t length = (size_t)snprintf(text, SETTING_EXPECTED, "one of");
    for (int i = 0; words[i] && length < SETTING_EXPECTED; i++)
        length += (size_t)snprintf(text + length, SETTING_EXPECTED - length, "%s %s", i > 0 ? "," : "", words[i]);
}

static void expect_number(char text[SETTING_EXPECTED], const setting_range *range) {
    if (range->above_low)
        (void)snprintf(text, SETTING_EXPECTED, "a number above %g, %s %g", range->low,
                       range->below_high ? "below" : "at most", range->high);
    else if (range->below_high)
        (void)snprintf(text, SETTING_EXPECTED, "a number at least %g and below %g", range->low, range->high);
    else
        (void)snprintf(text, SETTING_EXPECTED, "a number %g..%g", range->low, range->high);
}

char *setting_expected(char text[SETTING_EXPECTED], setting_kind kind, const setting_range *range,
                       const char *const *words) {
    switch (kind) {
    case SETTING_INTEGER:
        (void)snprintf(text, SETTING_EXPECTED, "a whole number %.0f..%.0f", range->low, range->high);
        break;
    case SETTING_SEED:
        (void)snprintf(text, SETTING_EXPECTED, "a whole number 0..%" PRIu64, UINT64_MAX);
        break;
    case SETTING_FLOAT:
    case SETTING_REAL:
        expect_number(text, range);
        break;
    case SETTING_CHOICE:
        expect_word(text, words);
        break;
    case SETTING_FLAG:
    case SETTING_KINDS:
        (void)snprintf(text, SETTING_EXPECTED, "yes or no");
        break;
    }
    return text;
}

/* single: the value was a float, and text is read back as one. */
static void put_number(char text[SETTING_TEXT], double value, bool single, int digits) {
    for (int i = 1; i <= digits; i++) {
        (void)snprintf(text, SETTING_TEXT, "%.*g", i, value);
        if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) return;
    }
}

char *setting_text(char text[SETTING_TEXT], setting_kind kind, const char *const *words, const void *value,
                   int digits) {
    switch (kind) {
    case SETTING_CHOICE:
        if (is_choice(*(const int *)value, words)) {
            (void)snprintf(text, SETTING_TEXT, "%s", words[*(const int *)value]);
            break;
        } /* else its number */
        /* fall through */
    case SETTING_INTEGER:
        (void)snprintf(text, SETTING_TEXT, "%d", *(const int *)value);
        break;
    case SETTING_SEED:
        (void)snprintf(text, SETTING_TEXT, "%" PRIu64, *(const uint64_t *)value);
        break;
    case SETTING_FLOAT:
        put_number(text, (double)*(const float *)value, true, digits);
        break;
    case SETTING_REAL:
        put_number(text, *(const double *)value, false, digits);
        break;
    case SETTING_FLAG:
    case SETTING_KINDS:
        (void)snprintf(text, SETTING_TEXT, "%s", *(const bool *)value ? "yes" : "no");
        break;
    }
    return text;
}

int setting_word(const char *const *words, const char *word) {
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0) return i;
    return -1;
}
