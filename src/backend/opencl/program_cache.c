/* program_cache.c - see program_cache.h. A file: cache_head, the key without its zero, the binary. Numbers are in the
 * machine's own byte order: on a machine of the other one the sizes do not fit, and the file does not count.
 *
 * The checksum finds accidents. Against other people's files stands who owns the file and who may write it. */
#include "backend/opencl/program_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/output.h"

typedef struct cache_head { /* 32 bytes, no padding */
    char magic[12];
    uint32_t checksum; /* CRC-32 of key and binary */
    uint64_t key_size, binary_size;
} cache_head;

_Static_assert(sizeof(cache_head) == 32, "a cache file's head has no padding");

static const char magic[] = "clenet-cl 1\n";

_Static_assert(sizeof magic - 1 == sizeof((cache_head *)0)->magic, "the magic fills its place");

static bool has_folder(const char *folder) {
    return folder != NULL && folder[0] != '\0';
}

/* FNV-1a, 64 bits: of public domain, by Fowler, Noll and Vo. It only spreads names: the key itself is compared. */
static uint64_t hash(const char *text) {
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return value;
}

/* NULL where memory is short; memory_free() it. */
static char *file_path(const char *folder, const char *key) {
    size_t size = strlen(folder) + sizeof "/0123456789abcdef.bin";
    char *path = memory_new(size, 1);
    if (path != NULL) (void)snprintf(path, size, "%s/%016" PRIx64 ".bin", folder, hash(key));
    return path;
}

static uint32_t checksum(const char *key, const unsigned char *binary, size_t size) {
    uLong sum = crc32_z(0, (const unsigned char *)key, strlen(key));
    return (uint32_t)crc32_z(sum, binary, size);
}

static bool read_all(int file, void *bytes, size_t count) {
    unsigned char *at = bytes;
    while (count > 0) {
        ssize_t got = read(file, at, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        count -= (size_t)got;
    }
    return true;
}

/* A regular file of the user's own that nobody else may write. */
static bool is_trusted(const struct stat *found) {
    return S_ISREG(found->st_mode) && found->st_uid == geteuid() && (found->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The rest of the open file, behind the head. */
static unsigned char *read_binary(int file, const cache_head *head, const char *key) {
    size_t key_size = (size_t)head->key_size, size = (size_t)head->binary_size;
    unsigned char *binary = memory_new(size, 1);
    char *stored = memory_new(key_size + 1, 1);
    bool good = binary != NULL && stored != NULL && read_all(file, stored, key_size) && read_all(file, binary, size) &&
                strcmp(stored, key) == 0 && checksum(key, binary, size) == head->checksum;
    memory_free(stored);
    if (good) return binary;
    memory_free(binary);
    return NULL;
}

static unsigned char *load_from(int file, size_t *size, const char *key) {
    struct stat found;
    cache_head head;
    size_t key_size = strlen(key);
    if (fstat(file, &found) != 0 || !is_trusted(&found)) return NULL;
    if (!read_all(file, &head, sizeof head) || memcmp(head.magic, magic, sizeof head.magic) != 0) return NULL;
    /* Whole, by subtraction: sums of what a file says may wrap around. */
    uint64_t behind = (uint64_t)found.st_size - sizeof head;
    if (head.key_size != key_size || behind <= key_size || head.binary_size != behind - key_size) return NULL;
    if (head.binary_size > SIZE_MAX) return NULL;
    unsigned char *binary = read_binary(file, &head, key);
    if (binary != NULL) *size = (size_t)head.binary_size;
    return binary;
}

unsigned char *cache_load(size_t *size, const char *folder, const char *key) {
    char *path = has_folder(folder) ? file_path(folder, key) : NULL;
    if (path == NULL) return NULL;
    /* O_NONBLOCK: a pipe under the name is opened without waiting for a writer, and then refused. */
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    memory_free(path);
    if (file < 0) return NULL;
    unsigned char *binary = load_from(file, size, key);
    (void)close(file);
    return binary;
}

/* The folder and those above it, the new ones for the user alone. A failure shows when the file is written. */
static void make_folder(const char *folder) {
    char *path = memory_copy_string(folder);
    if (path == NULL) return;
    for (char *end = path + 1;; end++) {
        char kept = *end;
        if (kept != '/' && kept != '\0') continue;
        *end = '\0';
        (void)mkdir(path, S_IRWXU);
        *end = kept;
        if (kept == '\0') break;
    }
    memory_free(path);
}

void cache_store(const char *folder, const char *key, const unsigned char *binary, size_t size) {
    char *path = has_folder(folder) && size > 0 ? file_path(folder, key) : NULL;
    if (path == NULL) return;
    make_folder(folder);
    cache_head head = {.checksum = checksum(key, binary, size), .key_size = strlen(key), .binary_size = size};
    memcpy(head.magic, magic, sizeof head.magic);
    /* Removed first: output would follow a link, write into a pipe, and refuse what the user may not write. */
    output_file *output = NULL;
    bool free_name = unlink(path) == 0 || errno == ENOENT;
    if (free_name && output_open_private(&output, path, NULL) == CLENET_OK) {
        if (output_write(output, &head, sizeof head, NULL) == CLENET_OK &&
            output_write(output, key, strlen(key), NULL) == CLENET_OK &&
            output_write(output, binary, size, NULL) == CLENET_OK) {
            (void)output_commit(output, NULL);
        } else {
            output_abandon(output);
        }
    }
    memory_free(path);
}

void cache_forget(const char *folder, const char *key) {
    char *path = has_folder(folder) ? file_path(folder, key) : NULL;
    if (path != NULL) (void)unlink(path);
    memory_free(path);
}
