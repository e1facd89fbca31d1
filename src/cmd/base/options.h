/* options.h - the words after a command: options and operands in any order, each value checked when it is
 * read, and the help written from the same table. */
#ifndef CLENET_CMD_BASE_OPTIONS_H
#define CLENET_CMD_BASE_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* OPERANDS_MANY: of the last operand there may be any number. */
enum { OPERANDS_MOST = 2, OPERANDS_MANY = INT_MAX, OPTIONS_MOST = 64 };

typedef enum option_kind {
    OPTION_FLAG, /* bool: true where given */
    OPTION_TEXT, /* const char *: not empty, lent from argv */
    OPTION_FILE, /* const char *: "" where it is given without a value; else a file: behind '=', or the next word where that
                     * ends in the option's suffix */
    OPTION_INTEGER, /* int, low to high */
    OPTION_SEED,    /* uint64_t */
    OPTION_REAL,    /* double, low to high */
    OPTION_PAIR,    /* double[2], likewise: "0.1,0.3" */
    OPTION_CHOICE   /* int: index of the word in choices */
} option_kind;

typedef struct option_spec {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    option_kind kind;
    size_t offset;              /* of the value in the command's arguments */
    double low, high;           /* of OPTION_INTEGER, OPTION_REAL and OPTION_PAIR */
    bool below_high;            /* high itself is out of range */
    const char *const *choices; /* of OPTION_CHOICE; NULL ends them */
    const char *suffix;         /* of OPTION_FILE: ".json" */
    const char *value;          /* what the help calls the value: "N"; NULL for a flag */
    const char *help;           /* one line or more, with the default */
} option_spec;

typedef struct command_spec {
    const char *name;
    const char *synopsis;                /* the operands and the weightiest options */
    const char *purpose;                 /* one line */
    const char *about;                   /* lines of the help before the options */
    const char *notes;                   /* and after them */
    const char *operands[OPERANDS_MOST]; /* their names; the last is that of all that follow */
    int operands_least, operands_most;
    const option_spec *options;
    size_t option_count;
    bool hidden;                       /* for the command's own use: help does not list it */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; gives the exit status */
} command_spec;

enum { OPTIONS_GO_ON = -1 };

/* Reads argv into the command's arguments (which hold the defaults) and operands (NULL where not given): OPERANDS_MOST of them,
 * or, where the command takes OPERANDS_MANY, OPERANDS_MOST and argc, zeroed.
 * Gives OPTIONS_GO_ON, or the exit status where help or the version was shown, or the usage was wrong and has
 * been said to be. */
int options_read(const command_spec *command, int argc, char **argv, void *arguments, const char **operands);

void options_print_help(const command_spec *command); /* on standard output */

#endif
