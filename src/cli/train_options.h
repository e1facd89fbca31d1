/* train_options.h - what stands behind 'clenet train': its options, their defaults, and what goes together. */
#ifndef CLENET_CLI_TRAIN_OPTIONS_H
#define CLENET_CLI_TRAIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/device_setting.h"

enum { CHECKPOINT_SECONDS_MOST = 1000000 };

typedef struct train_arguments {
    const char *test, *out, *labels;
    const char *arch;       /* a file with the network as text; NULL: LeNet, or that of the run that is taken up */
    const char *resume;     /* a folder; NULL: the run begins anew */
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
} train_arguments;

extern const char *const train_schedules[];  /* and for each clenet_schedule */
extern const char *const train_augments[];   /* and for each clenet_augment */
extern const char *const train_monitors[];   /* a word for each clenet_monitor */
extern const char *const train_optimizers[]; /* and for each clenet_optimizer */

train_arguments train_default_arguments(void);

/* Fills in what has no default of its own, but one by the others. */
void train_complete_arguments(train_arguments *arguments);

/* Wrong together, though each is right alone: gives OPTIONS_GO_ON, or the exit status of what it has said. data: the operand, or
 * where a run that is taken up had its images. */
int train_check_arguments(const train_arguments *arguments, const char *data);

int train_main(int argc, char **argv); /* train.c: the run of train_command */

#endif
