/* icd.h - which OpenCL drivers a test's process sees: those whose .icd files it puts into a folder of its own. To be
 * called before the loader is opened, and inside the body of a test: each runs in a process of its own. */
#ifndef CLENET_TESTS_BACKEND_OPENCL_ICD_H
#define CLENET_TESTS_BACKEND_OPENCL_ICD_H

#include "lib/backend/opencl/discover.h"

#include "../scratch.h"

/* Removes a folder with all that is in it. */
static inline void icd_remove(const char *path) {
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char below[4096];
        struct stat found;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below) continue;
        if (lstat(below, &found) == 0 && S_ISDIR(found.st_mode)) icd_remove(below);
        (void)remove(below);
    }
    if (folder != NULL) closedir(folder);
}

/* The scratch folder with a folder "vendors" without any driver. PoCL keeps its files below, too. */
static inline void icd_enter(void) {
    char path[sizeof scratch_folder + sizeof "/vendors"];
    scratch_enter();
    cr_assert_eq(mkdir("vendors", 0755), 0);
    (void)snprintf(path, sizeof path, "%s/vendors", scratch_folder);
    cr_assert_eq(setenv("OCL_ICD_VENDORS", path, 1), 0);
    (void)snprintf(path, sizeof path, "%s/pocl", scratch_folder);
    cr_assert_eq(setenv("POCL_CACHE_DIR", path, 1), 0);
    cr_assert_eq(unsetenv("RUSTICL_ENABLE"), 0);
}

static inline void icd_leave(void) {
    icd_remove(scratch_folder);
    scratch_leave();
}

/* Adds an .icd file of this system's; skips the test where there is none. */
static inline void icd_add(const char *name) {
    char from[256], to[256];
    size_t count;
    (void)snprintf(from, sizeof from, "/etc/OpenCL/vendors/%s", name);
    (void)snprintf(to, sizeof to, "vendors/%s", name);
    if (access(from, R_OK) != 0) {
        icd_leave();
        cr_skip_test("no %s (Debian: pocl-opencl-icd, mesa-opencl-icd)", from);
    }
    char *text = scratch_read(from, &count);
    scratch_write(to, text, count);
    free(text);
}

/* The loader; skips the test where there is none. */
static inline void icd_open(opencl_api *api) {
    clenet_error error;
    if (opencl_api_open(api, &error) == CLENET_OK) return;
    icd_leave();
    cr_skip_test("%s", error.message);
}

/* PoCL alone, and its device. */
static inline opencl_found icd_pocl(opencl_api *api) {
    clenet_error error;
    opencl_devices devices;
    icd_add("pocl.icd");
    icd_open(api);
    cr_assert_eq(opencl_discover(&devices, api, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(devices.count, 1);
    opencl_found found = devices.list[0];
    opencl_devices_free(&devices);
    return found;
}

#endif
