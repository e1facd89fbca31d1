/* device_record.c - see device_record.h. */
#include "lib/backend/opencl/disk/device_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/backend/opencl/disk/cache_file.h"
#include "lib/backend/opencl/kernels.h"
#include "lib/base/json_print.h"
#include "lib/base/json_read.h"
#include "lib/base/memory.h"

enum { FILE_MOST = 1 << 20 }; /* bytes: several times the longest record, of jobs with hundreds of layers */

void device_record_make_ascii(char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80) *text = '?';
}

/* NULL if out of memory; memory_free() it. */
static char *make_key(const opencl_found *device) {
    uint64_t hash = CACHE_HASH_START;
    for (size_t i = 0; i < kernel_files_count; i++) {
        hash = cache_hash(hash, kernel_files[i].name, strlen(kernel_files[i].name) + 1);
        hash = cache_hash(hash, kernel_files[i].text, kernel_files[i].size + 1);
    }
    char kernels[32];
    (void)snprintf(kernels, sizeof kernels, "%016" PRIx64, hash);
    const char *const parts[] = {clenet_version(), kernels};
    char *key = cache_key(device, parts, sizeof parts / sizeof parts[0]);
    if (key != NULL) device_record_make_ascii(key);
    return key;
}

/* NULL if there is no folder, or out of memory; memory_free() it. */
static char *file_path(const char *folder, const char *kind, const char *key) {
    char prefix[32];
    (void)snprintf(prefix, sizeof prefix, "%s-", kind);
    return cache_path(folder, prefix, key, ".json");
}

/* The object in the file, if there is a trusted one; json_decref() it. */
static json_t *load(const char *path) {
    uint64_t size = 0;
    int file = cache_open(path, &size);
    if (file < 0) return NULL;
    json_t *object = NULL;
    json_error_t reason;
    char *text = size <= FILE_MOST ? memory_new((size_t)size + 1, 1) : NULL;
    if (text != NULL && cache_read(file, text, (size_t)size))
        object = json_read(text, (size_t)size, JSON_REJECT_DUPLICATES, &reason);
    memory_free(text);
    (void)close(file);
    return object;
}

json_t *device_record_read(const char *kind, const opencl_found *device, const char *cache_folder) {
    char *key = cache_folder != NULL ? make_key(device) : NULL;
    char *path = key != NULL ? file_path(cache_folder, kind, key) : NULL;
    json_t *object = path != NULL ? load(path) : NULL;
    const char *stored = json_string_value(json_object_get(object, "key"));
    if (key == NULL || stored == NULL || strcmp(stored, key) != 0) {
        json_decref(object);
        object = NULL;
    }
    memory_free(path);
    memory_free(key);
    return object;
}

/* The key and the members of the object, as text; free() it. NULL if out of memory. */
static char *make_text(const char *key, json_t *object) {
    json_t *whole = json_pack("{s:s}", "key", key);
    char *text = NULL;
    if (whole != NULL && json_object_update(whole, object) == 0) text = json_print(whole, JSON_INDENT(2));
    json_decref(whole);
    return text;
}

void device_record_write(json_t *object, const char *kind, const opencl_found *device, const char *cache_folder) {
    if (cache_folder == NULL || object == NULL) return;
    char *key = make_key(device);
    char *path = key != NULL ? file_path(cache_folder, kind, key) : NULL;
    char *text = path != NULL ? make_text(key, object) : NULL;
    if (text != NULL) {
        const cache_part parts[] = {{text, strlen(text)}, {"\n", 1}};
        cache_replace(path, cache_folder, parts, sizeof parts / sizeof parts[0]);
    }
    free(text);
    memory_free(path);
    memory_free(key);
}
