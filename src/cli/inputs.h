/* inputs.h - what several commands open: a device, data sets. Each says why it failed, and gives an exit
 * status. */
#ifndef CLENET_CLI_INPUTS_H
#define CLENET_CLI_INPUTS_H

#include "cli/options.h"
#include "clenet/clenet.h"

typedef struct device_arguments {
    const char *spec; /* NULL: CLENET_DEVICE of the environment, or else "auto" */
    int threads;      /* 0: as many as the process may run on */
    const char *isa;  /* NULL: the best that runs here */
} device_arguments;

/* The rows of an option table that fill the member "device" of a command's arguments. */
#define DEVICE_OPTIONS(arguments)                                                                          \
    {.name = "device",                                                                                     \
     .kind = OPTION_TEXT,                                                                                  \
     .offset = offsetof(arguments, device.spec),                                                           \
     .value = "DEVICE",                                                                                    \
     .help = "auto, the fastest, or cpu (default: $CLENET_DEVICE,\nor else auto)"},                        \
        {.name = "threads",                                                                                \
         .kind = OPTION_INTEGER,                                                                           \
         .offset = offsetof(arguments, device.threads),                                                    \
         .low = 1,                                                                                         \
         .high = 1024,                                                                                     \
         .value = "N",                                                                                     \
         .help = "threads of the CPU (default: as many as there are);\nthe results do not depend on it"},  \
    {                                                                                                      \
        .name = "isa", .kind = OPTION_TEXT, .offset = offsetof(arguments, device.isa), .value = "NAME",    \
        .help = "instruction set of the CPU: baseline, avx2 or avx512\n(default: the best that runs here)" \
    }

/* clenet_device_free() it. */
int inputs_open_device(clenet_device **device, const device_arguments *arguments);

/* Images with labels, or with none; labels_path NULL or an IDX file. clenet_dataset_free() it. */
int inputs_load(clenet_dataset **dataset, const char *path, const char *labels_path, int classes);
int inputs_load_labelled(clenet_dataset **dataset, const char *path, const char *labels_path, int classes);

/* How many classes the model tells apart. */
int inputs_model_classes(const clenet_model *model);

#endif
