/* inputs.h - what stands behind 'clenet predict MODEL': one file of data, or pictures and folders of them. Which it is
 * is seen from the first bytes. */
#ifndef CLENET_CMD_PREDICT_INPUTS_H
#define CLENET_CMD_PREDICT_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

enum { PREDICT_READY = -1 };

typedef struct predict_inputs {
    const char *data; /* the file of data; NULL: there are pictures */
    char **pictures;  /* [count] paths, "-" for standard input; those of a folder by name */
    size_t count;
} predict_inputs;

/* Sorts the operands out, all of them before anything is read in earnest. Gives PREDICT_READY, or the exit status of what it
 * has said. predict_inputs_free() it, also then. */
int predict_inputs_find(predict_inputs *inputs, const char *const *operands, int count);
void predict_inputs_free(predict_inputs *inputs);

#endif
