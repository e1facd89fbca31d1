/* symptoms.c - see symptoms.h: one function per symptom, and two tables of them. Packages are Debian's and Ubuntu's. */
#include "cmd/doctor/symptoms.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool found(finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void remedy(finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the problem. Returns true, so that a check can end with it. */
static bool found(finding *f, const char *format, ...) {
    va_list values;
    va_start(values, format);
    (void)vsnprintf(f->problem, FINDING_TEXT, format, values);
    va_end(values);
    return true;
}

static void remedy(finding *f, const char *format, ...) {
    va_list values;
    va_start(values, format);
    (void)vsnprintf(f->remedy, FINDING_TEXT, format, values);
    va_end(values);
}

/* The prefix of a command that only root may run. */
static const char *sudo(void) {
    return geteuid() == 0 ? "" : "sudo ";
}

/* ---- packages ----------------------------------------------------------------------------------------------------- */

enum { PACKAGES_SIZE = 128 };

/* The packages with drivers for the GPUs of this machine, or PoCL, which runs on the processor. */
static const char *packages_for(char text[PACKAGES_SIZE], const doctor_facts *facts) {
    (void)snprintf(text, PACKAGES_SIZE, "%s%s%s", facts->nvidia ? " nvidia-opencl-icd" : "",
                   facts->amd ? " mesa-opencl-icd" : "", facts->intel ? " intel-opencl-icd" : "");
    return text[0] != '\0' ? text + 1 : "pocl-opencl-icd";
}

/* The package of a driver; NULL: not known. */
static const char *package_of(driver_kind kind) {
    switch (kind) {
    case DRIVER_POCL:
        return "pocl-opencl-icd";
    case DRIVER_RUSTICL:
    case DRIVER_CLOVER:
        return "mesa-opencl-icd";
    case DRIVER_NVIDIA:
        return "nvidia-opencl-icd";
    case DRIVER_INTEL:
        return "intel-opencl-icd";
    case DRIVER_AMD:
    case DRIVER_OTHER:
        break;
    }
    return NULL;
}

static const char *gpu_names(const doctor_facts *facts) {
    static const char *const names[] = {"a GPU",
                                        "an NVIDIA GPU",
                                        "an AMD GPU",
                                        "an NVIDIA and an AMD GPU",
                                        "an Intel GPU",
                                        "an NVIDIA and an Intel GPU",
                                        "an AMD and an Intel GPU",
                                        "an NVIDIA, an AMD and an Intel GPU"};
    return names[(facts->nvidia ? 1 : 0) + (facts->amd ? 2 : 0) + (facts->intel ? 4 : 0)];
}

static bool has_kind(const doctor_facts *facts, driver_kind kind) {
    for (int i = 0; i < facts->driver_count; i++)
        if (facts->drivers[i].kind == kind) return true;
    return false;
}

/* ---- of the machine ----------------------------------------------------------------------------------------------- */

static bool built_without_opencl(finding *f, const doctor_facts *facts) {
    static const char says[] = "this clenet was built without OpenCL";
    if (strncmp(facts->reason, says, sizeof says - 1) != 0) return false;
    remedy(f, "%sapt-get install opencl-headers, and then configure and build clenet again", sudo());
    return found(f, "%s", facts->reason);
}

static bool no_loader(finding *f, const doctor_facts *facts) {
    if (facts->loader_error[0] == '\0') return false;
    bool absent = strncmp(facts->loader_error, "no ", 3) == 0;
    remedy(f, "%sapt-get install %socl-icd-libopencl1", sudo(), absent ? "" : "--reinstall ");
    return found(f, "%s", facts->loader_error);
}

static bool no_driver(finding *f, const doctor_facts *facts) {
    char packages[PACKAGES_SIZE];
    if (facts->driver_count > 0 || (facts->nvidia_library[0] != '\0' && !facts->vendors_set)) return false;
    if (facts->vendors_set && facts->system_vendors) {
        remedy(f, "unset OCL_ICD_VENDORS");
    } else {
        remedy(f, "%sapt-get install %s", sudo(), packages_for(packages, facts));
    }
    return found(f, "no OpenCL driver is installed: %s%s has no .icd file",
                 facts->vendors_set ? "OCL_ICD_VENDORS is set, and " : "", facts->vendors);
}

