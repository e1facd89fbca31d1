/* options.h - what stands behind 'clenet train': its options, their defaults, and what goes together. */
#ifndef CLENET_CMD_TRAIN_OPTIONS_H
#define CLENET_CMD_TRAIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/base/device_setting.h"
#include "lib/base/training_options.h"

enum { CHECKPOINT_SECONDS_MOST = 1000000, MODELS_MOST = CLENET_MEMBERS_MAX };

typedef struct train_arguments {
    clenet_training_options options; /* without callbacks; weight_decay is below 0 until train_complete_arguments */
    const char *test, *out, *labels;
    const char *arch;       /* a file with the network as text; NULL: LeNet, or that of the run that is taken up */
    const char *resume;     /* a folder; NULL: the run begins anew */
    int recipe;             /* index in train_recipes: what the others are where they are not given */
    double dropout[2];      /* rates of LeNet's two layers; below 0: the network is not LeNet */
    int models;             /* networks, from seeds that follow each other */
    int folds;              /* as many networks, each with another such part held out; 0: models and validation say */
    int checkpoint_seconds; /* between two checkpoints within an epoch */
    int figures;            /* a figure_format */
    device_arguments device;
    bool quiet;

    /* Of one network of several, which is a run of its own in a folder of its own; else 0 and NULL. */
    int member;        /* from 1 */
    const char *whole; /* the folder of the run that has them all */
} train_arguments;

extern const char *const train_recipes[];

/* The defaults, and over them what the recipe sets. recipe: index in train_recipes. */
train_arguments train_recipe_arguments(int recipe);

/* Checks what may not be given together: given is what options_read_given() found. Gives OPTIONS_GO_ON, or the exit status of the
 * error that it has printed. */
int train_check_given(const bool *given);

/* The folder of one network of several, in that of their run: "model-3". Gives name. */
enum { TRAIN_MEMBER_NAME = 32 };
char *train_member_name(char name[TRAIN_MEMBER_NAME], int member);

/* Fills in what has no default of its own, but one by the others. */
void train_complete_arguments(train_arguments *arguments);

/* Wrong together, though each is right alone: gives OPTIONS_GO_ON, or the exit status of what it has said. data: the operand, or
 * where a run that is taken up had its images. */
int train_check_arguments(const train_arguments *arguments, const char *data);

int train_main(int argc, char **argv); /* train.c: the run of train_command */

#endif
