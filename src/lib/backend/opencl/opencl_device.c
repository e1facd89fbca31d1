/* opencl_device.c - finds and opens the device of a spec. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/signals.h"
#include "lib/backend/opencl/tuning.h"
#include "lib/backend/opencl/disk/verdict.h"
#include "lib/base/memory.h"

/* True if text contains part, ignoring case. */
static bool contains(const char *text, const char *part) {
    size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0) return true;
    return false;
}

/* True if the spec names this device: "opencl" any, "gpu" any GPU, "P.D", or a part of a name. */
static bool names(const char *spec, const opencl_found *found) {
    if (strcmp(spec, "opencl") == 0) return true;
    if (strcmp(spec, "gpu") == 0) return (found->type & CL_DEVICE_TYPE_GPU) != 0;
    if (strspn(spec, "0123456789.") == strlen(spec)) return strcmp(spec, found->id) == 0;
    /* PoCL has its name only in its version. */
    return contains(found->platform_name, spec) || contains(found->platform_version, spec) ||
           contains(found->name, spec) || contains(found->vendor, spec);
}

enum { LIST_SIZE = 768 };

/* "0.0 PoCL (cpu), 1.0 ..." of all devices, or of the devices that the spec names. */
static void list_devices(char text[LIST_SIZE], const opencl_devices *devices, const char *spec) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < devices->count && used < LIST_SIZE - 1; i++) {
        const opencl_found *d = &devices->list[i];
        if (spec && !names(spec, d)) continue;
        int written = snprintf(text + used, LIST_SIZE - used, "%s%s %s, %s (%s)", used ? "; " : "", d->id,
                               d->platform_name, d->name, opencl_type_name(d->type));
        used += written > 0 ? (size_t)written : 0;
    }
}

/* The one device that the spec names. */
static clenet_status choose(opencl_found *chosen, const opencl_devices *devices, const char *spec,
                            const clenet_device_options *options, clenet_error *error) {
    char list[LIST_SIZE], reason[OPENCL_REASON];
    size_t matches = 0;
    for (size_t i = 0; i < devices->count; i++)
        if (names(spec, &devices->list[i]) && matches++ == 0) *chosen = devices->list[i];
    if (matches == 1) return CLENET_OK;
    if (devices->count == 0) {
        opencl_why_none(reason, devices, options);
        return error_set(error, CLENET_ERROR_DEVICE, "no OpenCL device matches '%s': %s; use --device cpu", spec,
                         reason);
    }
    list_devices(list, devices, matches ? spec : NULL);
    if (matches > 1)
        return error_set(error, CLENET_ERROR_DEVICE, "%zu OpenCL devices match '%s': %s; name one by its number",
                         matches, spec, list);
    bool broken = opencl_broken_driver(reason, options);
    return error_set(error, CLENET_ERROR_DEVICE,
                     "no OpenCL device matches '%s'; found: %.400s%s%s. Use a number, or cpu", spec, list,
                     broken ? "; but " : "", broken ? reason : "");
}

bool opencl_is_plain(const char *list, const char *name) {
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ",");
        if (length == strlen(name) && strncmp(at, name, length) == 0) return true;
        if (length == 3 && strncmp(at, "all", 3) == 0) return true;
        at += length + (at[length] == ',');
    }
    return false;
}

/* The tiles that were set by hand; or those of tuning; or the default of the kind of device. */
static clenet_status choose_tiles(opencl_device *state, const clenet_device_options *options, clenet_error *error) {
    const opencl_found *found = &state->found;
    const char *text = options->tiles ? options->tiles : tiles_kind(found);
    opencl_tuning tuning;
    /* Tuning applies to the embedded kernels only. */
    const char *folder = options->tiles || options->kernel_folder ? NULL : options->cache_folder;
    state->tuned = tuning_recall(&tuning, &state->tiles, found, folder);
    const char *own = state->tuned ? tuning.chosen : text;
    bool usual = strcmp(own, tiles_kind(found)) == 0;
    (void)snprintf(state->tiles_text, sizeof state->tiles_text, "%s", usual ? "" : own);
    clenet_status status = state->tuned ? CLENET_OK : tiles_read(&state->tiles, text, found, error);
    state->plain_tiles = tiles_plain(state->tiles.lanes);
    return status;
}