/* An NVIDIA container gets the driver's libraries from the host, but not the file that names them to the loader. */
static bool nvidia_without_icd(finding *f, const doctor_facts *facts) {
    if (facts->nvidia_library[0] == '\0' || has_kind(facts, DRIVER_NVIDIA)) return false;
    const char *folder = facts->vendors;
    remedy(f, "%smkdir -p '%s' && echo libnvidia-opencl.so.1 | %stee '%s/nvidia.icd'", sudo(), folder, sudo(), folder);
    return found(f, "NVIDIA's OpenCL driver is here (%s), but no .icd file in %s names it", facts->nvidia_library,
                 folder);
}

/* There are drivers, but none for the GPU. */
static bool gpu_without_driver(finding *f, const doctor_facts *facts) {
    if (facts->driver_count == 0 || facts->gpus > 0) return false;
    bool mesa = has_kind(facts, DRIVER_RUSTICL);
    doctor_facts without = {.nvidia = facts->nvidia && !mesa && !has_kind(facts, DRIVER_NVIDIA) &&
                                      facts->nvidia_library[0] == '\0',
                            .amd = facts->amd && !mesa && !has_kind(facts, DRIVER_AMD),
                            .intel = facts->intel && !mesa && !has_kind(facts, DRIVER_INTEL)};
    char packages[PACKAGES_SIZE];
    if (!without.nvidia && !without.amd && !without.intel) return false;
    remedy(f, "%sapt-get install %s", sudo(), packages_for(packages, &without));
    return found(f, "this machine has %s, and no OpenCL driver for it", gpu_names(&without));
}

static bool gpu_not_in_container(finding *f, const doctor_facts *facts) {
    if (facts->render_nodes || !(facts->amd || facts->intel)) return false;
    remedy(f, "docker run --device /dev/dri ...");
    return found(f, "this machine has %s, but there is no /dev/dri/renderD*: a container needs access to it",
                 gpu_names(facts));
}

static bool closed_render_node(finding *f, const doctor_facts *facts) {
    if (facts->closed_node[0] == '\0') return false;
    remedy(f, "sudo usermod -aG %s \"$USER\", and then log in again", facts->closed_group);
    return found(f, "you have no permission to open the GPU's %s: it belongs to the group %s", facts->closed_node,
                 facts->closed_group);
}

static bool no_linker_for_pocl(finding *f, const doctor_facts *facts) {
    if (facts->linker || !has_kind(facts, DRIVER_POCL)) return false;
    remedy(f, "%sapt-get install binutils", sudo());
    return found(f, "PoCL links kernels with ld, which is not in PATH: it would abort at the first kernel");
}

static bool drivers_crash_together(finding *f, const doctor_facts *facts) {
    const driver_facts *with_devices = NULL;
    if (facts->crash[0] == '\0') return false;
    for (int i = 0; i < facts->driver_count; i++) {
        if (facts->drivers[i].state == DRIVER_CRASHES) return false; /* that driver's finding is enough */
        if (facts->drivers[i].devices > 0 && with_devices == NULL) with_devices = &facts->drivers[i];
    }
    remedy(f, "mkdir -p ~/one && cp '%s' ~/one && export OCL_ICD_VENDORS=~/one",
           with_devices != NULL ? with_devices->icd : "DRIVER.icd");
    return found(f, "each OpenCL driver can be loaded alone, but all together crash: %s", facts->crash);
}

