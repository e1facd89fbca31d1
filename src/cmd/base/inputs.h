/* inputs.h - opens data sets, models and networks for several commands.
 *
 * Each function prints its error, and returns an exit status. */
#ifndef CLENET_CMD_BASE_INPUTS_H
#define CLENET_CMD_BASE_INPUTS_H

#include <stdbool.h>

#include "clenet/clenet.h"

/* Loads images, with labels or without, and prints a line if the file has another form than Kaggle's. clenet_dataset_free() it. */
int inputs_load(clenet_dataset **dataset, const char *path, const clenet_load_options *options);
int inputs_load_labelled(clenet_dataset **dataset, const char *path, const clenet_load_options *options);

/* Loads a model from its file, or from the folder of a run, which has a model.safetensors. clenet_model_free() it. */
int inputs_load_model(clenet_model **model, const char *path);

/* The path of a file in a run's folder, if the path is a folder; otherwise a copy of the path. free() it; NULL: out of memory. */
char *inputs_of_run(const char *path, const char *name);

/* The number of classes of the model. */
int inputs_model_classes(const clenet_model *model);

/* True if the path is that of a network written as text: it ends in ".txt". */
bool network_file_is_text(const char *path);

/* Reads such a network; clenet_network_free() it. Prints "PATH:LINE: what" if the text is wrong. Returns an exit status. */
int network_file_read(clenet_network **network, const char *path);

#endif
