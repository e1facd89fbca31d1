/* setting.h - one value that can be set: its kind, its range and its text.
 *
 * The library checks its options with these, and the command its own: both say a range in the same words. */
#ifndef CLENET_LIB_BASE_SETTING_H
#define CLENET_LIB_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

/* The type of the value behind each kind. */
typedef enum setting_kind {
    SETTING_FLAG,    /* bool */
    SETTING_INTEGER, /* int */
    SETTING_SEED,    /* uint64_t */
    SETTING_FLOAT,   /* float */
    SETTING_REAL,    /* double */
    SETTING_CHOICE,  /* an enum: the index of a word */
    SETTING_KINDS
} setting_kind;

/* Of SETTING_INTEGER, SETTING_FLOAT and SETTING_REAL. */
typedef struct setting_range {
    double low, high;
    bool above_low, below_high; /* the range is open at this end: low, or high, is not in it */
} setting_range;

/* The ends of a range in a table, as in {ABOVE(0), TO(3)}. */
#define FROM(x) .low = (x)
#define ABOVE(x) .low = (x), .above_low = true
#define TO(x) .high = (x)
#define BELOW(x) .high = (x), .below_high = true

enum {
    SETTING_TEXT = 48,      /* bytes: room for each value as text */
    SETTING_EXPECTED = 160, /* and for each range in words */
    SETTING_DIGITS = 17     /* from as many decimal digits each double can be read back */
};

/* Whether the value lies in the range; NaN lies in none. */
bool setting_within(const setting_range *range, double value);

/* Whether the value, which is of this kind, may be set. words [NULL ends them]: of SETTING_CHOICE. */
bool setting_valid(setting_kind kind, const setting_range *range, const char *const *words, const void *value);

/* What a value may be: "a whole number 1..65536", "a number above 0, at most 3", "one of best, last". Gives text. */
char *setting_expected(char text[SETTING_EXPECTED], setting_kind kind, const setting_range *range,
                       const char *const *words);

/* The value as text: the shortest decimal that is read back as the same value, but with at most `digits` digits; a word of a
 * choice; "yes" or "no" of a flag. Gives text. */
char *setting_text(char text[SETTING_TEXT], setting_kind kind, const char *const *words, const void *value, int digits);

/* The index of the word, or -1 if words [NULL ends them] do not have it. */
int setting_word(const char *const *words, const char *word);

#endif
