/* opencl_list.c - lists the OpenCL devices, with their verdicts and tuning. */
#include <stdio.h>

#include "lib/backend/device_list.h"
#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/signals.h"
#include "lib/backend/opencl/tuning.h"
#include "lib/backend/opencl/disk/verdict.h"

static clenet_status add_device(clenet_device_list *list, const opencl_found *found, const char *cache_folder,
                                clenet_error *error) {
    clblast_api clblast = {0};
    bool has_clblast = opencl_wants_clblast(found) && clblast_open(&clblast, found->device, NULL) == CLENET_OK;
    clblast_close(&clblast);
    char platform[2 * OPENCL_TEXT + 4];
    (void)snprintf(platform, sizeof platform, "%s, %s", found->platform_name, found->platform_version);
    json_t *verdicts = verdicts_read(found, cache_folder);
    opencl_verdict verdict = verdicts_find(verdicts, NULL);
    json_decref(verdicts);
    opencl_tuning tuning;
    opencl_tiles tiles;
    bool tuned = tuning_recall(&tuning, &tiles, found, cache_folder);
    const clenet_device_info device = {
        .id = found->id,
        .type = opencl_type_name(found->type),
        .name = found->name,
        .platform = platform,
        .vendor = found->vendor,
        .driver = found->driver,
        .version = found->version,
        .compute_units = (int)found->compute_units,
        .memory = found->memory,
        .checked = verdict.known,
        .passed = verdict.passed,
        .failure = verdict.failure,
        .images_per_second = tuned ? tuning.images_per_second : verdict.images_per_second,
        .tiles = tuned ? tuning.chosen : "",
        .plain = verdict.plain,
        .clblast = has_clblast && !opencl_is_plain(verdict.plain, "clblast"),
    };
    return device_list_add(list, &device, error);
}

static clenet_status list_devices(clenet_device_list *list, const clenet_device_options *options, clenet_error *error) {
    opencl_api api;
    clenet_error reason;
    if (opencl_api_open(&api, &reason) != CLENET_OK) {
        device_list_explain(list, reason.message);
        return CLENET_OK;
    }
    opencl_devices devices = {0};
    clenet_status status = opencl_discover(&devices, &api, error);
    char none[OPENCL_REASON];
    if (status == CLENET_OK) {
        opencl_why_none(none, &devices, options);
        device_list_explain(list, none);
    }
    /* Verdicts apply to the embedded kernels only. */
    const char *folder = options->kernel_folder == NULL ? options->cache_folder : NULL;
    for (size_t i = 0; status == CLENET_OK && i < devices.count; i++)
        status = add_device(list, &devices.list[i], folder, error);
    opencl_devices_free(&devices);
    opencl_api_close(&api);
    return status;
}

clenet_status opencl_list(clenet_device_list *list, const clenet_device_options *options, clenet_error *error) {
    const signal_actions saved = signals_save();
    clenet_status status = list_devices(list, options, error);
    signals_restore(&saved);
    return status;
}
