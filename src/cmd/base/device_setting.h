/* device_setting.h - device options of the command line and the environment.
 *
 * The options are those of train, predict and evaluate. The library does not read the environment. */
#ifndef CLENET_CMD_BASE_DEVICE_SETTING_H
#define CLENET_CMD_BASE_DEVICE_SETTING_H

#include "cmd/base/options.h"
#include "clenet/clenet.h"

typedef struct device_arguments {
    const char *spec; /* NULL: CLENET_DEVICE, or if that is not set, "auto" */
    int threads;      /* 0: as many as the process has cores */
    const char *isa;  /* NULL: the best that this machine has */
    int tiles;        /* index in device_tiles */
    bool no_cache;
    int gemm;            /* index in device_gemms */
    const char *profile; /* NULL: none; "": the table; otherwise the table, and a trace in this file */
} device_arguments;

extern const char *const device_gemms[]; /* "auto", "own", "clblast", NULL */
extern const char *const device_tiles[]; /* "auto", "vector", "vector8", "group", "plain", NULL */

/* The rows of an option table that fill the member "device" of a command's arguments. */
#define DEVICE_OPTIONS(arguments)                                                                                     \
    {.name = "device",                                                                                                \
     .kind = OPTION_TEXT,                                                                                             \
     .offset = offsetof(arguments, device.spec),                                                                      \
     .value = "DEVICE",                                                                                               \
     .help = "auto, the fastest; cpu; opencl; gpu; a number as in\nclenet devices; or a part of a name"               \
             "\n(default: $CLENET_DEVICE, or else auto)"},                                                            \
        {.name = "threads",                                                                                           \
         .kind = OPTION_INTEGER,                                                                                      \
         .offset = offsetof(arguments, device.threads),                                                               \
         .range = {FROM(1), TO(1024)},                                                                                \
         .value = "N",                                                                                                \
         .help = "threads of the CPU (default: as many as there are);\nthe results do not depend on it"},             \
        {.name = "isa",                                                                                               \
         .kind = OPTION_TEXT,                                                                                         \
         .offset = offsetof(arguments, device.isa),                                                                   \
         .value = "NAME",                                                                                             \
         .help = "instruction set of the CPU: baseline, avx2 or avx512\n(default: the best that runs here)"},         \
        {.name = "tiles",                                                                                             \
         .kind = OPTION_CHOICE,                                                                                       \
         .offset = offsetof(arguments, device.tiles),                                                                 \
         .choices = device_tiles,                                                                                     \
         .value = "KIND",                                                                                             \
         .help = "variant of the OpenCL kernels: vector and vector8, for CPUs\nwith AVX-512 and without; group, for " \
                 "GPUs; "                                                                                             \
                 "plain, slow and\nsimple (default auto: by the device)"},                                            \
        {.name = "gemm",                                                                                              \
         .kind = OPTION_CHOICE,                                                                                       \
         .offset = offsetof(arguments, device.gemm),                                                                  \
         .choices = device_gemms,                                                                                     \
         .value = "WHAT",                                                                                             \
         .help =                                                                                                      \
             "what multiplies matrices on OpenCL devices: own\nkernels or clblast (default auto: CLBlast on GPUs)"},  \
        {.name = "profile",                                                                                           \
         .kind = OPTION_FILE,                                                                                         \
         .offset = offsetof(arguments, device.profile),                                                               \
         .suffix = ".json",                                                                                           \
         .value = "FILE.json",                                                                                        \
         .help = "print what each kernel took; and write FILE.json, a\ntrace for chrome://tracing or Perfetto"},      \
    {                                                                                                                 \
        .name = "no-cache", .kind = OPTION_FLAG, .offset = offsetof(arguments, device.no_cache),                      \
        .help = "neither use nor keep compiled OpenCL programs and\nwhat is known of the devices"                     \
    }

/* The options for the library, with the memory of those from the environment. device_setting_free() it. */
typedef struct device_setting {
    clenet_device_options options;
    char *cache_folder, *probe_command;
} device_setting;

/* Combines the arguments with CLENET_CACHE_DIR, XDG_CACHE_HOME, HOME and CLENET_KERNEL_DIR. With no_cache, child processes use no
 * cache either. Returns an exit status; if it is not EXIT_DONE, an error was printed. */
int device_setting_make(device_setting *setting, const device_arguments *arguments);
void device_setting_free(device_setting *setting);

#endif
