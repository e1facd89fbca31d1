/* completions.c - clenet completions: completion scripts for shells. */
#include <stdio.h>

#include "cmd/base/commands.h"
#include "cmd/base/say.h"

static int run_completions(int argc, char **argv) {
    const char *operands[OPERANDS_MOST];
    int status = options_read(&completions_command, argc, argv, NULL, operands);
    if (status != OPTIONS_GO_ON) return status;
    return EXIT_DONE;
}

const command_spec completions_command = {
    .name = "completions",
    .synopsis = "SHELL",
    .purpose = "print the completions for a shell",
    .about = "  SHELL  bash, zsh or fish\n",
    .operands = {"SHELL"},
    .operands_least = 1,
    .operands_most = 1,
    .hidden = true,
    .run = run_completions,
};
