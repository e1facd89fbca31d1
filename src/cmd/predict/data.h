/* data.h - predicts the rows of a data file. */
#ifndef CLENET_CMD_PREDICT_DATA_H
#define CLENET_CMD_PREDICT_DATA_H

#include <stdbool.h>

#include "clenet/clenet.h"

/* The files of the predictions; a path "-" is standard output, which only one of them may use. */
typedef struct data_answers {
    const char *out;           /* the submission, "ImageId,Label"; NULL: none */
    const char *probabilities; /* "ImageId,Label,p0,p1..."; NULL: none */
    bool json;                 /* one JSON object per row on standard output */
    int top; /* submission and JSON have this many of the most probable classes, with their probabilities; 0: not asked for */
} data_answers;

/* True if standard output gets predictions. */
bool predict_data_prints(const data_answers *answers);

/* Checks that at most one of them uses standard output, and that each file may be written. Returns EXIT_DONE, or the exit status
 * after an error message. */
int predict_data_check(const data_answers *answers);

/* Predicts every row, averaging over `copies` copies (src/cmd/base/tta.h), and writes the predictions as they come: files are
 * complete, or absent. Returns the exit status. */
int predict_data_rows(const clenet_model *model, const clenet_device *device, const clenet_dataset *dataset,
                      const data_answers *answers, int copies);

#endif