/* A new version of the driver is checked again automatically. Other repairs cannot be seen from the verdict. */
static bool failed_check(finding *f, const doctor_facts *facts) {
    if (facts->failed_count == 0) return false;
    const failed_device *first = &facts->failed[0];
    remedy(f,
           "rm '%s'/device-*.json, so that the device is checked again, after you have fixed the cause or changed the "
           "driver",
           facts->cache_folder);
    return found(f, "device %s%s failed its check: %s", first->id, facts->failed_count > 1 ? " (and others)" : "",
                 first->failure);
}

typedef bool machine_check(finding *f, const doctor_facts *facts);

static machine_check *const machine_checks[] = {
    no_loader,          no_driver,          nvidia_without_icd,     gpu_without_driver, gpu_not_in_container,
    closed_render_node, no_linker_for_pocl, drivers_crash_together, failed_check,
};

/* ---- of a driver -------------------------------------------------------------------------------------------------- */

/* Advises to unset the variable that chose the driver, and to install the driver's package again, or, if the package is not known,
 * to remove the driver's .icd file. */
static void reinstall(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    const char *package = package_of(driver->kind);
    const char *first =
        facts->vendors_set && facts->system_vendors ? "unset OCL_ICD_VENDORS; if that does not help: " : "";
    if (driver->by_variable) {
        remedy(f, "unset %s", driver->icd);
    } else if (package != NULL) {
        remedy(f, "%s%sapt-get install --reinstall %s", first, sudo(), package);
    } else {
        remedy(f, "%s%smv '%s' '%s.off', or install the driver again", first, sudo(), driver->icd, driver->icd);
    }
}

static bool icd_without_name(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    (void)facts;
    if (driver->state != DRIVER_NAMELESS) return false;
    remedy(f, "%srm '%s'", sudo(), driver->icd);
    return found(f, "%s names no library, or cannot be read", driver->icd);
}

static bool library_missing(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    if (driver->state != DRIVER_MISSING) return false;
    reinstall(f, facts, driver);
    return found(f, "%s names %s, which cannot be loaded: %s", driver->icd, driver->library, driver->detail);
}

static bool driver_crashes(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    if (driver->state != DRIVER_CRASHES) return false;
    reinstall(f, facts, driver);
    return found(f, "the driver of %s (%s) crashes when its devices are listed: %s", driver->icd, driver->library,
                 driver->detail);
}

/* Mesa's Rusticl uses only the drivers that the variable names. Its driver for the processor, llvmpipe, is too slow for training,
 * so without a GPU Rusticl has nothing to offer. */
static bool rusticl_not_enabled(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    bool gpu = facts->amd || facts->intel || facts->nvidia;
    if (driver->kind != DRIVER_RUSTICL || driver->state != DRIVER_LOADS || driver->devices > 0) return false;
    if (!gpu && facts->devices > 0) return false;
    char drivers[PACKAGES_SIZE];
    (void)snprintf(drivers, sizeof drivers, "%s%s%s", facts->amd ? ",radeonsi" : "", facts->intel ? ",iris" : "",
                   facts->nvidia ? ",nouveau" : "");
    if (gpu) {
        remedy(f, "export RUSTICL_ENABLE=%s", drivers + 1);
    } else {
        remedy(f, "%sapt-get install pocl-opencl-icd", sudo());
    }
    if (facts->rusticl_enable[0] != '\0')
        return found(f, "Rusticl (%s) has no device: RUSTICL_ENABLE=%s names no driver that has one", driver->icd,
                     facts->rusticl_enable);
    if (!gpu) return found(f, "Rusticl (%s) has no device: it is for GPUs, and no GPU was found", driver->icd);
    return found(f, "Rusticl (%s) has no device, since RUSTICL_ENABLE is not set", driver->icd);
}

static bool is_pocl_without_devices(const driver_facts *driver) {
    return driver->kind == DRIVER_POCL && driver->devices == 0 &&
           (driver->state == DRIVER_LOADS || driver->state == DRIVER_CRASHES);
}

