/* export.h - the arguments of clenet export, and the function of each format. */
#ifndef CLENET_CMD_EXPORT_EXPORT_H
#define CLENET_CMD_EXPORT_EXPORT_H

#include "cmd/base/data_options.h"

/* Zero is "not given" for each. */
typedef struct export_arguments {
    const char *out; /* not NULL; it ends as the format's files do, and may be written */
    int format;      /* index in the table of formats */
    const char *prefix;
    bool logits;
    int pixels; /* index in the words of --pixels: bytes, floats */
    bool int8, accept_loss;
    const char *calibrate; /* not NULL if int8 */
    data_arguments read;   /* how to read the calibration data */
} export_arguments;

/* Each writes the model to arguments->out, prints what the user must know, and returns an exit status. */
typedef int export_function(const clenet_model *model, const export_arguments *arguments);
export_function export_to_c, export_to_onnx, export_to_html, export_to_keras, export_to_torch;

/* ---- int8, for export_to_c() ---- */

/* Loads the images of --calibrate; clenet_dataset_free() them. */
int int8_load(clenet_dataset **dataset, const clenet_model *model, const export_arguments *arguments);

/* Says what 8-bit integers change. Fails if they lose more accuracy than is accepted. */
int int8_report(const clenet_export *exported, const clenet_model *model, const export_arguments *arguments);

#endif
