/* device_setting.h - device options of the command line and the environment.
 *
 * train, predict, evaluate and bench have these options. The library does not read the environment. */
#ifndef CLENET_CMD_BASE_DEVICE_SETTING_H
#define CLENET_CMD_BASE_DEVICE_SETTING_H

#include "cmd/base/help.h"
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

extern const char *const device_gemms[];                       /* "auto", "own", "clblast", NULL */
extern const char *const device_words[], *const device_isas[]; /* words that --device and --isa take; NULL ends them */
extern const char *const device_tiles[];                       /* "auto", "vector", "vector8", "group", "plain", NULL */

extern const help_topic device_topic; /* clenet help device */

/* The rows of an option table that fill the member "device" of a command's arguments. */
#define DEVICE_ROW(kind, arguments, member, option, of_value, ...) \
    OPTION_ROW(kind, arguments, device.member, option, of_value, __VA_ARGS__, .group = GROUP_DEVICE)
#define DEVICE_OPTIONS(arguments)                                                                                    \
    DEVICE_ROW(TEXT, arguments, spec, "device", "DEVICE",                                                            \
               "auto (the fastest), cpu, gpu, opencl, a number from clenet devices, or part of a device's name "     \
               "(default: $CLENET_DEVICE, or auto)",                                                                 \
               .choices = device_words),                                                                             \
        DEVICE_ROW(INTEGER, arguments, threads, "threads", "N",                                                      \
                   "CPU threads; the results do not depend on N (default: the cores that are worth it)",             \
                   .range = {FROM(1), TO(1024)}, .topic = &device_topic),                                            \
        DEVICE_ROW(TEXT, arguments, isa, "isa", "NAME",                                                              \
                   "CPU instruction set: baseline, avx2 or avx512 (default: the best one of this CPU)",              \
                   .choices = device_isas, .topic = &device_topic),                                                  \
        DEVICE_ROW(CHOICE, arguments, tiles, "tiles", "KIND",                                                        \
                   "variant of the OpenCL kernels: vector (for CPUs with AVX-512), vector8 (for other CPUs), group " \
                   "(for GPUs) or plain (slow and simple) (default auto: by the device)",                            \
                   .choices = device_tiles, .topic = &device_topic),                                                 \
        DEVICE_ROW(CHOICE, arguments, gemm, "gemm", "WHAT",                                                          \
                   "matrix multiplication on OpenCL devices: own (clenet's kernels) or clblast (default auto: "      \
                   "CLBlast on GPUs, if it is faster)",                                                              \
                   .choices = device_gemms, .topic = &device_topic),                                                 \
        DEVICE_ROW(FILE, arguments, profile, "profile", "FILE.json",                                                 \
                   "print the time of each kernel; with FILE.json, also write a trace for chrome://tracing or "      \
                   "Perfetto",                                                                                       \
                   .suffix = ".json", .topic = &device_topic),                                                       \
        DEVICE_ROW(FLAG, arguments, no_cache, "no-cache", NULL,                                                      \
                   "do not read or write the cache of compiled OpenCL programs and device checks",                   \
                   .topic = &device_topic)

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
