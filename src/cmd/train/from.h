/* from.h - a run that begins with the weights of a model: --from, --freeze and --new-head. */
#ifndef CLENET_CMD_TRAIN_FROM_H
#define CLENET_CMD_TRAIN_FROM_H

#include "cmd/train/options.h"

typedef struct train_from {
    clenet_model *model;        /* NULL: the run begins with initial weights */
    clenet_network *arch;       /* of --arch; NULL without it */
    const clenet_network *base; /* the network: lent by the resumed run, arch or the model */
    bool new_head;              /* the last layer has initial weights: the classes differ, or --new-head */
} train_from;

/* Each returns an exit status; if it is not EXIT_DONE, an error was printed. */

/* Loads the model, and checks that each network of the run begins with one of its networks. held: the network of the resumed run, or
 * NULL. */
int train_from_load(train_from *from, const train_arguments *arguments, const clenet_network *held);

/* Sets what the model says about pictures in a folder, unless an option does. */
void train_from_pictures(const train_from *from, const train_arguments *arguments, clenet_load_options *options);

/* Compares the data set with the model: image size and classes. If its classes are some of the model's, it is read once more, with
 * the model's labels. */
int train_from_fit(train_from *from, const train_arguments *arguments, clenet_dataset **dataset, const char *path,
                   const clenet_load_options *options);

/* The network, with frozen layers, for `classes` classes. clenet_network_free() it. */
int train_from_network(clenet_network **network, const train_from *from, const train_arguments *arguments, int classes);

/* The model of one network of the run. */
int train_from_model(clenet_model **model, const train_from *from, const train_arguments *arguments,
                     const clenet_dataset *dataset);

/* Prints what the run begins with. */
void train_from_say(const train_from *from, const train_arguments *arguments, const clenet_model *model);

/* Prints a warning if images that are held out were training images of the model: rows [count]. */
void train_from_warn(const train_from *from, const train_arguments *arguments, const clenet_dataset *dataset,
                     const uint32_t *rows, size_t count);

void train_from_free(train_from *from);

#endif
