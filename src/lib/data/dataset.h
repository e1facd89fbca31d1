/* dataset.h - the members of a data set, inside the library. */
#ifndef CLENET_LIB_DATA_DATASET_H
#define CLENET_LIB_DATA_DATASET_H

#include "lib/base/status.h"
#include "lib/data/data_form.h"

struct clenet_dataset {
    size_t rows; /* at most UINT32_MAX */
    int height, width, channels, classes;
    uint8_t *images;    /* [rows][height][width][channels] */
    uint8_t *labels;    /* [rows], each below classes; NULL without labels */
    char *reading;      /* how the file was read, if its form is not the usual one; or NULL */
    char **class_names; /* [classes], one block */
    data_form form;     /* how the file was read, by hand */
};

#endif
