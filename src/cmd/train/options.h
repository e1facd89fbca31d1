/* options.h - the options of clenet train, with defaults and checks. */
#ifndef CLENET_CMD_TRAIN_OPTIONS_H
#define CLENET_CMD_TRAIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/base/data_options.h"
#include "cmd/base/device_setting.h"
#include "lib/base/training_options.h"

enum { CHECKPOINT_SECONDS_MOST = 1000000, MODELS_MOST = CLENET_MEMBERS_MAX };

typedef struct train_arguments {
    clenet_training_options options; /* without callbacks; weight_decay is below 0 until train_complete_arguments */
    const char *test;
    const char *out;        /* the folder; NULL until train_folder_claim, if it is a numbered one */
    const char *arch;       /* a file with the network as text; NULL: LeNet, or the network of the resumed run */
    const char *from;       /* the model whose weights the run begins with; NULL: initial weights */
    const char *freeze;     /* names of layers, as --freeze has them; NULL: none */
    bool new_head;          /* begin with a new last layer, also if the classes are the model's */
    const char *resume;     /* a folder; NULL: a new run */
    int recipe;             /* index in train_recipes: the preset for options that are not given */
    double dropout[2];      /* rates of LeNet's two layers; below 0: the network is not LeNet */
    int models;             /* networks, with consecutive seeds */
    int folds;              /* this many networks, each with another part held out; 0: models and validation decide */
    int checkpoint_seconds; /* between two checkpoints within an epoch */
    int figures;            /* a figure_format */
    data_arguments read;
    device_arguments device;
    bool overwrite; /* a run in the folder may be replaced */
    bool quiet;
    bool json; /* run.json on standard output, too */

    /* For one network of several, which is a run in a separate folder; otherwise 0 and NULL. */
    int member;        /* from 1 */
    const char *whole; /* the folder of the whole run */
} train_arguments;

extern const char *const train_recipes[];

/* The defaults, and over them what the recipe sets. recipe: index in train_recipes. */
train_arguments train_recipe_arguments(int recipe);

/* Checks what may not be given together: given is what options_read_given() found. Gives OPTIONS_GO_ON, or the exit status of the
 * error that it has printed. */
int train_check_given(const bool *given);

/* The subfolder of one network of several: "model-3". Returns name. */
enum { TRAIN_MEMBER_NAME = 32 };
char *train_member_name(char name[TRAIN_MEMBER_NAME], int member);

/* Fills in options whose default depends on others. */
void train_complete_arguments(train_arguments *arguments);

/* Checks combinations of options: returns OPTIONS_GO_ON, or the exit status after an error message. data: the operand, or the
 * path of the resumed run's images. */
int train_check_arguments(const train_arguments *arguments, const char *data);

int train_main(int argc, char **argv); /* train.c: runs train_command */

#endif
