/* inputs.h - what several commands open: a device, data sets. Each says why it failed, and gives an exit
 * status. */
#ifndef CLENET_CLI_INPUTS_H
#define CLENET_CLI_INPUTS_H

#include "cli/device_setting.h"
#include "clenet/clenet.h"

/* Says, unless quiet, when the device is checked first. clenet_device_free() it. */
int inputs_open_device(clenet_device **device, const device_arguments *arguments, bool quiet);

/* Images with labels, or with none; labels_path NULL or an IDX file. clenet_dataset_free() it. */
int inputs_load(clenet_dataset **dataset, const char *path, const char *labels_path, int classes);
int inputs_load_labelled(clenet_dataset **dataset, const char *path, const char *labels_path, int classes);

/* How many classes the model tells apart. */
int inputs_model_classes(const clenet_model *model);

#endif
