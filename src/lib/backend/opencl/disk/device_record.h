/* device_record.h - remembers facts about a device between runs.
 *
 * They are JSON objects in the cache folder, one file each, "<kind>-<hash>.json". The key is the identity of platform, device and
 * driver, the library's version and a hash of all kernels' sources: after a change in any of these the record is ignored. A file
 * is written completely or not at all. A file that is unreadable, belongs to another user, or can be written by others is
 * ignored. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_DEVICE_RECORD_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_DEVICE_RECORD_H

#include <jansson.h>

#include "lib/backend/opencl/discover.h"

/* The object of that kind; NULL if the folder (NULL: none) has no trusted one. json_decref() it. */
json_t *device_record_read(const char *kind, const opencl_found *device, const char *cache_folder);

/* Writes the key and the object, which may be NULL. A file that cannot be written is not an error. */
void device_record_write(json_t *object, const char *kind, const opencl_found *device, const char *cache_folder);

/* Replaces bytes that are not ASCII: jansson takes only UTF-8, and a driver's text may be anything. */
void device_record_make_ascii(char *text);

#endif
