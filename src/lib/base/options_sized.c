/* options_sized.c - see options_sized.h. */
#include "lib/base/options_sized.h"

#include <string.h>

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

void options_sized_init(void *options, size_t size, const void *defaults, size_t known) {
    if (!options || size < sizeof size) return;
    memset(options, 0, size);
    memcpy(options, defaults, smaller(size, known));
    memcpy(options, &size, sizeof size);
}

clenet_status options_sized_take(void *options, size_t known, const void *given, const char *name,
                                 clenet_error *error) {
    size_t size;
    if (!given) return CLENET_OK;
    memcpy(&size, given, sizeof size);
    if (size <= sizeof size)
        return error_set(error, CLENET_ERROR_ARGUMENT, "%s.size is %zu: fill the struct with %s_init() first", name,
                         size, name);
    for (size_t i = known; i < size; i++)
        if (((const unsigned char *)given)[i] != 0)
            return error_set(error, CLENET_ERROR_ARGUMENT,
                             "%s has fields that clenet %s does not know: leave them at zero, or use a newer library",
                             name, clenet_version());
    memcpy(options, given, smaller(size, known));
    memcpy(options, &known, sizeof known);
    return CLENET_OK;
}
