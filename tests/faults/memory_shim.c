/* memory_shim.c - malloc for a process in which one allocation fails: preloaded, in front of the C library's. It counts the calls
 * of all that the process consists of: the command, the library, and every library under them.
 *
 * CLENET_MEMORY_FAILS    the number of the call that fails, from 1; 0: none
 * CLENET_MEMORY_COUNT    a file that is given the number of calls when the process ends */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
int posix_memalign(void **block, size_t alignment, size_t bytes);

static atomic_long calls;
static long failing; /* 0: none yet, or none at all */

static int refused(void) {
    if (atomic_fetch_add(&calls, 1) + 1 != failing) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t bytes) {
    return refused() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    return refused() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes) {
    return refused() ? NULL : __libc_realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return refused() ? NULL : __libc_memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    void *got = refused() ? NULL : __libc_memalign(alignment, bytes);
    if (got == NULL) return ENOMEM;
    *block = got;
    return 0;
}

/* What the loader and the C library take before is not the program's. */
__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("CLENET_MEMORY_FAILS");
    atomic_store(&calls, 0);
    failing = number != NULL ? strtol(number, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("CLENET_MEMORY_COUNT");
    int file = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (file < 0) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
    if (write(file, text, (size_t)length) != length) _exit(1);
    (void)close(file);
}
