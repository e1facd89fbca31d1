/* train.c - clenet train: from a CSV of digits to a folder with a model, its history and a submission.
 *
 * Everything that can be wrong is found before the first epoch. A folder that holds an earlier run keeps it,
 * whole, until the new run's first epoch is done; from then on all that lies there is the new run's. */
#include <stddef.h>

#include "cmd/base/commands.h"
#include "cmd/base/profile_table.h"
#include "cmd/base/say.h"
#include "cmd/train/models.h"
#include "cmd/train/run.h"

/* What counts where a word does not say otherwise: the settings of the run that is taken up, or those of the recipe. */
static int set_out(train_checkpoint *checkpoint, const train_arguments *given, train_arguments *arguments) {
    *arguments = train_default_arguments();
    if (given->resume == NULL) return train_apply_recipe(arguments, given->recipe < 0 ? 0 : given->recipe);
    int status = train_checkpoint_take_up(checkpoint, given->resume, arguments);
    return status == EXIT_DONE ? OPTIONS_GO_ON : status;
}

/* The words are read twice: to see which are there, and then over what counts without them. */
static int read_arguments(train_run *run, int argc, char **argv, train_arguments *arguments) {
    train_arguments given = train_no_arguments();
    const char *operands[OPERANDS_MOST];
    int status = options_read(&train_command, argc, argv, &given, operands);
    if (status == OPTIONS_GO_ON) status = train_check_given(&given);
    if (status == OPTIONS_GO_ON) status = set_out(&run->checkpoint, &given, arguments);
    if (status == OPTIONS_GO_ON) status = options_read(&train_command, argc, argv, arguments, operands);
    if (status != OPTIONS_GO_ON) return status;
    if (arguments->arch != NULL && given.dropout[0] >= 0.0)
        return say_wrong_usage("train", "the file of --arch says its rates: leave --dropout away");
    run->held = train_checkpoint_network(&run->checkpoint, &given);
    run->inputs->data = operands[0] != NULL ? operands[0] : train_checkpoint_data(&run->checkpoint);
    train_complete_arguments(arguments);
    return train_check_arguments(arguments, run->inputs->data);
}

static int train_one(train_run *run) {
    int status = train_run_load(run);
    if (status == EXIT_DONE) status = train_run_ready(run);
    return status == EXIT_DONE ? train_run_learn(run) : status;
}

int train_main(int argc, char **argv) {
    train_arguments arguments;
    train_inputs inputs = {.data = NULL};
    train_run run = {.arguments = &arguments, .inputs = &inputs, .checkpoint = train_checkpoint_none()};
    int status = read_arguments(&run, argc, argv, &arguments);
    if (status == OPTIONS_GO_ON) status = arguments.models > 1 ? train_models(&run) : train_one(&run);
    train_run_free(&run);
    train_inputs_free(&inputs);
    return profile_table_finish(inputs.profile, arguments.device.profile, stdout, status);
}
