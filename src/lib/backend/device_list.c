/* device_list.c - see device_list.h: the list of devices. */
#include "lib/backend/device_list.h"

#include <stdio.h>
#include <string.h>

#include "lib/backend/backend.h"
#include "lib/base/memory.h"

enum { REASON_SIZE = 1024 };

struct clenet_device_list {
    clenet_device_info **devices; /* [count]; each in one block with its strings */
    size_t count;
    char reason[REASON_SIZE];
};

static size_t size_of(const char *text) {
    return (text != NULL ? strlen(text) : 0) + 1;
}

/* Copies *text to *at, and makes it point there. */
static void move_text(const char **text, char **at) {
    size_t size = size_of(*text);
    if (*text != NULL) memcpy(*at, *text, size);
    *text = *at;
    *at += size;
}

clenet_status device_list_add(clenet_device_list *list, const clenet_device_info *device, clenet_error *error) {
    size_t size = sizeof *device + size_of(device->id) + size_of(device->type) + size_of(device->name) +
                  size_of(device->platform) + size_of(device->vendor) + size_of(device->driver) +
                  size_of(device->version) + size_of(device->plain) + size_of(device->failure) + size_of(device->tiles);
    clenet_device_info **devices = memory_resize(list->devices, list->count + 1, sizeof *devices);
    if (devices == NULL) return error_memory(error, (list->count + 1) * sizeof *devices, "the list of devices");
    list->devices = devices;
    clenet_device_info *copy = memory_new(size, 1);
    if (copy == NULL) return error_memory(error, size, "the list of devices");
    *copy = *device;
    char *at = (char *)(copy + 1);
    const char **const texts[] = {&copy->id,     &copy->type,    &copy->name,  &copy->platform, &copy->vendor,
                                  &copy->driver, &copy->version, &copy->plain, &copy->failure,  &copy->tiles};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) move_text(texts[i], &at);
    list->devices[list->count++] = copy;
    return CLENET_OK;
}

void device_list_explain(clenet_device_list *list, const char *reason) {
    (void)snprintf(list->reason, sizeof list->reason, "%s", reason);
}

clenet_status clenet_device_list_new(clenet_device_list **list, const clenet_device_options *options,
                                     clenet_error *error) {
    REQUIRE(list, error);
    clenet_device_options taken;
    clenet_status status = device_options_take(&taken, options, error);
    if (status != CLENET_OK) return status;
    clenet_device_list *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "the list of devices");
    device_list_explain(fresh, "this clenet was built without OpenCL: its headers were not found then");
    for (const backend *const *b = backends; status == CLENET_OK && *b != NULL; b++)
        status = (*b)->list(fresh, &taken, error);
    if (status != CLENET_OK) {
        clenet_device_list_free(fresh);
        return status;
    }
    *list = fresh;
    return CLENET_OK;
}

void clenet_device_list_free(clenet_device_list *list) {
    if (list == NULL) return;
    for (size_t i = 0; i < list->count; i++) memory_free(list->devices[i]);
    memory_free(list->devices);
    memory_free(list);
}

size_t clenet_device_list_count(const clenet_device_list *list) {
    return list != NULL ? list->count : 0;
}

const clenet_device_info *clenet_device_list_get(const clenet_device_list *list, size_t i) {
    return list != NULL && i < list->count ? list->devices[i] : NULL;
}

const char *clenet_device_list_opencl(const clenet_device_list *list) {
    return list != NULL ? list->reason : NULL;
}
