/* inputs.h - the data sets that several commands open. Each says why it failed, and gives an exit status. */
#ifndef CLENET_CMD_BASE_INPUTS_H
#define CLENET_CMD_BASE_INPUTS_H

#include "clenet/clenet.h"

/* Images with labels, or with none; labels_path NULL or an IDX file; threads 0: as many as help. clenet_dataset_free() it. */
int inputs_load(clenet_dataset **dataset, const char *path, const char *labels_path, int classes, int threads);
int inputs_load_labelled(clenet_dataset **dataset, const char *path, const char *labels_path, int classes, int threads);

/* How many classes the model tells apart. */
int inputs_model_classes(const clenet_model *model);

#endif
