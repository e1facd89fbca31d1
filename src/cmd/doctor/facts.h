/* facts.h - the facts that clenet doctor collects about this machine.
 *
 * They are files, permissions, environment, and the behaviour of each OpenCL driver when it is loaded. symptoms.h draws the
 * conclusions. */
#ifndef CLENET_CMD_DOCTOR_FACTS_H
#define CLENET_CMD_DOCTOR_FACTS_H

#include <stdbool.h>

#include "lib/base/icd.h"

enum { FACT_TEXT = ICD_TEXT, DRIVERS_MOST = ICD_MOST, FAILED_MOST = 8 };

typedef enum driver_kind {
    DRIVER_OTHER,
    DRIVER_POCL,
    DRIVER_RUSTICL,
    DRIVER_CLOVER,
    DRIVER_NVIDIA,
    DRIVER_INTEL,
    DRIVER_AMD
} driver_kind;

typedef enum driver_state {
    DRIVER_LOADS,
    DRIVER_NAMELESS, /* the .icd file names no library */
    DRIVER_MISSING,  /* the library cannot be loaded */
    DRIVER_CRASHES   /* while its devices are listed */
} driver_state;

/* One .icd file, or a library that a variable names. */
typedef struct driver_facts {
    char icd[FACT_TEXT], library[FACT_TEXT];
    bool by_variable; /* icd is the variable that names the library, not a file */
    driver_kind kind;
    driver_state state;
    char detail[FACT_TEXT]; /* the error when it is loaded, or the crash */
    int devices;            /* devices of this driver, loaded alone */
} driver_facts;

typedef struct failed_device {
    char id[32], failure[FACT_TEXT];
} failed_device;

typedef struct doctor_facts {
    char loader_error[FACT_TEXT]; /* the error when the OpenCL loader is opened; "" if it opens */
    char vendors[FACT_TEXT];      /* the folder of the .icd files */
    bool vendors_set;             /* OCL_ICD_VENDORS is set */
    bool system_vendors;          /* the system's default folder has .icd files */
    driver_facts drivers[DRIVERS_MOST];
    int driver_count;

    bool amd, intel, nvidia;        /* GPUs that the kernel knows of */
    bool render_nodes;              /* /dev/dri/renderD* exists */
    char closed_node[FACT_TEXT];    /* the first render node that this user may not open; "" */
    char closed_group[FACT_TEXT];   /* its group */
    char nvidia_library[FACT_TEXT]; /* path of libnvidia-opencl.so.1 if installed; "" */
    bool linker;                    /* ld is in PATH */
    char pocl_cache[FACT_TEXT];     /* "VARIABLE=FOLDER" that PoCL compiles into, if it cannot be written; "" */
    bool pocl_devices_set;          /* POCL_DEVICES is set */
    char pocl_devices[FACT_TEXT];   /* its value */
    char rusticl_enable[FACT_TEXT]; /* the variable; "" if it is not set */

    char crash[FACT_TEXT];             /* the crash of all drivers loaded together; "" */
    char reason[FACT_TEXT];            /* the library's error if there is no device; "" */
    int devices, gpus;                 /* OpenCL devices of all drivers together */
    char cache_folder[FACT_TEXT];      /* the folder of verdicts; "" */
    failed_device failed[FAILED_MOST]; /* devices that failed an earlier check */
    int failed_count;
} doctor_facts;

/* Collects the facts. root is put before each path of the system: "", or a test's folder. cache_folder: the folder of verdicts,
 * or NULL. Returns false if no child process can be started to load drivers in. */
bool facts_gather(doctor_facts *facts, const char *root, const char *cache_folder);

bool facts_gather_drivers(doctor_facts *facts, const char *root, const char *cache_folder);

#endif
