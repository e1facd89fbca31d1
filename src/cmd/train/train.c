/* train.c - clenet train: from a CSV to a model and a submission.
 *
 * Every error that can be found before the first epoch is found there. A folder with an earlier run keeps it completely until the
 * new run's first epoch is done; then its files are replaced. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_opening.h"
#include "cmd/base/interrupt.h"
#include "cmd/base/profile_table.h"
#include "cmd/base/say.h"
#include "cmd/train/models.h"
#include "cmd/train/run.h"

/* The arguments before those of the command line: of the run that is resumed, or of the recipe. */
static int begin_arguments(train_checkpoint *checkpoint, const train_arguments *words, train_arguments *arguments) {
    *arguments = train_recipe_arguments(words->recipe);
    if (words->resume == NULL) return OPTIONS_GO_ON;
    int status = train_checkpoint_resume(checkpoint, words->resume, arguments);
    return status == EXIT_DONE ? OPTIONS_GO_ON : status;
}

static int read_arguments(train_run *run, int argc, char **argv, train_arguments *arguments) {
    train_arguments words = train_recipe_arguments(0);
    bool given[OPTIONS_MOST];
    const char *operands[OPERANDS_MOST];
    int status = options_read_given(&train_command, argc, argv, &words, given, operands);
    if (status == OPTIONS_GO_ON) status = train_check_given(given);
    if (status == OPTIONS_GO_ON && train_folder_choose(run->folder, &words.resume) != EXIT_DONE) return EXIT_FAILED;
    if (status == OPTIONS_GO_ON && train_folder_choose(run->folder, &words.out) != EXIT_DONE) return EXIT_FAILED;
    if (status == OPTIONS_GO_ON) status = begin_arguments(&run->checkpoint, &words, arguments);
    if (status != OPTIONS_GO_ON) return status;
    options_copy_given(&train_command, arguments, &words, given);
    bool rates = options_given(&train_command, given, "dropout");
    if (arguments->arch != NULL && rates)
        return say_wrong_usage("train", "the file of --arch has the dropout rates: remove --dropout");
    run->held = rates || words.arch != NULL || words.freeze != NULL ? NULL : train_checkpoint_network(&run->checkpoint);
    run->inputs->data = operands[0] != NULL ? operands[0] : train_checkpoint_data(&run->checkpoint);
    train_complete_arguments(arguments);
    return train_check_arguments(arguments, run->inputs->data);
}

static int train_one(train_run *run) {
    int status = train_run_ready(run);
    return status == EXIT_DONE ? train_run_learn(run) : status;
}

/* Trains once the arguments are right. The folder is refused before the data are read, and made after. */
static int train(train_run *run, train_arguments *arguments) {
    int status = train_folder_check(arguments);
    if (status == EXIT_DONE) status = train_run_load(run);
    if (status == EXIT_DONE) status = train_folder_claim(run->folder, arguments);
    if (status != EXIT_DONE) return status;
    return arguments->models > 1 ? train_models(run) : train_one(run);
}

int train_main(int argc, char **argv) {
    train_arguments arguments = {.quiet = false};
    train_inputs inputs = {.data = NULL};
    train_folder folder = {.path = NULL};
    train_run run = {
        .arguments = &arguments, .inputs = &inputs, .folder = &folder, .checkpoint = train_checkpoint_none()};
    char *command = train_record_command(argc, argv);
    run.command = command;
    int status = read_arguments(&run, argc, argv, &arguments);
    if (status == OPTIONS_GO_ON) status = train(&run, &arguments);
    if ((status == EXIT_DONE || interrupt_signal() != 0) && !arguments.quiet) device_opening_tell(inputs.device);
    train_run_free(&run);
    train_folder_end(&folder);
    train_inputs_free(&inputs);
    free(command);
    return profile_table_finish(inputs.profile, arguments.device.profile, arguments.json ? stderr : stdout, status);
}
