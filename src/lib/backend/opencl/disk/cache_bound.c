/* cache_bound.c - see program_cache.h. The last use of a program is the access time of its file, which every use sets. */
#include "lib/backend/opencl/disk/program_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/memory.h"

enum { HASH_DIGITS = 16, NAME_SIZE = HASH_DIGITS + sizeof ".bin", HALF_FILE_SECONDS = 3600 };

typedef struct kept_file {
    char name[NAME_SIZE];
    uint64_t bytes;
    struct timespec used;
} kept_file;

typedef struct kept_files {
    kept_file *list;
    size_t count, capacity;
    uint64_t bytes;
} kept_files;

static bool is_program(const char *name) {
    return strspn(name, "0123456789abcdef") == HASH_DIGITS && strcmp(name + HASH_DIGITS, ".bin") == 0;
}

/* ".clenet-...part", the name of an incomplete file (src/lib/base/output.c). */
static bool is_half(const char *name) {
    size_t length = strlen(name);
    return strncmp(name, ".clenet-", 8) == 0 && length > 13 && strcmp(name + length - 5, ".part") == 0;
}

static void add(kept_files *files, const char *name, const struct stat *status) {
    if (files->count == files->capacity) {
        size_t capacity = files->capacity * 2 + 64;
        kept_file *list = memory_resize(files->list, capacity, sizeof *list);
        if (list == NULL) return; /* it is seen the next time */
        files->list = list;
        files->capacity = capacity;
    }
    kept_file *file = &files->list[files->count++];
    *file = (kept_file){.bytes = (uint64_t)status->st_size, .used = status->st_atim};
    memcpy(file->name, name, NAME_SIZE);
    files->bytes += file->bytes;
}

static void gather(kept_files *files, DIR *folder) {
    struct stat status;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (!is_program(entry->d_name) && !is_half(entry->d_name)) continue;
        if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (is_program(entry->d_name))
            add(files, entry->d_name, &status);
        else if (time(NULL) - status.st_mtime > HALF_FILE_SECONDS)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
}

static int longest_unused_first(const void *left, const void *right) {
    const struct timespec *a = &((const kept_file *)left)->used, *b = &((const kept_file *)right)->used;
    if (a->tv_sec != b->tv_sec) return a->tv_sec < b->tv_sec ? -1 : 1;
    return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

void cache_bound(const char *folder, size_t files, uint64_t bytes) {
    DIR *opened = opendir(folder);
    if (opened == NULL) return;
    kept_files kept = {.list = NULL};
    gather(&kept, opened);
    if (kept.count > files || kept.bytes > bytes) {
        qsort(kept.list, kept.count, sizeof *kept.list, longest_unused_first);
        size_t left = kept.count;
        for (size_t i = 0; i < kept.count && (left > files || kept.bytes > bytes); i++, left--) {
            (void)unlinkat(dirfd(opened), kept.list[i].name, 0);
            kept.bytes -= kept.list[i].bytes;
        }
    }
    memory_free(kept.list);
    (void)closedir(opened);
}
