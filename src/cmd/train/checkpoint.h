/* checkpoint.h - how a run survives what stops it: checkpoint.safetensors in its folder, from which --resume goes on, and a
 * lock that keeps a second run out of the folder. */
#ifndef CLENET_CMD_TRAIN_CHECKPOINT_H
#define CLENET_CMD_TRAIN_CHECKPOINT_H

#include <jansson.h>

#include "cmd/train/options.h"
#include "clenet/clenet.h"

typedef struct train_checkpoint {
    clenet_checkpoint *taken_up; /* what the run goes on from; NULL: it begins anew */
    json_t *said;                /* with it: the words of the command that began the run, lent to the arguments */
    char *path;                  /* of the file; NULL before train_checkpoint_begin */
    char *note;                  /* what the next --resume wants to find in it */
    double saved;                /* clock: when it was written last, or the run began */
    int folder;                  /* the folder's descriptor, which holds the lock */
} train_checkpoint;

train_checkpoint train_checkpoint_none(void);

/* Reads the checkpoint of the folder, or that of its first network, where the run is one of several, and puts what it says of the run
 * into the arguments, which lend its words. Gives an exit status. */
int train_checkpoint_take_up(train_checkpoint *c, const char *folder, train_arguments *arguments);

/* The path TRAIN of the run that is taken up; NULL where it was standard input, or there is none. */
const char *train_checkpoint_data(const train_checkpoint *c);

/* The network of the run that is resumed, lent: the file of --arch may be gone by now. NULL: there is no such run. */
const clenet_network *train_checkpoint_network(const train_checkpoint *c);

/* One network of several, whose run is taken up: reads its checkpoint, where there is one. Gives an exit status. */
int train_checkpoint_continue(train_checkpoint *c, const train_arguments *arguments);

/* Whether a run left its checkpoint in the folder that was one network of several. */
bool train_checkpoint_is_member(const char *folder);

/* Keeps other runs out of the folder until *descriptor, which is below 0 where the file system has no locks, is closed. Gives an exit
 * status. */
int train_checkpoint_lock(int *descriptor, const char *folder);

/* Keeps other runs out of the folder until this process ends, and gets ready to write. Gives an exit status. */
int train_checkpoint_begin(train_checkpoint *c, const train_arguments *arguments, const char *data);

/* Whether the last one is older than --checkpoint-seconds. */
bool train_checkpoint_due(const train_checkpoint *c, const train_arguments *arguments);

clenet_status train_checkpoint_save(train_checkpoint *c, clenet_trainer *trainer, clenet_error *error);

void train_checkpoint_free(train_checkpoint *c); /* unlocks the folder, too */

#endif
