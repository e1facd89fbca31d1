/* scratch.h - a folder of a test's own, which is the current folder while the test runs: messages then name
 * files as the test does. Criterion runs each test in a separate process. */
#ifndef CLENET_TESTS_SCRATCH_H
#define CLENET_TESTS_SCRATCH_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Sanitizers take memory of their own, beyond any limit that a test could set. */
#if defined(__SANITIZE_ADDRESS__)
#define SCRATCH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SCRATCH_SANITIZED 1
#endif
#endif
#ifndef SCRATCH_SANITIZED
#define SCRATCH_SANITIZED 0
#endif

static char scratch_folder[] = "/tmp/clenet-test-XXXXXX";

static inline void scratch_enter(void) {
    cr_assert_not_null(mkdtemp(scratch_folder));
    cr_assert_eq(chdir(scratch_folder), 0);
}

/* Files in the folder, hidden ones too. */
static inline int scratch_count(void) {
    int count = 0;
    DIR *folder = opendir(scratch_folder);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    }
    if (folder != NULL) closedir(folder);
    return count;
}

static inline void scratch_leave(void) {
    (void)chmod(scratch_folder, 0700);
    DIR *folder = opendir(scratch_folder);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) (void)remove(entry->d_name);
    }
    if (folder != NULL) closedir(folder);
    (void)chdir("/");
    (void)rmdir(scratch_folder);
}

static inline void scratch_write(const char *name, const void *bytes, size_t count) {
    FILE *file = fopen(name, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    cr_assert_eq(fclose(file), 0);
}

static inline void scratch_text(const char *name, const char *text) {
    scratch_write(name, text, strlen(text));
}

/* The content with a zero behind it; free() it. */
static inline char *scratch_read(const char *name, size_t *count) {
    struct stat found;
    cr_assert_eq(stat(name, &found), 0);
    *count = (size_t)found.st_size;
    char *bytes = calloc(*count + 1, 1);
    FILE *file = fopen(name, "rb");
    cr_assert(bytes != NULL && file != NULL);
    cr_assert_eq(fread(bytes, 1, *count, file), *count);
    cr_assert_eq(fclose(file), 0);
    return bytes;
}

/* mode: "wb" for a new file, "ab" for one more gzip member behind the first. */
static inline void scratch_gzip(const char *name, const char *mode, const void *bytes, size_t count) {
    gzFile file = gzopen(name, mode);
    cr_assert_not_null(file);
    cr_assert_eq(gzwrite(file, bytes, (unsigned)count), (int)count);
    cr_assert_eq(gzclose(file), Z_OK);
}

/* As the user whom the rights of files concern: root may read everything. */
static inline void scratch_become_nobody(void) {
    enum { NOBODY = 65534 };
    cr_assert_eq(chmod(scratch_folder, 0755), 0);
    if (geteuid() == 0) cr_assert_eq(seteuid(NOBODY), 0);
}

static inline void scratch_become_oneself(void) {
    (void)seteuid(getuid());
}

/* The most memory that the process had so far, in bytes. */
static inline size_t scratch_peak(void) {
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return (size_t)usage.ru_maxrss * 1024;
}

/* Lets the process have this many bytes more than now; RLIM_INFINITY bytes lift the limit. */
static inline void scratch_limit(rlim_t bytes) {
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert(file != NULL && fscanf(file, "%lu", &pages) == 1);
    cr_assert_eq(fclose(file), 0);
    limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

#endif
