/* owner.h - the process that made a handle.
 *
 * A child of fork() has a copy of the handle's memory, but neither its threads nor those of an OpenCL driver, and waiting for them
 * would never end. */
#ifndef CLENET_LIB_BASE_OWNER_H
#define CLENET_LIB_BASE_OWNER_H

#include <sys/types.h>
#include <unistd.h>

#include "lib/base/status.h"

static inline bool owner_is_here(pid_t owner) {
    return owner == getpid();
}

/* Returns CLENET_ERROR_ARGUMENT from a public function if the handle, which has a member `owner`, is another process's. */
#define REQUIRE_OWNER(handle, what, error)                                                                       \
    do {                                                                                                         \
        if (!owner_is_here((handle)->owner))                                                                     \
            return error_set((error), CLENET_ERROR_ARGUMENT,                                                     \
                             "%s: the %s was made before fork(): make a new one in the child process", __func__, \
                             (what));                                                                            \
    } while (0)

#endif
