/* tuning_record.c - the record of a tuning, as JSON.
 *
 * {"complete": ..., "chosen": ..., "images_per_second": ..., "default_images_per_second": ..., "trials": [["vector", 12345.6],
 * ...]}. Only that it belongs to the user is trusted: tiles_read() checks its tiles at every use. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/opencl/disk/device_record.h"
#include "lib/backend/opencl/tuning.h"

static const char kind[] = "tiles";

static bool read_speed(double *speed, const json_t *number) {
    *speed = json_number_value(number);
    return json_is_number(number) && isfinite(*speed) && *speed >= 0.0;
}

static bool read_tiles(char tiles[TILES_TEXT], const json_t *text) {
    const char *value = json_string_value(text);
    if (value == NULL || strlen(value) >= TILES_TEXT) return false;
    (void)snprintf(tiles, TILES_TEXT, "%s", value);
    return true;
}

static bool parse(opencl_tuning *tuning, const json_t *object) {
    const json_t *trials = json_object_get(object, "trials"), *complete = json_object_get(object, "complete");
    size_t count = json_array_size(trials);
    if (!json_is_array(trials) || count > TUNING_TRIALS || !json_is_boolean(complete)) return false;
    opencl_tuning read = {.count = (int)count, .complete = json_is_true(complete)};
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(trials, i);
        if (!read_tiles(read.trials[i].tiles, json_array_get(pair, 0)) ||
            !read_speed(&read.trials[i].images_per_second, json_array_get(pair, 1)))
            return false;
    }
    if (!read_tiles(read.chosen, json_object_get(object, "chosen")) ||
        !read_speed(&read.images_per_second, json_object_get(object, "images_per_second")) ||
        !read_speed(&read.default_images_per_second, json_object_get(object, "default_images_per_second")))
        return false;
    *tuning = read;
    return true;
}

opencl_tuning tuning_read(const opencl_found *device, const char *cache_folder) {
    opencl_tuning tuning = {.count = 0};
    json_t *object = device_record_read(kind, device, cache_folder);
    (void)parse(&tuning, object);
    json_decref(object);
    return tuning;
}

bool tuning_recall(opencl_tuning *tuning, opencl_tiles *tiles, const opencl_found *device, const char *cache_folder) {
    *tuning = tuning_read(device, cache_folder);
    return tuning->chosen[0] != '\0' && tiles_read(tiles, tuning->chosen, device, NULL) == CLENET_OK;
}

void tuning_write(const opencl_tuning *tuning, const opencl_found *device, const char *cache_folder) {
    json_t *trials = json_array();
    for (int i = 0; i < tuning->count; i++)
        (void)json_array_append_new(trials,
                                    json_pack("[s, f]", tuning->trials[i].tiles, tuning->trials[i].images_per_second));
    json_t *object = json_pack("{s:b, s:s, s:f, s:f, s:o}", "complete", tuning->complete, "chosen", tuning->chosen,
                               "images_per_second", tuning->images_per_second, "default_images_per_second",
                               tuning->default_images_per_second, "trials", trials);
    device_record_write(object, kind, device, cache_folder);
    json_decref(object);
}