/* CLBlast makes the products of dense layers if the option asks for it; and on GPUs, if it is installed and passes the check. On
 * CPUs clenet's kernels are several times as fast. */
static clenet_status choose_products(opencl_device *state, const clenet_device_options *options, clenet_error *error) {
    const char *gemm = options->gemm;
    if (gemm && strcmp(gemm, "own") != 0 && strcmp(gemm, "clblast") != 0)
        return error_set(error, CLENET_ERROR_ARGUMENT, "gemm '%s' is not known; use own or clblast", gemm);
    state->gemm = !gemm ? NULL : gemm[0] == 'o' ? "own" : "clblast";
    if (gemm && strcmp(gemm, "own") == 0) return CLENET_OK;
    if (gemm) return clblast_open(&state->clblast, state->found.device, error);
    if (opencl_wants_clblast(&state->found) && !opencl_is_plain(state->plain, "clblast"))
        (void)clblast_open(&state->clblast, state->found.device, NULL);
    return CLENET_OK;
}

bool opencl_wants_clblast(const opencl_found *found) {
    return (found->type & CL_DEVICE_TYPE_GPU) != 0;
}

/* PoCL has its own cache of compiled kernels. Asking it for a program's binary makes it compile every kernel of the program once
 * more, for any size of a work-group: 9 of the 27 s of processor time of a first run, and no later run gains from it. */
static bool has_own_cache(const opencl_found *found) {
    return strcmp(found->platform_name, "Portable Computing Language") == 0;
}

static clenet_status copy_settings(opencl_device *state, const clenet_device_options *options, clenet_error *error) {
    state->on_check = options->on_check;
    state->left_to_background = options->background_checks && options->probe_command && options->cache_folder;
    state->user = options->user;
    state->plain_by_hand = options->plain != NULL;
    if (options->plain) snprintf(state->plain, sizeof state->plain, "%s", options->plain);
    if (options->kernel_folder) state->kernel_folder = memory_copy_string(options->kernel_folder);
    if (options->cache_folder) state->cache_folder = memory_copy_string(options->cache_folder);
    if (options->probe_command) state->probe_command = memory_copy_string(options->probe_command);
    if ((options->kernel_folder && !state->kernel_folder) || (options->cache_folder && !state->cache_folder) ||
        (options->probe_command && !state->probe_command))
        return error_memory(error, sizeof *state, "a device");
    state->settings = (program_settings){.kernel_folder = state->kernel_folder,
                                         .cache_folder = has_own_cache(&state->found) ? NULL : state->cache_folder};
    return CLENET_OK;
}

/* The device must have passed the job's check before this process does more with it than ask for its name. */
static clenet_status check_passed(opencl_device *state, double *images_per_second, const char *job,
                                  clenet_error *error) {
    opencl_verdict verdict;
    clenet_status status = opencl_judge(&verdict, state, job, error);
    if (status != CLENET_OK) return status;
    *images_per_second = verdict.images_per_second;
    memcpy(state->plain, verdict.plain, sizeof state->plain);
    return CLENET_OK;
}

static clenet_status open_api(opencl_api *api, const char *spec, clenet_error *error) {
    clenet_error reason;
    clenet_status status = opencl_api_open(api, &reason);
    if (status == CLENET_OK) return CLENET_OK;
    return error_set(error, status, "no device matches '%s': %.500s; use --device cpu", spec, reason.message);
}

