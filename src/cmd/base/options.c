/* options.c - see options.h: getopt_long over a command's table. */
#include "cmd/base/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/help.h"
#include "cmd/base/say.h"

enum { CODE_LONG = 0x100 }; /* the first code of getopt for long options: above every letter */

/* Every command has these after its table. Messages are printed anyway, so --verbose changes nothing and the help leaves it out. */
static const option_spec common_options[OPTIONS_COMMON] = {
    {.name = "help", .letter = 'h', .kind = OPTION_FLAG, .help = "show this help", .group = GROUP_HELP},
    {.name = "version", .letter = 'V', .kind = OPTION_FLAG, .help = "show the version", .group = GROUP_HELP},
    {.name = "verbose", .kind = OPTION_FLAG, .help = NULL, .group = GROUP_HELP},
};

const option_spec *options_at(const command_spec *command, size_t i) {
    return i < command->option_count ? &command->options[i] : &common_options[i - command->option_count];
}

size_t options_count(const command_spec *command) {
    return command->option_count + OPTIONS_COMMON;
}

/* ---- a mistyped word: the edit distance of Damerau and Levenshtein, neighbours swapped at most once ---- */

enum {
    NEAREST_LENGTH = 31, /* letters: longer words are not compared */
    NEAREST_EDITS = 3    /* with more edits it is a different word */
};

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int edits(const char *a, const char *b) {
    size_t rows = strlen(a), columns = strlen(b);
    if (rows > NEAREST_LENGTH || columns > NEAREST_LENGTH) return NEAREST_EDITS + 1;
    int d[NEAREST_LENGTH + 1][NEAREST_LENGTH + 1]; /* [letters of a][letters of b] */
    for (size_t i = 0; i <= rows; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= columns; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = smaller(d[i][j], smaller(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[rows][columns];
}

int nearest_word(const char *typed, const char *const *words, size_t count) {
    int nearest = -1, fewest = NEAREST_EDITS + 1;
    for (size_t i = 0; i < count; i++) {
        int distance = edits(typed, words[i]);
        /* At least half of the letters must be right; otherwise any short word would be close to any other. */
        if (distance < fewest && (size_t)distance * 2 <= strlen(words[i])) {
            fewest = distance;
            nearest = (int)i;
        }
    }
    return nearest;
}

/* ---- one value: the whole text must be one, within its range ---- */

static bool only(const char *text, const char *allowed) {
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

/* Bytes of a value of this kind. */
static size_t value_size(option_kind kind) {
    switch (kind) {
    case OPTION_FLAG:
        return sizeof(bool);
    case OPTION_INTEGER:
    case OPTION_CHOICE:
        return sizeof(int);
    case OPTION_SEED:
        return sizeof(uint64_t);
    case OPTION_FLOAT:
        return sizeof(float);
    case OPTION_REAL:
        return sizeof(double);
    case OPTION_PAIR:
        return 2 * sizeof(double);
    case OPTION_TEXT:
    case OPTION_FILE:
        break;
    }
    return sizeof(const char *);
}

static bool store_integer(const option_spec *option, const char *text, int *value) {
    if (!only(text[0] == '-' ? text + 1 : text, "0123456789")) return false;
    errno = 0;
    long number = strtol(text, NULL, 10);
    if (errno != 0 || !setting_within(&option->range, (double)number)) return false;
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

static bool read_real(const char *text, double *value) {
    if (!only(text, "0123456789.eE+-")) return false; /* no "inf", no "0x1p3", no blanks */
    char *end = NULL;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

static bool store_real(const option_spec *option, const char *text, double *value) {
    double number;
    if (!read_real(text, &number) || !setting_within(&option->range, number)) return false;
    *value = number;
    return true;
}

/* A number is rounded to a float before its range is checked: 0.99999999999 is not below 1. */
static bool store_float(const option_spec *option, const char *text, float *value) {
    double number;
    if (!read_real(text, &number) || !setting_within(&option->range, (double)(float)number)) return false;
    *value = (float)number;
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
    int word = setting_word(option->choices, text);
    if (word >= 0) *value = word;
    return word >= 0;
}

static void expect(const option_spec *option, char expected[SETTING_EXPECTED]) {
    if (option->kind < (option_kind)SETTING_KINDS)
        (void)setting_expected(expected, (setting_kind)option->kind, &option->range, option->choices);
    else if (option->kind == OPTION_PAIR)
        (void)snprintf(expected, SETTING_EXPECTED, "two comma-separated numbers, each at least %g and %s %g",
                       option->range.low, option->range.below_high ? "below" : "at most", option->range.high);
    else
        (void)snprintf(expected, SETTING_EXPECTED, "a %s", option->value);
}

/* Stores text as the option's value in arguments. If it is not a valid value, returns false, stores nothing, and fills expected:
 * "a whole number 1..65536". */
static bool value_store(const option_spec *option, const char *text, void *arguments, char expected[SETTING_EXPECTED]) {
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
    case OPTION_FLOAT:
        stored = store_float(option, text, value);
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

/* ---- the words after a command ---- */

/* The table for getopt_long. A leading '-' makes it return operands in order, so that options may come after them whatever
 * POSIXLY_CORRECT is; ':' stops it from printing messages. */
typedef struct getopt_table {
    char letters[3 + 2 * OPTIONS_MOST];
    struct option longs[2 * OPTIONS_MOST + 1]; /* names and aliases */
} getopt_table;

static getopt_table make_table(const command_spec *command) {
    getopt_table table = {.letters = "-:"};
    struct option *next = table.longs;
    char *letter = table.letters + 2;
    for (size_t i = 0; i < options_count(command); i++) {
        const option_spec *option = options_at(command, i);
        int takes = option->kind == OPTION_FLAG   ? no_argument
                    : option->kind == OPTION_FILE ? optional_argument
                                                  : required_argument;
        *next++ = (struct option){option->name, takes, NULL, CODE_LONG + (int)i};
        if (option->alias != NULL) *next++ = (struct option){option->alias, takes, NULL, CODE_LONG + (int)i};
        if (option->letter == '\0') continue;
        *letter++ = option->letter;
        if (takes == required_argument) *letter++ = ':';
    }
    *letter = '\0';
    return table;
}

/* The option of a code of getopt, by letter or by long name. */
static const option_spec *find_option(const command_spec *command, int code) {
    size_t count = options_count(command);
    if (code >= CODE_LONG)
        return (size_t)(code - CODE_LONG) < count ? options_at(command, (size_t)(code - CODE_LONG)) : NULL;
    for (size_t i = 0; i < count; i++) {
        const option_spec *option = options_at(command, i);
        if (option->letter != '\0' && option->letter == code) return option;
    }
    return NULL;
}

/* Every name of the command's options, and every alias. options[i] is the option of names[i]. Returns how many there are. */
static size_t list_names(const command_spec *command, const char *names[2 * OPTIONS_MOST],
                         const option_spec *options[2 * OPTIONS_MOST]) {
    size_t count = 0;
    for (size_t i = 0; i < options_count(command); i++) {
        const option_spec *option = options_at(command, i);
        const char *const both[] = {option->name, option->alias};
        for (int j = 0; j < 2; j++) {
            if (both[j] == NULL) continue;
            names[count] = both[j];
            options[count++] = option;
        }
    }
    return count;
}

/* The error for a long option that getopt_long does not know, or that is a prefix of several. */
static int unknown_long(const command_spec *command, const char *word) {
    char name[64], list[128] = "";
    const char *names[2 * OPTIONS_MOST];
    const option_spec *options[2 * OPTIONS_MOST];
    size_t count = list_names(command, names, options), alike = 0, length = 0;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (size_t i = 0; i < count; i++) {
        bool alias = names[i] == options[i]->alias;
        if (strncmp(names[i], name, strlen(name)) != 0) continue;
        if (alias && strncmp(options[i]->name, name, strlen(name)) == 0) continue; /* the option is in the list */
        if (length < sizeof list)
            length += (size_t)snprintf(list + length, sizeof list - length, "%s--%s", alike > 0 ? ", " : "",
                                       options[i]->name);
        alike++;
    }
    if (alike > 1)
        return say_wrong_usage(command->name, "option '--%s' is ambiguous: %s%s", name, list,
                               length < sizeof list ? "" : "...");
    int nearest = nearest_word(name, names, count);
    if (nearest < 0) return say_wrong_usage(command->name, "unknown option '--%s'", name);
    return say_wrong_usage(command->name, "unknown option '--%s': did you mean '--%s'?", name, options[nearest]->name);
}

/* The error if getopt_long returned '?' or ':'. */
static int refuse_option(const command_spec *command, int code, char **argv) {
    const option_spec *option = find_option(command, optopt);
    if (code == ':' && option != NULL) {
        return say_wrong_usage(command->name, "--%s needs a value: %s", option->name, option->value);
    }
    if (option != NULL) return say_wrong_usage(command->name, "--%s takes no value", option->name);
    if (optopt > 0 && optopt < CODE_LONG) return say_wrong_usage(command->name, "unknown option '-%c'", optopt);
    return unknown_long(command, argv[optind - 1]);
}

static int store_option(const command_spec *command, const option_spec *option, const char *text, void *arguments) {
    char expected[SETTING_EXPECTED];
    if (option >= common_options && option < common_options + OPTIONS_COMMON) {
        if (option->letter == '\0') return OPTIONS_GO_ON; /* --verbose */
        if (option->letter == 'h') {
            help_print(command);
        } else {
            (void)printf("clenet %s\n", clenet_version());
        }
        return EXIT_DONE;
    }
    if (value_store(option, text, arguments, expected)) return OPTIONS_GO_ON;
    return say_wrong_usage(command->name, "--%s must be %s, not '%s'", option->name, expected, text);
}

/* The value of an option that may have none: the text after '=', or the next word if it has the option's suffix. */
static const char *optional_value(const option_spec *option, int argc, char **argv) {
    if (optarg != NULL) return optarg;
    const char *next = optind < argc ? argv[optind] : "";
    size_t length = strlen(next), suffix = strlen(option->suffix);
    if (length <= suffix || next[0] == '-' || strcmp(next + length - suffix, option->suffix) != 0) return "";
    optind++;
    return next;
}

static int store_operand(const command_spec *command, const char *text, const char *operands[], int *count) {
    if (*count >= command->operands_most) return say_wrong_usage(command->name, "unexpected argument '%s'", text);
    int name = *count < OPERANDS_MOST ? *count : OPERANDS_MOST - 1;
    if (text[0] == '\0') return say_wrong_usage(command->name, "%s is empty", command->operands[name]);
    operands[(*count)++] = text;
    return OPTIONS_GO_ON;
}

int options_read_given(const command_spec *command, int argc, char **argv, void *arguments, bool *given,
                       const char **operands) {
    getopt_table table = make_table(command);
    int count = 0, status = OPTIONS_GO_ON, code;
    for (int i = 0; i < OPERANDS_MOST; i++) operands[i] = NULL;
    opterr = 0;
    optind = 0; /* from the first word */
    for (int i = 0; i < OPTIONS_MOST; i++) given[i] = false;
    while (status == OPTIONS_GO_ON && (code = getopt_long(argc, argv, table.letters, table.longs, NULL)) != -1) {
        if (code == 1) {
            status = store_operand(command, optarg, operands, &count);
        } else if (code == '?' || code == ':') {
            status = refuse_option(command, code, argv);
        } else {
            const option_spec *option = find_option(command, code);
            const char *text = option->kind == OPTION_FILE ? optional_value(option, argc, argv) : optarg;
            status = store_option(command, option, text, arguments);
            if (option >= command->options && option < command->options + command->option_count)
                given[option - command->options] = true;
        }
    }
    while (status == OPTIONS_GO_ON && optind < argc) { /* the words after "--" */
        status = store_operand(command, argv[optind++], operands, &count);
    }
    if (status == OPTIONS_GO_ON && count < command->operands_least) {
        status = say_wrong_usage(command->name, "%s is missing: clenet %s %s", command->operands[count], command->name,
                                 command->synopsis);
    }
    return status;
}

int options_read(const command_spec *command, int argc, char **argv, void *arguments, const char **operands) {
    bool given[OPTIONS_MOST];
    return options_read_given(command, argc, argv, arguments, given, operands);
}

bool options_given(const command_spec *command, const bool *given, const char *name) {
    for (size_t i = 0; i < command->option_count; i++)
        if (strcmp(command->options[i].name, name) == 0) return given[i];
    return false;
}

void options_copy_given(const command_spec *command, void *to, const void *from, const bool *given) {
    for (size_t i = 0; i < command->option_count; i++) {
        const option_spec *option = &command->options[i];
        if (given[i])
            memcpy((char *)to + option->offset, (const char *)from + option->offset, value_size(option->kind));
    }
}
