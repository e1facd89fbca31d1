/* file_shim.c - preloaded, it lets one call on files fail, or all from one on, as on a full or broken disk, and hands on every other.
 *
 * CLENET_FILES_FAIL    NAME:N: the Nth call of write, fsync, rename, fopen or fclose fails; NAME:N+: and every later one
 * CLENET_FILES_COUNTS  a file, to which "NAME CALLS" of each is written at the end of the process
 *
 * Only what changes files counts: write and fsync of regular files and folders, fopen for writing, fclose of what it gave. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum call { CALL_WRITE, CALL_FSYNC, CALL_RENAME, CALL_FOPEN, CALL_FCLOSE, CALLS };
static const char *const names[CALLS] = {"write", "fsync", "rename", "fopen", "fclose"};
static long counts[CALLS];

static void write_counts(void) {
    const char *path = getenv("CLENET_FILES_COUNTS");
    FILE *(*open_real)(const char *, const char *) = NULL;
    *(void **)&open_real = dlsym(RTLD_NEXT, "fopen");
    FILE *file = path ? open_real(path, "w") : NULL;
    for (int i = 0; file && i < CALLS; i++) fprintf(file, "%s %ld\n", names[i], counts[i]);
    if (file) fflush(file);
}

/* Counts the call; says whether it is the one that fails. */
static bool fails(enum call call) {
    static bool registered;
    if (!registered) atexit(write_counts);
    registered = true;
    char name[16] = "", on = '\0';
    long n = 0;
    const char *wanted = getenv("CLENET_FILES_FAIL");
    counts[call]++;
    if (!wanted || sscanf(wanted, "%15[a-z]:%ld%c", name, &n, &on) < 2) return false;
    if (strcmp(name, names[call]) != 0 || counts[call] < n || (counts[call] > n && on != '+')) return false;
    errno = ENOSPC;
    return true;
}

static bool is_file(int descriptor) {
    struct stat found;
    return fstat(descriptor, &found) == 0 && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
}

static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static ssize_t (*next)(int, const void *, size_t);
    if (!next) *(void **)&next = real("write");
    return is_file(descriptor) && fails(CALL_WRITE) ? -1 : next(descriptor, bytes, count);
}

int fsync(int descriptor) {
    static int (*next)(int);
    if (!next) *(void **)&next = real("fsync");
    return is_file(descriptor) && fails(CALL_FSYNC) ? -1 : next(descriptor);
}

int rename(const char *from, const char *to) {
    static int (*next)(const char *, const char *);
    if (!next) *(void **)&next = real("rename");
    return fails(CALL_RENAME) ? -1 : next(from, to);
}

FILE *fopen(const char *path, const char *mode) {
    static FILE *(*next)(const char *, const char *);
    if (!next) *(void **)&next = real("fopen");
    return mode[0] != 'r' && fails(CALL_FOPEN) ? NULL : next(path, mode);
}

/* What is in the buffer is lost: a stream that cannot be flushed. */
int fclose(FILE *file) {
    static int (*next)(FILE *);
    if (!next) *(void **)&next = real("fclose");
    bool failed = is_file(fileno(file)) && fails(CALL_FCLOSE);
    if (failed) __fpurge(file);
    int closed = next(file);
    if (!failed) return closed;
    errno = ENOSPC;
    return EOF;
}
