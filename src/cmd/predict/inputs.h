/* inputs.h - the operands of 'clenet predict MODEL': data or pictures.
 *
 * One file of data, or pictures and folders of them. The first bytes tell which. */
#ifndef CLENET_CMD_PREDICT_INPUTS_H
#define CLENET_CMD_PREDICT_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

enum { PREDICT_READY = -1 };

typedef struct predict_inputs {
    const char *data; /* the file of data; NULL if there are pictures */
    char **pictures;  /* [count] paths, "-" for standard input; those in a folder sorted by name */
    size_t count;
} predict_inputs;

/* Sorts the operands before anything is read completely. Returns PREDICT_READY, or the exit status after an error message. Call
 * predict_inputs_free() in both cases. */
int predict_inputs_find(predict_inputs *inputs, const char *const *operands, int count);
void predict_inputs_free(predict_inputs *inputs);

#endif
