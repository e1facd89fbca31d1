/* program_cache.c - see program_cache.h. A file has cache_head, the key without its zero, and the binary. Numbers have the
 * machine's byte order: on a machine with the other one the sizes are wrong, and the file is ignored.
 *
 * The checksum finds accidents. The checks of cache_file.h protect against files of other users. */
#include "lib/backend/opencl/disk/program_cache.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/backend/opencl/disk/cache_file.h"
#include "lib/base/memory.h"

typedef struct cache_head { /* 32 bytes, no padding */
    char magic[12];
    uint32_t checksum; /* CRC-32 of key and binary */
    uint64_t key_size, binary_size;
} cache_head;

_Static_assert(sizeof(cache_head) == 32, "a cache file's head has no padding");

static const char magic[] = "clenet-cl 1\n";

_Static_assert(sizeof magic - 1 == sizeof((cache_head *)0)->magic, "the magic fills its place");

static char *file_path(const char *folder, const char *key) {
    return cache_path(folder, "", key, ".bin");
}

static uint32_t checksum(const char *key, const unsigned char *binary, size_t size) {
    uLong sum = crc32_z(0, (const unsigned char *)key, strlen(key));
    return (uint32_t)crc32_z(sum, binary, size);
}

/* Reads the rest of the open file, after the head. */
static unsigned char *read_binary(int file, const cache_head *head, const char *key) {
    size_t key_size = (size_t)head->key_size, size = (size_t)head->binary_size;
    unsigned char *binary = memory_new(size, 1);
    char *stored = memory_new(key_size + 1, 1);
    bool good = binary != NULL && stored != NULL && cache_read(file, stored, key_size) &&
                cache_read(file, binary, size) && strcmp(stored, key) == 0 &&
                checksum(key, binary, size) == head->checksum;
    memory_free(stored);
    if (good) return binary;
    memory_free(binary);
    return NULL;
}

/* Loads from an open file of this many bytes. */
static unsigned char *load_from(int file, uint64_t bytes, size_t *size, const char *key) {
    cache_head head;
    size_t key_size = strlen(key);
    if (!cache_read(file, &head, sizeof head) || memcmp(head.magic, magic, sizeof head.magic) != 0) return NULL;
    /* Checked by subtraction, because sums of untrusted sizes may overflow. */
    uint64_t behind = bytes - sizeof head;
    if (head.key_size != key_size || behind <= key_size || head.binary_size != behind - key_size) return NULL;
    if (head.binary_size > SIZE_MAX) return NULL;
    unsigned char *binary = read_binary(file, &head, key);
    if (binary != NULL) *size = (size_t)head.binary_size;
    return binary;
}

/* Sets the access time to now, for cache_bound(): some file systems do not record it. */
static void mark_used(int file) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
    (void)futimens(file, times);
}

unsigned char *cache_load(size_t *size, const char *folder, const char *key) {
    uint64_t bytes = 0;
    char *path = file_path(folder, key);
    int file = path != NULL ? cache_open(path, &bytes) : -1;
    memory_free(path);
    if (file < 0) return NULL;
    unsigned char *binary = load_from(file, bytes, size, key);
    if (binary != NULL) mark_used(file);
    (void)close(file);
    return binary;
}

void cache_store(const char *folder, const char *key, const unsigned char *binary, size_t size) {
    char *path = size > 0 ? file_path(folder, key) : NULL;
    if (path == NULL) return;
    cache_head head = {.checksum = checksum(key, binary, size), .key_size = strlen(key), .binary_size = size};
    memcpy(head.magic, magic, sizeof head.magic);
    const cache_part parts[] = {{&head, sizeof head}, {key, strlen(key)}, {binary, size}};
    cache_replace(path, folder, parts, sizeof parts / sizeof parts[0]);
    cache_bound(folder, CACHE_FILES_MOST, CACHE_BYTES_MOST);
    memory_free(path);
}

void cache_forget(const char *folder, const char *key) {
    char *path = file_path(folder, key);
    if (path != NULL) (void)unlink(path);
    memory_free(path);
}
