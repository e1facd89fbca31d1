/* faulty_memory.h - the allocator of the tests memory_faults, which the linker puts before the library's: one allocation fails. */
#ifndef CLENET_TESTS_FAULTY_MEMORY_H
#define CLENET_TESTS_FAULTY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *__real_memory_new(size_t count, size_t size);
void *__real_memory_resize(void *block, size_t count, size_t size);
void *__real_memory_new_aligned(size_t bytes);
void *__wrap_memory_new(size_t count, size_t size);
void *__wrap_memory_resize(void *block, size_t count, size_t size);
void *__wrap_memory_new_aligned(size_t bytes);

static int allocations, failing; /* counted from 1; the one that fails, or 0 */

static bool refused(void) {
    return ++allocations == failing;
}

void *__wrap_memory_new(size_t count, size_t size) {
    return refused() ? NULL : __real_memory_new(count, size);
}
void *__wrap_memory_resize(void *block, size_t count, size_t size) {
    return refused() ? NULL : __real_memory_resize(block, count, size);
}
void *__wrap_memory_new_aligned(size_t bytes) {
    return refused() ? NULL : __real_memory_new_aligned(bytes);
}

#endif
