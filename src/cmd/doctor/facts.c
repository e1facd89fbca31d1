/* facts.c - facts_gather() of facts.h, without the drivers (facts_drivers.c). */
#include "cmd/doctor/facts.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- GPUs --------------------------------------------------------------------------------------------------------- */

/* The PCI number in a file such as /sys/class/drm/card0/device/vendor; 0 if there is no such file. */
static unsigned long read_vendor(const char *path) {
    char text[32] = "";
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    if (fgets(text, sizeof text, file) == NULL) text[0] = '\0';
    (void)fclose(file);
    return strtoul(text, NULL, 16);
}

/* Calls see(facts, path) for each path below root that the pattern matches. */
static void each_match(doctor_facts *facts, const char *root, const char *pattern,
                       void (*see)(doctor_facts *facts, const char *path)) {
    char whole[FACT_TEXT];
    glob_t found;
    if (snprintf(whole, sizeof whole, "%s%s", root, pattern) >= (int)sizeof whole) return;
    if (glob(whole, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) see(facts, found.gl_pathv[i]);
    globfree(&found);
}

static void see_gpu(doctor_facts *facts, const char *path) {
    enum { AMD = 0x1002, INTEL = 0x8086, NVIDIA = 0x10de };
    unsigned long vendor = read_vendor(path);
    facts->amd = facts->amd || vendor == AMD;
    facts->intel = facts->intel || vendor == INTEL;
    facts->nvidia = facts->nvidia || vendor == NVIDIA;
}

static void see_nvidia_kernel_module(doctor_facts *facts, const char *path) {
    (void)path;
    facts->nvidia = true;
}

static void see_render_node(doctor_facts *facts, const char *path) {
    struct stat found;
    facts->render_nodes = true;
    if (facts->closed_node[0] != '\0' || access(path, R_OK | W_OK) == 0 || errno != EACCES) return;
    const struct group *group = stat(path, &found) == 0 ? getgrgid(found.st_gid) : NULL;
    (void)snprintf(facts->closed_node, FACT_TEXT, "%s", path);
    (void)snprintf(facts->closed_group, FACT_TEXT, "%s", group != NULL ? group->gr_name : "render");
}

static void see_nvidia_library(doctor_facts *facts, const char *path) {
    if (facts->nvidia_library[0] == '\0') (void)snprintf(facts->nvidia_library, FACT_TEXT, "%s", path);
}

static void gather_gpus(doctor_facts *facts, const char *root) {
    static const char *const places[] = {"/usr/lib/*/libnvidia-opencl.so.1", "/usr/lib64/libnvidia-opencl.so.1",
                                         "/usr/lib/libnvidia-opencl.so.1",
                                         "/usr/local/nvidia/lib*/libnvidia-opencl.so.1"};
    each_match(facts, root, "/sys/class/drm/*/device/vendor", see_gpu);
    each_match(facts, root, "/proc/driver/nvidia/version", see_nvidia_kernel_module);
    each_match(facts, root, "/dev/dri/renderD*", see_render_node);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        each_match(facts, root, places[i], see_nvidia_library);
}

/* ---- programs and folders ----------------------------------------------------------------------------------------- */

static bool in_path(const char *name) {
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        char path[4096];
        size_t length = strcspn(at, ":");
        int written = snprintf(path, sizeof path, "%.*s%s%s", (int)length, at, length > 0 ? "/" : "", name);
        if (written < (int)sizeof path && access(path, X_OK) == 0) return true;
        at += length + (at[length] == ':');
    }
    return false;
}

/* True if the folder, or its nearest existing parent, can be written. */
static bool can_be_made(const char *folder) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path) return false;
    while (access(path, W_OK) != 0) {
        char *slash = strrchr(path, '/');
        if (errno != ENOENT || slash == NULL || slash == path) return false;
        *slash = '\0';
    }
    return true;
}

/* PoCL compiles into POCL_CACHE_DIR; if it is not set, into a folder below XDG_CACHE_HOME, or else below HOME. */
static void gather_pocl(doctor_facts *facts) {
    static const char *const variables[] = {"POCL_CACHE_DIR", "XDG_CACHE_HOME", "HOME"};
    const char *devices = getenv("POCL_DEVICES"), *folder = NULL;
    facts->pocl_devices_set = devices != NULL;
    (void)snprintf(facts->pocl_devices, FACT_TEXT, "%s", devices != NULL ? devices : "");
    for (size_t i = 0; folder == NULL && i < sizeof variables / sizeof variables[0]; i++) {
        folder = getenv(variables[i]);
        if (folder != NULL && folder[0] != '/') folder = NULL;
        if (folder != NULL && !can_be_made(folder))
            (void)snprintf(facts->pocl_cache, FACT_TEXT, "%s=%s", variables[i], folder);
    }
}

/* The library's reason is about the loader if it says so. What follows its semicolon is advice, which the doctor gives itself. */
static void gather_loader(doctor_facts *facts) {
    if (strstr(facts->reason, "OpenCL loader") == NULL) return;
    (void)snprintf(facts->loader_error, FACT_TEXT, "%.*s", (int)strcspn(facts->reason, ";"), facts->reason);
}

bool facts_gather(doctor_facts *facts, const char *root, const char *cache_folder) {
    const char *rusticl = getenv("RUSTICL_ENABLE");
    *facts = (doctor_facts){.linker = in_path("ld")};
    (void)snprintf(facts->cache_folder, FACT_TEXT, "%s", cache_folder != NULL ? cache_folder : "");
    if (rusticl != NULL) (void)snprintf(facts->rusticl_enable, FACT_TEXT, "%s", rusticl);
    gather_pocl(facts);
    gather_gpus(facts, root);
    if (!facts_gather_drivers(facts, root, cache_folder)) return false;
    gather_loader(facts);
    return true;
}
