/* data_options.h - the options of the command line on how data are read. */
#ifndef CLENET_CMD_BASE_DATA_OPTIONS_H
#define CLENET_CMD_BASE_DATA_OPTIONS_H

#include "clenet/clenet.h"
#include "cmd/base/options.h"

/* Zero is "not given" for each. */
typedef struct data_arguments {
    const char *labels, *label, *skip, *member;
    double scale;
    bool invert, transpose, color, no_warnings;
    int side;
} data_arguments;

/* The rows of an option table that fill the member "read" of a command's arguments. */
#define DATA_OPTIONS(arguments)                                                                                        \
    OPTION_ROW(TEXT, arguments, read.labels, "labels", "FILE",                                                         \
               "the file of the labels, if the images are IDX or NumPy"),                                              \
        OPTION_ROW(TEXT, arguments, read.label, "label", "COLUMN",                                                     \
                   "the column of the labels: its name, or its number from 1;\nor none (default: found)"),             \
        OPTION_ROW(TEXT, arguments, read.skip, "skip", "COLUMN,...", "columns that are no pixels (default: found)"),   \
        OPTION_ROW(REAL, arguments, read.scale, "scale", "X",                                                          \
                   "multiply pixels by X to reach 0..255 (default: 255 if all\nare 0..1, else 1)",                     \
                   .range = {ABOVE(0), TO(1e9)}),                                                                      \
        OPTION_ROW(FLAG, arguments, read.invert, "invert", NULL, "the ink is dark: turn each pixel into 255 - pixel"), \
        OPTION_ROW(FLAG, arguments, read.transpose, "transpose", NULL,                                                 \
                   "swap rows and columns of each image, as EMNIST needs"),                                            \
        OPTION_ROW(TEXT, arguments, read.member, "member", "NAME",                                                     \
                   "the file in an archive, or the array, that is read\n(default: found by its name)"),                \
        OPTION_ROW(INTEGER, arguments, read.side, "size", "N",                                                         \
                   "scale pictures of a folder to N x N pixels (default 28)", .range = {FROM(1), TO(4096)}),           \
        OPTION_ROW(FLAG, arguments, read.color, "color", NULL, "keep the colours of a folder's pictures: 3 channels"), \
        OPTION_ROW(FLAG, arguments, read.no_warnings, "no-warnings", NULL, "say nothing of data that look unusual")

/* The options of a data set: those of the model, if it is not NULL, and over them what was given by hand. Strings are lent by both. */
clenet_load_options data_options_make(const data_arguments *arguments, const clenet_model *model, clenet_part part,
                                      int threads);

/* Prints a line for each thing that seems wrong with the data, with the option that mends it; nothing with --no-warnings. path: of the
 * data, or "-". model: NULL for none. part: data to train on need images of every class. Returns an exit status. */
int data_options_warn(const data_arguments *arguments, const char *path, const clenet_dataset *dataset,
                      const clenet_model *model, clenet_part part);

#endif
