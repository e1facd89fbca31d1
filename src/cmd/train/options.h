/* options.h - what stands behind 'clenet train': its options, their defaults, and what goes together. */
#ifndef CLENET_CMD_TRAIN_OPTIONS_H
#define CLENET_CMD_TRAIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/base/device_setting.h"

enum { CHECKPOINT_SECONDS_MOST = 1000000, MODELS_MOST = CLENET_MEMBERS_MAX };

typedef struct train_arguments {
    const char *test, *out, *labels;
    const char *arch;       /* a file with the network as text; NULL: LeNet, or that of the run that is taken up */
    const char *resume;     /* a folder; NULL: the run begins anew */
    int recipe;             /* index in train_recipes: what the others are where they are not given */
    double dropout[2];      /* rates of LeNet's two layers; below 0: the network is not LeNet */
    int models;             /* networks, from seeds that follow each other */
    int folds;              /* as many networks, each with another such part held out; 0: models and validation say */
    int checkpoint_seconds; /* between two checkpoints within an epoch */
    int epochs, batch, patience;
    int monitor; /* a clenet_monitor */
    int keep;    /* a clenet_keep */
    double learning_rate, validation;
    int optimizer; /* a clenet_optimizer */
    int schedule;  /* a clenet_schedule */
    double warmup; /* epochs */
    double label_smoothing, weight_average;
    int augment; /* a clenet_augment */
    double augment_strength;
    double weight_decay; /* below 0: the optimizer's own (train_complete_arguments) */
    uint64_t seed;
    int figures; /* a figure_format */
    device_arguments device;
    bool quiet;

    /* Of one network of several, which is a run of its own in a folder of its own; else 0, 0 and NULL. */
    int member; /* from 1 */
    uint64_t split_seed;
    const char *whole; /* the folder of the run that has them all */
} train_arguments;

extern const char *const train_recipes[];

extern const char *const train_schedules[];  /* and for each clenet_schedule */
extern const char *const train_augments[];   /* and for each clenet_augment */
extern const char *const train_monitors[];   /* a word for each clenet_monitor */
extern const char *const train_optimizers[]; /* and for each clenet_optimizer */

train_arguments train_default_arguments(void);

/* Such as tell, when words were read over them, which of these was given: recipe, dropout, models, folds and validation below 0 or
 * 0, arch, out and resume NULL. */
train_arguments train_no_arguments(void);

/* What may not be given together: gives OPTIONS_GO_ON, or the exit status of what it has said. */
int train_check_given(const train_arguments *given);

/* Sets what the recipe says. Gives OPTIONS_GO_ON. */
int train_apply_recipe(train_arguments *arguments, int recipe);

/* The folder of one network of several, in that of their run: "model-3". Gives name. */
enum { TRAIN_MEMBER_NAME = 32 };
char *train_member_name(char name[TRAIN_MEMBER_NAME], int member);

/* Which part of the rows is held out: each network of several has the next one, round and round. */
int train_fold(const train_arguments *arguments);

/* Fills in what has no default of its own, but one by the others. */
void train_complete_arguments(train_arguments *arguments);

/* Wrong together, though each is right alone: gives OPTIONS_GO_ON, or the exit status of what it has said. data: the operand, or
 * where a run that is taken up had its images. */
int train_check_arguments(const train_arguments *arguments, const char *data);

int train_main(int argc, char **argv); /* train.c: the run of train_command */

#endif
