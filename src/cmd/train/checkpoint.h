/* checkpoint.h - saves and resumes a run, and locks its folder.
 *
 * checkpoint.safetensors in the folder is the file from which --resume continues. The lock keeps a second run out of the
 * folder. */
#ifndef CLENET_CMD_TRAIN_CHECKPOINT_H
#define CLENET_CMD_TRAIN_CHECKPOINT_H

#include <jansson.h>

#include "cmd/train/options.h"
#include "clenet/clenet.h"

typedef struct train_checkpoint {
    clenet_checkpoint *resume_from; /* the checkpoint to resume from; NULL: a new run */
    json_t *said;                   /* the note of the command that started that run; lent to the arguments */
    char *path;                     /* of the file; NULL before train_checkpoint_begin */
    char *note;                     /* the note for the next --resume */
    double saved;                   /* clock: the last save, or the start of the run */
    int folder;                     /* the folder's descriptor, which holds the lock */
} train_checkpoint;

train_checkpoint train_checkpoint_none(void);

/* Reads the checkpoint of the folder, or that of its first network, if the run is one of several, and copies its settings to the
 * arguments, which borrow its strings. Returns an exit status. */
int train_checkpoint_resume(train_checkpoint *c, const char *folder, train_arguments *arguments);

/* The path TRAIN of the resumed run; NULL if it was standard input, or if there is no such run. */
const char *train_checkpoint_data(const train_checkpoint *c);

/* The network of the run that is resumed, lent: the file of --arch may be gone by now. NULL: there is no such run. */
const clenet_network *train_checkpoint_network(const train_checkpoint *c);

/* Reads the checkpoint of one network of a resumed run of several, if there is one. Returns an exit status. */
int train_checkpoint_continue(train_checkpoint *c, const train_arguments *arguments);

/* True if the folder has the checkpoint of one network of a run of several. */
bool train_checkpoint_is_member(const char *folder);

/* Keeps other runs out of the folder until *descriptor is closed; it is below 0 if the file system has no locks. Returns an exit
 * status. */
int train_checkpoint_lock(int *descriptor, const char *folder);

/* Locks the folder until this process ends, and prepares to write. Returns an exit status. */
int train_checkpoint_begin(train_checkpoint *c, const train_arguments *arguments, const char *data);

/* True if the last checkpoint is older than --checkpoint-seconds. */
bool train_checkpoint_due(const train_checkpoint *c, const train_arguments *arguments);

clenet_status train_checkpoint_save(train_checkpoint *c, clenet_trainer *trainer, clenet_error *error);

void train_checkpoint_free(train_checkpoint *c); /* also unlocks the folder */

#endif
