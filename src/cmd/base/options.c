/* options.c - see options.h: getopt_long over a command's table, and help from the same table. */
#include "cmd/base/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/base/nearest.h"
#include "cmd/base/say.h"
#include "cmd/base/values.h"

enum {
    CODE_LONG = 0x100, /* the first code of getopt for long options: above every letter */
    HELP_COLUMN = 26   /* column where the help texts begin */
};

/* Every command has these two after its table. */
static const option_spec common_options[] = {
    {.name = "help", .letter = 'h', .kind = OPTION_FLAG, .help = "show this help"},
    {.name = "version", .letter = 'V', .kind = OPTION_FLAG, .help = "show the version"},
};
enum { COMMON_COUNT = sizeof common_options / sizeof common_options[0] };

static const option_spec *option_at(const command_spec *command, size_t i) {
    return i < command->option_count ? &command->options[i] : &common_options[i - command->option_count];
}

/* The table for getopt_long. A leading '-' makes it return operands in order, so that options may come after them whatever
 * POSIXLY_CORRECT is; ':' stops it from printing messages. */
typedef struct getopt_table {
    char letters[3 + 2 * OPTIONS_MOST];
    struct option longs[OPTIONS_MOST + 1];
    size_t count;
} getopt_table;

static getopt_table make_table(const command_spec *command) {
    getopt_table table = {.letters = "-:", .count = command->option_count + COMMON_COUNT};
    char *letter = table.letters + 2;
    for (size_t i = 0; i < table.count; i++) {
        const option_spec *option = option_at(command, i);
        int takes = option->kind == OPTION_FLAG   ? no_argument
                    : option->kind == OPTION_FILE ? optional_argument
                                                  : required_argument;
        table.longs[i] = (struct option){option->name, takes, NULL, CODE_LONG + (int)i};
        if (option->letter == '\0') continue;
        *letter++ = option->letter;
        if (takes == required_argument) *letter++ = ':';
    }
    *letter = '\0';
    return table;
}

/* The option of a code of getopt, by letter or by long name. */
static const option_spec *find_option(const command_spec *command, int code) {
    size_t count = command->option_count + COMMON_COUNT;
    if (code >= CODE_LONG)
        return (size_t)(code - CODE_LONG) < count ? option_at(command, (size_t)(code - CODE_LONG)) : NULL;
    for (size_t i = 0; i < count; i++) {
        const option_spec *option = option_at(command, i);
        if (option->letter != '\0' && option->letter == code) return option;
    }
    return NULL;
}

/* The error for a long option that getopt_long does not know, or that is a prefix of several. */
static int unknown_long(const command_spec *command, const char *word) {
    char name[64];
    const char *names[OPTIONS_MOST];
    size_t count = command->option_count + COMMON_COUNT, alike = 0;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (size_t i = 0; i < count; i++) {
        names[i] = option_at(command, i)->name;
        alike += strncmp(names[i], name, strlen(name)) == 0;
    }
    if (alike > 1) return say_wrong_usage(command->name, "option '--%s' may mean several: write more of it", name);
    int nearest = nearest_word(name, names, count);
    if (nearest < 0) return say_wrong_usage(command->name, "unknown option '--%s'", name);
    return say_wrong_usage(command->name, "unknown option '--%s': did you mean '--%s'?", name, names[nearest]);
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
    char expected[VALUE_EXPECTED_SIZE];
    if (option >= common_options && option < common_options + COMMON_COUNT) {
        if (option->letter == 'h') {
            options_print_help(command);
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
    if (*count >= command->operands_most) return say_wrong_usage(command->name, "'%s' is one too many", text);
    int name = *count < OPERANDS_MOST ? *count : OPERANDS_MOST - 1;
    if (text[0] == '\0') return say_wrong_usage(command->name, "%s is empty", command->operands[name]);
    operands[(*count)++] = text;
    return OPTIONS_GO_ON;
}

int options_read(const command_spec *command, int argc, char **argv, void *arguments, const char **operands) {
    getopt_table table = make_table(command);
    int count = 0, status = OPTIONS_GO_ON, code;
    for (int i = 0; i < OPERANDS_MOST; i++) operands[i] = NULL;
    opterr = 0;
    optind = 0; /* from the first word, also if the words are read a second time */
    while (status == OPTIONS_GO_ON && (code = getopt_long(argc, argv, table.letters, table.longs, NULL)) != -1) {
        if (code == 1) {
            status = store_operand(command, optarg, operands, &count);
        } else if (code == '?' || code == ':') {
            status = refuse_option(command, code, argv);
        } else {
            const option_spec *option = find_option(command, code);
            const char *text = option->kind == OPTION_FILE ? optional_value(option, argc, argv) : optarg;
            status = store_option(command, option, text, arguments);
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

static void print_option(const option_spec *option) {
    char left[64], letter[8] = "    ";
    if (option->letter != '\0') (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    const char *space = option->value == NULL ? "" : option->kind == OPTION_FILE ? " [" : " ";
    (void)snprintf(left, sizeof left, "  %s--%s%s%s%s", letter, option->name, space,
                   option->value != NULL ? option->value : "", option->kind == OPTION_FILE ? "]" : "");
    (void)printf("%-*s", HELP_COLUMN, left);
    if (strlen(left) + 2 > HELP_COLUMN) (void)printf("\n%*s", HELP_COLUMN, "");
    for (const char *line = option->help; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        (void)printf("%*s%.*s\n", line == option->help ? 0 : HELP_COLUMN, "", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

void options_print_help(const command_spec *command) {
    (void)printf("usage: clenet %s %s\n%s\n\n%s\noptions:\n", command->name, command->synopsis, command->purpose,
                 command->about);
    for (size_t i = 0; i < command->option_count + COMMON_COUNT; i++) print_option(option_at(command, i));
    if (command->notes != NULL) (void)printf("\n%s", command->notes);
}
