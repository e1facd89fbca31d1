/* findings.h - evaluates the kept model on the held-out images. */
#ifndef CLENET_CMD_TRAIN_FINDINGS_H
#define CLENET_CMD_TRAIN_FINDINGS_H

#include "cmd/figures/findings.h"

/* Predicts these rows [count] of the data set: probabilities [count][classes] of the caller. Errors: those of a predictor. */
clenet_status train_findings_ask(float *probabilities, const clenet_model *model, const clenet_device *device,
                                 const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                 clenet_error *error);

/* Evaluates such probabilities; mistakes name rows of the data set. Free *found with findings_free. */
clenet_status train_findings_of(findings **found, const float *probabilities, const clenet_dataset *dataset,
                                const uint32_t *rows, size_t count, clenet_error *error);

/* Does both. *found is NULL if count is 0, or after an error. */
clenet_status train_findings_make(findings **found, const clenet_model *model, const clenet_device *device,
                                  const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                  clenet_error *error);

#endif
