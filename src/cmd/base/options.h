/* options.h - the table of a command's options, and their parser.
 *
 * Options and operands may come in any order. Each value is checked when it is read. Help (help.h) and completions come from the same
 * table. */
#ifndef CLENET_CMD_BASE_OPTIONS_H
#define CLENET_CMD_BASE_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/setting.h"

/* OPERANDS_MANY: the last operand may be repeated. */
enum {
    OPERANDS_MOST = 2,
    COMMAND_ALIASES = 2,
    OPERANDS_MANY = INT_MAX,
    OPTIONS_MOST = 64,
    OPTIONS_COMMON = 3 /* of all commands: help, version, verbose */
};

/* The groups of options in a help, in the order of the help. */
typedef enum option_group {
    GROUP_GENERAL,  /* of one command */
    GROUP_EXPORT_C, /* of one format of clenet export each */
    GROUP_EXPORT_ONNX,
    GROUP_PICTURES,
    GROUP_DATA,
    GROUP_NETWORK,
    GROUP_TRAINING,
    GROUP_RUN,
    GROUP_DEVICE,
    GROUP_HELP, /* of every command */
    GROUPS
} option_group;

typedef struct help_topic help_topic; /* help.h */

/* The type of the value behind each kind; the first six are those of setting.h. */
typedef enum option_kind {
    OPTION_FLAG = SETTING_FLAG,       /* bool: true if given */
    OPTION_INTEGER = SETTING_INTEGER, /* int */
    OPTION_SEED = SETTING_SEED,       /* uint64_t */
    OPTION_FLOAT = SETTING_FLOAT,     /* float */
    OPTION_REAL = SETTING_REAL,       /* double */
    OPTION_CHOICE = SETTING_CHOICE,   /* int, or an enum: index of the word in choices */
    OPTION_PAIR = SETTING_KINDS,      /* double[2]: "0.1,0.3" */
    OPTION_TEXT,                      /* const char *: not empty, lent from argv */
    OPTION_FILE /* const char *: "" if given without a value; otherwise a file: the text after '=', or the next word if that ends
                 * in the option's suffix */
} option_kind;

typedef struct option_spec {
    const char *name;  /* without the dashes */
    const char *alias; /* another name that is understood, as other programs have it; not in the help; NULL: none */
    char letter;       /* 0: none */
    option_kind kind;
    size_t offset;              /* of the value in the command's arguments */
    setting_range range;        /* of OPTION_INTEGER, OPTION_FLOAT, OPTION_REAL and OPTION_PAIR */
    const char *const *choices; /* of OPTION_CHOICE; of OPTION_TEXT the words that completions offer; NULL ends them */
    const char *suffix;         /* of OPTION_FILE: ".json" */
    const char *value;          /* the name of the value in the help: "N"; NULL for a flag */
    const char *help;           /* a phrase; the help breaks it into lines */
    const void *usual; /* a default that the help adds to it; NULL: none. It is of the kind's type, not OPTION_TEXT */
    option_group group;
    const help_topic *topic; /* it describes the option, and the command's help only names the topic; NULL: none */
} option_spec;

/* A row of a command's table. The type is the struct of its arguments; after the names of the option and of its value follow the
 * help and, by name, the further members. */
#define OPTION_ROW(of_kind, type, member, option, of_value, ...)                                       \
    {                                                                                                  \
        .name = option, .kind = OPTION_##of_kind, .offset = offsetof(type, member), .value = of_value, \
        .help = __VA_ARGS__                                                                            \
    }

typedef struct command_spec {
    const char *name;
    const char *aliases[COMMAND_ALIASES]; /* other names that are understood; not in the help; NULL: none */
    const char *synopsis;                 /* the operands and the most important options */
    const char *purpose;                  /* a phrase that begins with a verb: "predict the digit in each image" */
    const char *about;                    /* lines in the help before the options */
    const char *notes;                    /* lines after the options */
    void (*print_more)(void);             /* prints more lines after the notes; NULL: none */
    const char *operands[OPERANDS_MOST];  /* names of the operands; the last is also that of all further ones */
    int operands_least, operands_most;
    const char *operand_word; /* an operand that is a word, not a file, for completions: "diff"; NULL: none */
    const option_spec *options;
    size_t option_count;
    bool hidden;                       /* for internal use: not listed in the help */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit status */
} command_spec;

/* The table of a command_spec. One with more than OPTIONS_MOST options, those of all commands included, does not compile. */
#define OPTION_TABLE(table) \
    .options = (table),     \
    .option_count =         \
        OPTION_COUNT(table) + 0 * sizeof(char[OPTION_COUNT(table) + OPTIONS_COMMON <= OPTIONS_MOST ? 1 : -1])
#define OPTION_COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { OPTIONS_GO_ON = -1 };

/* Reads argv into the command's arguments (which hold the defaults) and operands (NULL if not given). There are OPERANDS_MOST
 * operands; if the command takes OPERANDS_MANY, OPERANDS_MOST and argc, zeroed. Returns OPTIONS_GO_ON. Otherwise it printed help,
 * the version, or an error of usage, and returns the exit status. */
int options_read(const command_spec *command, int argc, char **argv, void *arguments, const char **operands);

/* The same; given [OPTIONS_MOST] tells by index which options of the command's table were there. */
int options_read_given(const command_spec *command, int argc, char **argv, void *arguments, bool *given,
                       const char **operands);

/* Whether the option of this name was given. */
bool options_given(const command_spec *command, const bool *given, const char *name);

/* Copies the values of the options that were given from one struct of the command's arguments to another. */
void options_copy_given(const command_spec *command, void *to, const void *from, const bool *given);

/* Option i of the command: those of its table, then the OPTIONS_COMMON of all commands. */
const option_spec *options_at(const command_spec *command, size_t i);
size_t options_count(const command_spec *command);

/* The index of the word with the fewest edits (a letter inserted, removed, replaced; two neighbours swapped) from typed; -1 if no
 * word is close enough. */
int nearest_word(const char *typed, const char *const *words, size_t count);

#endif