/* PoCL has no device if POCL_DEVICES names none that it was built with. */
static bool pocl_devices_wrong(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    if (!facts->pocl_devices_set || !is_pocl_without_devices(driver)) return false;
    remedy(f, "unset POCL_DEVICES");
    return found(f, "PoCL (%s) has no device, and POCL_DEVICES='%s' chooses its devices", driver->icd,
                 facts->pocl_devices);
}

/* PoCL has no device if it cannot write the folder that it compiles into. */
static bool pocl_cannot_write(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    if (facts->pocl_cache[0] == '\0' || !is_pocl_without_devices(driver)) return false;
    remedy(f, "export POCL_CACHE_DIR=\"$(mktemp -d)\"");
    return found(f, "PoCL (%s) has no device, since it cannot write its cache folder (%s)", driver->icd,
                 facts->pocl_cache);
}

/* No fault if other platforms have devices: Clover is installed together with Rusticl, and drivers of other GPUs may be
 * installed. */
static bool platform_without_devices(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    if (driver->state != DRIVER_LOADS || driver->devices > 0 || facts->devices > 0) return false;
    char packages[PACKAGES_SIZE];
    /* The GPU's driver finds nothing: the processor remains. */
    const char *own = package_of(driver->kind), *wanted = packages_for(packages, facts);
    if (driver->by_variable || driver->kind == DRIVER_POCL) {
        reinstall(f, facts, driver);
        return found(f, "the driver of %s (%s) finds no device", driver->icd, driver->library);
    }
    if (own != NULL && strstr(wanted, own) != NULL) wanted = "pocl-opencl-icd";
    remedy(f, "%sapt-get install %s", sudo(), wanted);
    return found(f, "the driver of %s (%s) finds no device", driver->icd, driver->library);
}

typedef bool driver_check(finding *f, const doctor_facts *facts, const driver_facts *driver);

static driver_check *const driver_checks[] = {
    icd_without_name, library_missing,     pocl_cannot_write,        pocl_devices_wrong,
    driver_crashes,   rusticl_not_enabled, platform_without_devices,
};

/* ---- all ---------------------------------------------------------------------------------------------------------- */

static int look_at_driver(finding *f, const doctor_facts *facts, const driver_facts *driver) {
    /* Without a loader, it is unknown what a driver that can be loaded would do. */
    if (facts->loader_error[0] != '\0' && driver->state == DRIVER_LOADS) return 0;
    for (size_t i = 0; i < sizeof driver_checks / sizeof driver_checks[0]; i++)
        if (driver_checks[i](f, facts, driver)) return 1; /* later symptoms follow from it */
    return 0;
}

static bool no_device(finding *f, const doctor_facts *facts) {
    if (facts->devices > 0) return false;
    char packages[PACKAGES_SIZE];
    remedy(f, "%sapt-get install %s", sudo(), packages_for(packages, facts));
    return found(f, "there is no OpenCL device: %s", facts->reason);
}

_Static_assert(sizeof machine_checks / sizeof machine_checks[0] + DRIVERS_MOST + 1 <= FINDINGS_MOST,
               "one finding per check of the machine and per driver, and no_device");

int symptoms_find(finding findings[FINDINGS_MOST], const doctor_facts *facts) {
    int count = 0;
    if (built_without_opencl(&findings[0], facts)) return 1; /* no driver was tried */
    for (size_t i = 0; i < sizeof machine_checks / sizeof machine_checks[0]; i++)
        if (machine_checks[i](&findings[count], facts)) count++;
    for (int i = 0; i < facts->driver_count; i++) count += look_at_driver(&findings[count], facts, &facts->drivers[i]);
    if (count == 0 && no_device(&findings[count], facts)) count++;
    return count;
}

bool symptoms_stop_all(const doctor_facts *facts) {
    bool pocl_only = true;
    for (int i = 0; i < facts->driver_count; i++)
        pocl_only = pocl_only && (facts->drivers[i].devices == 0 || facts->drivers[i].kind == DRIVER_POCL);
    return facts->devices == 0 || facts->crash[0] != '\0' || facts->failed_count >= facts->devices ||
           (pocl_only && !facts->linker);
}