/* Finds the device and asks for its verdict, without using it. */
static clenet_status find_checked(opencl_device *state, double *images_per_second, const char *spec,
                                  const clenet_device_options *options, const char *job, clenet_error *error) {
    opencl_devices devices = {0};
    clenet_status status = open_api(&state->api, spec, error);
    if (status == CLENET_OK) status = opencl_discover(&devices, &state->api, error);
    if (status == CLENET_OK) status = choose(&state->found, &devices, spec, options, error);
    opencl_devices_free(&devices);
    if (status == CLENET_OK) status = copy_settings(state, options, error);
    if (status == CLENET_OK) status = choose_tiles(state, options, error);
    if (status == CLENET_OK) status = choose_products(state, options, error);
    return status == CLENET_OK ? check_passed(state, images_per_second, job, error) : status;
}

static clenet_status make_context(opencl_device *state, clenet_error *error) {
    cl_int code;
    const cl_context_properties platform[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)state->found.platform, 0};
    state->context = state->api.clCreateContext(platform, 1, &state->found.device, NULL, NULL, &code);
    if (code != CL_SUCCESS) return opencl_error(error, code, "clCreateContext", state->found.name);
    return CLENET_OK;
}

static void free_state(opencl_device *state) {
    device_programs_free(state);
    json_decref(state->verdicts);
    (void)pthread_mutex_destroy(&state->verdicts_lock);
    clblast_close(&state->clblast);
    if (state->context) state->api.clReleaseContext(state->context);
    opencl_api_close(&state->api);
    memory_free(state->kernel_folder);
    memory_free(state->cache_folder);
    memory_free(state->probe_command);
    memory_free(state);
}

static opencl_device *new_state(void) {
    opencl_device *state = memory_new(1, sizeof *state);
    if (!state) return NULL;
    (void)pthread_mutex_init(&state->programs.lock, NULL); /* cannot fail with default attributes */
    (void)pthread_mutex_init(&state->verdicts_lock, NULL);
    return state;
}

clenet_status opencl_check(const char *spec, const clenet_device_options *options, const char *job,
                           const atomic_bool *stop, clenet_error *error) {
    opencl_device *state = new_state();
    if (!state) return error_memory(error, sizeof *state, "a device");
    clenet_device_options now = *options;
    double images_per_second;
    now.background_checks = false;
    state->stop = stop;
    clenet_status status = find_checked(state, &images_per_second, spec, &now, job, error);
    free_state(state);
    return status;
}

enum { INFERENCE_IMAGES = 512 }; /* at once: enough to fill a small GPU, few enough for a CPU's second-level cache */

clenet_status opencl_device_open(clenet_device *device, const char *spec, const clenet_device_options *options,
                                 const char *job, clenet_error *error) {
    opencl_device *state = new_state();
    if (!state) return error_memory(error, sizeof *state, "a device");
    const signal_actions saved = signals_save();
    clenet_status status = find_checked(state, &device->images_per_second, spec, options, job, error);
    if (status == CLENET_OK) status = make_context(state, error);
    signals_restore(&saved);
    device->unchecked = state->unchecked;
    state->left_to_background = false; /* the jobs of later plans are needed now */
    if (status != CLENET_OK) {
        free_state(state);
        return status;
    }
    device->state = state;
    device->lanes = state->tiles.lanes;
    device->inference_batch = INFERENCE_IMAGES;
    snprintf(device->description, sizeof device->description, "opencl %s, %.80s, %.120s", state->found.id,
             state->found.platform_name, state->found.name);
    size_t used = strlen(device->description);
    if (state->clblast.library && !opencl_is_plain(state->plain, "clblast")) {
        device->products = "clblast";
        used += (size_t)snprintf(device->description + used, sizeof device->description - used, ", with CLBlast");
    }
    if (state->plain[0] && strcmp(state->plain, "clblast") != 0)
        used += (size_t)snprintf(device->description + used, sizeof device->description - used,
                                 ", plain kernels for %s", state->plain);
    if (state->tuned) snprintf(device->description + used, sizeof device->description - used, ", tuned");
    return CLENET_OK;
}

void opencl_device_close(clenet_device *device) {
    free_state(device->state);
}
