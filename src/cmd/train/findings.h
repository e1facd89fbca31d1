/* findings.h - what the kept model knows of the images that were held out. */
#ifndef CLENET_CMD_TRAIN_FINDINGS_H
#define CLENET_CMD_TRAIN_FINDINGS_H

#include "cmd/figures/findings.h"

/* The model's answers to these rows [count] of the data set: probabilities [count][classes], the caller's. Errors: those of a
 * predictor. */
clenet_status train_findings_ask(float *probabilities, const clenet_model *model, const clenet_device *device,
                                 const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                 clenet_error *error);

/* Looks over such answers; mistakes name rows of the data set. *found goes with findings_free. */
clenet_status train_findings_of(findings **found, const float *probabilities, const clenet_dataset *dataset,
                                const uint32_t *rows, size_t count, clenet_error *error);

/* Both in one. *found is NULL where count is 0, or where it failed. */
clenet_status train_findings_make(findings **found, const clenet_model *model, const clenet_device *device,
                                  const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                  clenet_error *error);

#endif
