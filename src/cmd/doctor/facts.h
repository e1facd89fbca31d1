/* facts.h - what clenet doctor finds on this machine: files, rights, environment, and what each OpenCL driver does when it is
 * loaded. No conclusions; symptoms.h draws them. */
#ifndef CLENET_CMD_DOCTOR_FACTS_H
#define CLENET_CMD_DOCTOR_FACTS_H

#include <stdbool.h>

enum { FACT_TEXT = 512, DRIVERS_MOST = 16, FAILED_MOST = 8 };

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
    DRIVER_CRASHES   /* as its devices are listed */
} driver_state;

/* One .icd file. */
typedef struct driver_facts {
    char icd[FACT_TEXT], library[FACT_TEXT];
    driver_kind kind;
    driver_state state;
    char detail[FACT_TEXT]; /* why it cannot be loaded, or how it crashes */
    int devices;            /* that it has, loaded alone */
} driver_facts;

typedef struct failed_device {
    char id[32], failure[FACT_TEXT];
} failed_device;

typedef struct doctor_facts {
    char loader_error[FACT_TEXT]; /* why libOpenCL.so.1 cannot be opened; "" where it can */
    char vendors[FACT_TEXT];      /* where the .icd files are looked for */
    bool vendors_set;             /* by OCL_ICD_VENDORS */
    bool system_vendors;          /* the system's own place has .icd files */
    driver_facts drivers[DRIVERS_MOST];
    int driver_count;

    bool amd, intel, nvidia;        /* GPUs that the kernel knows of */
    bool render_nodes;              /* /dev/dri/renderD* is there */
    char closed_node[FACT_TEXT];    /* the first of them that this user may not open; "" */
    char closed_group[FACT_TEXT];   /* its group */
    char nvidia_library[FACT_TEXT]; /* libnvidia-opencl.so.1, where it is installed; "" */
    bool linker;                    /* ld is in PATH */
    bool pocl_cache_closed;         /* the folder that PoCL compiles into cannot be written */
    char rusticl_enable[FACT_TEXT]; /* the variable; "" where it is not set */

    char crash[FACT_TEXT];             /* how all drivers crash together; "" */
    char reason[FACT_TEXT];            /* why there is no device, as the library says; "" where there is one */
    int devices, gpus;                 /* OpenCL's, of all drivers together */
    char cache_folder[FACT_TEXT];      /* where verdicts are; "" */
    failed_device failed[FAILED_MOST]; /* devices that a remembered check found wrong */
    int failed_count;
} doctor_facts;

/* Gathers them. root goes before each path of the system: "", or a test's folder. cache_folder: where verdicts are, or NULL.
 * False where no process can be had to load drivers in. */
bool facts_gather(doctor_facts *facts, const char *root, const char *cache_folder);

#endif
