/* runs.c - clenet runs: lists runs, and compares two. */
#include "cmd/runs/runs.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/run_number.h"
#include "cmd/base/say.h"

typedef struct runs_arguments {
    bool json;
} runs_arguments;

static const option_spec options[] = {
    OPTION_ROW(FLAG, runs_arguments, json, "json", NULL, "print JSON instead of a table"),
};

static int run_runs(int argc, char **argv) {
    runs_arguments arguments = {.json = false};
    const char **operands = calloc((size_t)OPERANDS_MOST + (size_t)argc, sizeof *operands);
    if (operands == NULL) return say_failed("out of memory (the names of the runs)");
    int status = options_read(&runs_command, argc, argv, &arguments, operands);
    if (status == OPTIONS_GO_ON) {
        bool diff = operands[0] != NULL && strcmp(operands[0], "diff") == 0;
        const char *extra = diff ? operands[3] : operands[1];
        if (diff && (operands[1] == NULL || operands[2] == NULL))
            status = say_wrong_usage("runs", "diff needs two runs: clenet runs diff A B");
        else if (extra != NULL)
            status = say_wrong_usage("runs", "unexpected argument '%s'", extra);
        else if (diff)
            status = runs_diff(operands[1], operands[2], arguments.json);
        else
            status = runs_list(operands[0] != NULL ? operands[0] : RUNS_FOLDER, operands[0] == NULL, arguments.json);
    }
    free((void *)operands);
    return status;
}

const command_spec runs_command = {
    .name = "runs",
    .synopsis = "[FOLDER | diff A B] [OPTION]...",
    .purpose = "list the runs of clenet train, or compare two",
    .about = "  FOLDER    the folder with the runs (default runs)\n"
             "  diff A B  compare two runs: numbers within runs, or folders\n\n"
             "Under each run are the settings that differ from the run above it. A run that\n"
             "has no result yet, or was killed, is called unfinished.\n",
    .notes = "examples:\n"
             "  clenet runs\n"
             "  clenet runs diff 3 4\n"
             "  clenet runs diff runs/3 ../other/run\n"
             "  clenet runs --json\n",
    .operand_word = "diff",
    .operands = {"FOLDER", "RUN"},
    .operands_least = 0,
    .operands_most = OPERANDS_MANY,
    OPTION_TABLE(options),
    .run = run_runs,
};
