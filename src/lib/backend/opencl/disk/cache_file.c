/* cache_file.c - see cache_file.h. */
#include "lib/backend/opencl/disk/cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/output.h"

#if defined(__clang__)
__attribute__((
    no_sanitize("coverage"))) /* otherwise a fuzzer counts every byte of every kernel's text, for each input */
#endif
uint64_t
cache_hash(uint64_t value, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) value = (value ^ at[i]) * UINT64_C(0x100000001b3);
    return value;
}

/* The size of the parts, each with a newline; if to is not NULL they are written there. */
static size_t join(char *to, const char *const *parts, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(parts[i]);
        if (to != NULL) {
            memcpy(to + size, parts[i], length);
            to[size + length] = '\n';
        }
        size += length + 1;
    }
    return size;
}

char *cache_key(const opencl_found *device, const char *const *parts, size_t count) {
    const char *const identity[] = {device->platform_name, device->platform_version, device->name,
                                    device->vendor,        device->version,          device->driver};
    const size_t names = sizeof identity / sizeof identity[0];
    char *key = memory_new(join(NULL, identity, names) + join(NULL, parts, count) + 1, 1);
    if (key != NULL) (void)join(key + join(key, identity, names), parts, count);
    return key;
}

char *cache_path(const char *folder, const char *prefix, const char *key, const char *suffix) {
    if (folder == NULL || folder[0] == '\0') return NULL;
    size_t size = strlen(folder) + strlen(prefix) + strlen(suffix) + sizeof "/0123456789abcdef";
    char *path = memory_new(size, 1);
    if (path == NULL) return NULL;
    uint64_t hash = cache_hash(CACHE_HASH_START, key, strlen(key));
    (void)snprintf(path, size, "%s/%s%016" PRIx64 "%s", folder, prefix, hash, suffix);
    return path;
}

int cache_open(const char *path, uint64_t *size) {
    struct stat found;
    /* O_NONBLOCK: opens a pipe without waiting for a writer; it is refused after that. */
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) return -1;
    if (fstat(file, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() &&
        (found.st_mode & (S_IWGRP | S_IWOTH)) == 0) {
        *size = (uint64_t)found.st_size;
        return file;
    }
    (void)close(file);
    return -1;
}

bool cache_read(int file, void *bytes, size_t count) {
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

/* Makes the folder and its parents; new ones are for the user alone. A failure shows when the file is written. */
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

void cache_replace(const char *path, const char *folder, const cache_part *parts, int count) {
    output_file *output = NULL;
    make_folder(folder);
    /* Removed first: output would follow a link, write into a pipe, and fail on a read-only file. */
    if (unlink(path) != 0 && errno != ENOENT) return;
    if (output_open_private(&output, path, NULL) != CLENET_OK) return;
    clenet_status status = CLENET_OK;
    for (int i = 0; status == CLENET_OK && i < count; i++)
        status = output_write(output, parts[i].bytes, parts[i].count, NULL);
    if (status == CLENET_OK) {
        (void)output_commit(output, NULL);
    } else {
        output_abandon(output);
    }
}
