/* data_options.h - the command-line options that say how to read data. */
#ifndef CLENET_CMD_BASE_DATA_OPTIONS_H
#define CLENET_CMD_BASE_DATA_OPTIONS_H

#include "clenet/clenet.h"
#include "cmd/base/help.h"

/* Zero is "not given" for each. */
typedef struct data_arguments {
    const char *labels, *label, *skip, *member;
    double scale;
    bool invert, transpose, color, no_warnings;
    int side;
} data_arguments;

extern const help_topic data_topic; /* clenet help data */

/* The rows of an option table that fill the member "read" of a command's arguments. */
#define DATA_ROW(kind, arguments, member, option, of_value, ...) \
    OPTION_ROW(kind, arguments, read.member, option, of_value, __VA_ARGS__, .group = GROUP_DATA, .topic = &data_topic)
#define DATA_OPTIONS(arguments)                                                                                     \
    DATA_ROW(TEXT, arguments, labels, "labels", "FILE", "file with the labels, if the images are IDX or NumPy"),    \
        DATA_ROW(TEXT, arguments, label, "label", "COLUMN",                                                         \
                 "column of the labels: its name, its number from 1, or none (default: detected)"),                 \
        DATA_ROW(TEXT, arguments, skip, "skip", "COLUMN,...", "columns to ignore (default: detected)"),             \
        DATA_ROW(REAL, arguments, scale, "scale", "X",                                                              \
                 "multiply pixels by X, to get 0..255 (default: 255 if all are 0..1, otherwise 1)",                 \
                 .range = {ABOVE(0), TO(1e9)}),                                                                     \
        DATA_ROW(FLAG, arguments, invert, "invert", NULL, "for dark ink on a light background: use 255 - pixel"),   \
        DATA_ROW(FLAG, arguments, transpose, "transpose", NULL,                                                     \
                 "swap rows and columns of each image; EMNIST needs this"),                                         \
        DATA_ROW(TEXT, arguments, member, "member", "NAME",                                                         \
                 "file in the archive, or array, to read (default: chosen by name)"),                               \
        DATA_ROW(INTEGER, arguments, side, "size", "N", "resize pictures of a folder to N x N pixels (default 28)", \
                 .range = {FROM(1), TO(4096)}),                                                                     \
        DATA_ROW(FLAG, arguments, color, "color", NULL, "keep the colours of a folder's pictures (3 channels)"),    \
        DATA_ROW(FLAG, arguments, no_warnings, "no-warnings", NULL, "do not warn about unusual data")

/* The options of a data set: those of the model, if it is not NULL, and over them what was given by hand. Strings are lent by both. */
clenet_load_options data_options_make(const data_arguments *arguments, const clenet_model *model, clenet_part part,
                                      int threads);

/* Prints a line for each thing that seems wrong with the data, with the option that mends it; nothing with --no-warnings. path: of the
 * data, or "-". model: NULL for none. part: data to train on need images of every class. Returns an exit status. */
int data_options_warn(const data_arguments *arguments, const char *path, const clenet_dataset *dataset,
                      const clenet_model *model, clenet_part part);

#endif
