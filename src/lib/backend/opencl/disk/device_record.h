/* device_record.h - what is remembered of a device: JSON objects in the cache folder, one file each, "<kind>-<hash>.json".
 *
 * Its key is the identity of platform, device and driver, the library's version and a hash of all kernels' sources: a change
 * in any of these makes what was remembered unknown again. A file is written whole or not at all; one that is unreadable, not
 * the user's own or writable by others is as good as none. */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_DEVICE_RECORD_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_DEVICE_RECORD_H

#include <jansson.h>

#include "lib/backend/opencl/discover.h"

/* The object of that kind; NULL where the folder (NULL: none) has none that counts. json_decref() it. */
json_t *device_record_read(const char *kind, const opencl_found *device, const char *cache_folder);

/* Writes the object, which may be NULL, behind the key. What cannot be written is no error. */
void device_record_write(json_t *object, const char *kind, const opencl_found *device, const char *cache_folder);

/* jansson takes UTF-8 alone, and what a driver says may be anything. */
void device_record_make_ascii(char *text);

#endif
