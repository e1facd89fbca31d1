/* help.h - the help of a command, and of a topic that several commands share. */
#ifndef CLENET_CMD_BASE_HELP_H
#define CLENET_CMD_BASE_HELP_H

#include "cmd/base/options.h"

/* Options of several commands, which have their help here: clenet help NAME. Texts are as in command_spec. */
struct help_topic {
    const char *name;
    const char *purpose;
    const char *about, *notes;
    const char *mention; /* what the options are for, in the help of each command that has them: "labels and scale" */
    const option_spec *options;
    size_t option_count;
};

/* Each prints on standard output, in at most 80 columns if the texts of the command have no longer lines. */
void help_print(const command_spec *command);
void help_print_topic(const help_topic *topic);

#endif
