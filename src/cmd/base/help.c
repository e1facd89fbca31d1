/* help.c - see help.h. */
#include "cmd/base/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    HELP_SIZE = 512,  /* bytes of a help text */
    HELP_COLUMN = 26, /* column where the help texts begin */
    HELP_WIDTH = 54   /* columns of the help texts */
};

static const char *const headings[GROUPS] = {[GROUP_GENERAL] = "options",   [GROUP_EXPORT_C] = "C source code",
                                             [GROUP_EXPORT_ONNX] = "ONNX",  [GROUP_PICTURES] = "pictures",
                                             [GROUP_DATA] = "data",         [GROUP_NETWORK] = "network",
                                             [GROUP_TRAINING] = "training", [GROUP_RUN] = "run",
                                             [GROUP_DEVICE] = "device",     [GROUP_HELP] = "help"};

/* Prints the text from HELP_COLUMN on; the first line begins at the cursor. */
static void print_wrapped(const char *text) {
    for (int indent = 0; *text != '\0'; indent = HELP_COLUMN) {
        size_t length = strlen(text);
        if (length > HELP_WIDTH)
            for (length = HELP_WIDTH; length > 0 && text[length] != ' ';) length--;
        (void)printf("%*s%.*s\n", indent, "", (int)length, text);
        text += length + (text[length] != '\0');
    }
}

static void print_option(const option_spec *option) {
    char left[64], letter[8] = "    ";
    if (option->letter != '\0') (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    const char *space = option->value == NULL ? "" : option->kind == OPTION_FILE ? " [" : " ";
    (void)snprintf(left, sizeof left, "  %s--%s%s%s%s", letter, option->name, space,
                   option->value != NULL ? option->value : "", option->kind == OPTION_FILE ? "]" : "");
    (void)printf("%-*s", HELP_COLUMN, left);
    if (strlen(left) + 2 > HELP_COLUMN) (void)printf("\n%*s", HELP_COLUMN, "");
    char help[HELP_SIZE], usual[SETTING_TEXT];
    (void)snprintf(help, sizeof help, "%s", option->help);
    if (option->usual != NULL)
        (void)snprintf(help, sizeof help, "%s (default %s)", option->help,
                       setting_text(usual, (setting_kind)option->kind, option->choices, option->usual, SETTING_DIGITS));
    print_wrapped(help);
}

/* Prints the options of the group, if the command has any: those with a topic as one line. */
static void print_group(const command_spec *command, option_group group) {
    const help_topic *topic = NULL;
    bool begun = false;
    for (size_t i = 0; i < options_count(command); i++) {
        const option_spec *option = options_at(command, i);
        if (option->group != group || option->help == NULL) continue;
        if (!begun) (void)printf("\n%s:\n", headings[group]);
        begun = true;
        if (option->topic == NULL)
            print_option(option);
        else
            topic = option->topic;
    }
    if (topic != NULL) (void)printf("  options for %s: clenet help %s\n", topic->mention, topic->name);
}

/* Prints the phrase as a sentence. */
static void print_purpose(const char *purpose) {
    (void)printf("%c%s.\n", toupper((unsigned char)purpose[0]), purpose + 1);
}

void help_print(const command_spec *command) {
    (void)printf("usage: clenet %s%s%s\n\n", command->name, command->synopsis[0] != '\0' ? " " : "", command->synopsis);
    print_purpose(command->purpose);
    (void)printf("\n%s", command->about);
    for (option_group group = 0; group < GROUPS; group++) print_group(command, group);
    if (command->notes != NULL) (void)printf("\n%s", command->notes);
    if (command->print_more != NULL) command->print_more();
}

void help_print_topic(const help_topic *topic) {
    print_purpose(topic->purpose);
    (void)printf("\n%s\noptions:\n", topic->about);
    for (size_t i = 0; i < topic->option_count; i++) print_option(&topic->options[i]);
    if (topic->notes != NULL) (void)printf("\n%s", topic->notes);
}
