/* record.h - run.json: what a run was started with, and its result.
 *
 * The file is written at the start with a result of null, so that a run that was killed can be told from a finished one, and again
 * at the end. In a folder that holds an earlier run, the first epoch replaces the file, as it replaces the other results. A failure
 * to write it is a warning. docs/runs.md describes its contents. */
#ifndef CLENET_CMD_TRAIN_RECORD_H
#define CLENET_CMD_TRAIN_RECORD_H

#include <jansson.h>

#include "cmd/train/options.h"

enum { TRAIN_RECORD_SCHEMA = 1 };

/* A run that begins; all members are lent. */
typedef struct train_record_start {
    const train_arguments *arguments;
    const char *command; /* the command line */
    const char *data;    /* the path TRAIN */
    const clenet_dataset *dataset;
    const clenet_device *device;
    const clenet_trainer *trainer; /* NULL: several networks, each of which has another split */
} train_record_start;

typedef struct train_record {
    char *path;
    json_t *object; /* NULL before train_record_begin, or if out of memory */
    bool created;   /* this process wrote the file, and there was none before */
    bool written;   /* this process wrote the file */
} train_record;

/* The command line, quoted for a POSIX shell. free() it. NULL if out of memory. */
char *train_record_command(int argc, char **argv);

/* Makes the record, and writes it if the folder has none. */
void train_record_begin(train_record *record, const train_record_start *start);

/* Call it when the first result of the run has been saved: writes the record, unless that was done. */
void train_record_replace(train_record *record);

/* The result of one network. last: its last epoch. images: those of an epoch. The caller must json_decref() it; NULL if out of memory. */
json_t *train_record_result(const clenet_training_result *result, const clenet_epoch *last, size_t images,
                            double seconds);

/* Sets the result, which it takes, with the files that the folder has; and writes the record. */
void train_record_end(train_record *record, const char *folder, json_t *result);

/* Prints the record on standard output, as one line. Returns an exit status. */
int train_record_print(const train_record *record);

/* Removes the file of a run that has saved nothing, if this process created it; and frees. */
void train_record_free(train_record *record, bool saved);

#endif
