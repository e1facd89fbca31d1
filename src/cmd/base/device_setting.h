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
#define DEVICE_OPTIONS(arguments)                                                                                  \
    OPTION_ROW(TEXT, arguments, device.spec, "device", "DEVICE",                                                   \
               "auto, the fastest; cpu; opencl; gpu; a number as in\nclenet devices; or a part of a name"          \
               "\n(default: $CLENET_DEVICE, or else auto)"),                                                       \
        OPTION_ROW(INTEGER, arguments, device.threads, "threads", "N",                                             \
                   "threads of the CPU (default: as many as there are);\nthe results do not depend on it",         \
                   .range = {FROM(1), TO(1024)}),                                                                  \
        OPTION_ROW(TEXT, arguments, device.isa, "isa", "NAME",                                                     \
                   "instruction set of the CPU: baseline, avx2 or avx512\n(default: the best that runs here)"),    \
        OPTION_ROW(                                                                                                \
            CHOICE, arguments, device.tiles, "tiles", "KIND",                                                      \
            "variant of the OpenCL kernels: vector and vector8, for CPUs\nwith AVX-512 and without; group, for "   \
            "GPUs; plain, slow and\nsimple (default auto: by the device)",                                         \
            .choices = device_tiles),                                                                              \
        OPTION_ROW(                                                                                                \
            CHOICE, arguments, device.gemm, "gemm", "WHAT",                                                        \
            "what multiplies matrices on OpenCL devices: own\nkernels or clblast (default auto: CLBlast on GPUs)", \
            .choices = device_gemms),                                                                              \
        OPTION_ROW(FILE, arguments, device.profile, "profile", "FILE.json",                                        \
                   "print what each kernel took; and write FILE.json, a\ntrace for chrome://tracing or Perfetto",  \
                   .suffix = ".json"),                                                                             \
        OPTION_ROW(FLAG, arguments, device.no_cache, "no-cache", NULL,                                             \
                   "neither use nor keep compiled OpenCL programs and\nwhat is known of the devices")

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
