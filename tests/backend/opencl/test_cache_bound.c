/* test_cache_bound.c - the cache folder does not grow for ever, and what is in use stays. */

#include <time.h>

#include "lib/backend/opencl/disk/program_cache.h"
#include "icd.h"

TestSuite(cache_bound, .init = icd_enter, .fini = icd_leave);

/* A file of this many bytes, last used this many seconds ago. */
static void put(const char *path, size_t bytes, int age) {
    static const char zeros[4096] = {0};
    scratch_write(path, zeros, bytes);
    const struct timespec times[2] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void put_program(int number, size_t bytes, int age) {
    char path[64];
    (void)snprintf(path, sizeof path, "cache/%016x.bin", (unsigned)number);
    put(path, bytes, age);
}

static bool has_program(int number) {
    char path[64];
    (void)snprintf(path, sizeof path, "cache/%016x.bin", (unsigned)number);
    return access(path, F_OK) == 0;
}

Test(cache_bound, of_too_many_files_those_go_that_were_not_used_for_longest) {
    cr_assert_eq(mkdir("cache", 0700), 0);
    for (int i = 0; i < 10; i++) put_program(i, 10, i == 3 ? 5000 : i == 7 ? 4000 : 10 * i);
    cache_bound("cache", 8, 1 << 20);
    for (int i = 0; i < 10; i++) cr_expect_eq(has_program(i), i != 3 && i != 7, "program %d", i);
}

Test(cache_bound, of_too_many_bytes_likewise) {
    cr_assert_eq(mkdir("cache", 0700), 0);
    for (int i = 0; i < 4; i++) put_program(i, 1000, 100 - i);
    cache_bound("cache", 100, 2000);
    for (int i = 0; i < 4; i++) cr_expect_eq(has_program(i), i >= 2, "program %d", i);
    cache_bound("cache", 100, 2000);
    cr_expect(has_program(2) && has_program(3));
}

Test(cache_bound, what_is_no_program_stays_but_for_old_half_files) {
    static const char *const others[] = {"cache/device-0123456789abcdef.json", "cache/tiles-0123456789abcdef.json",
                                         "cache/photo.bin", "cache/.clenet-1-2.part"};
    cr_assert_eq(mkdir("cache", 0700), 0);
    for (size_t i = 0; i < 4; i++) put(others[i], 100, 1000);
    put("cache/.clenet-3-4.part", 100, 10000);
    cache_bound("cache", 0, 0);
    for (size_t i = 0; i < 4; i++) cr_expect_eq(access(others[i], F_OK), 0, "%s", others[i]);
    cr_expect_neq(access("cache/.clenet-3-4.part", F_OK), 0);
    cache_bound("nowhere", 0, 0);
}

Test(cache_bound, storing_keeps_the_bound_and_a_program_in_use_is_not_old) {
    size_t size;
    cache_store("cache", "in use", (const unsigned char *)"x", 1);
    for (int i = 0; i < CACHE_FILES_MOST - 1; i++) put_program(i, 1, 100);
    DIR *folder = opendir("cache");
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) { /* all are as old */
        const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
        (void)utimensat(dirfd(folder), entry->d_name, times, 0);
    }
    unsigned char *binary = cache_load(&size, "cache", "in use");
    cr_assert_not_null(binary);
    free(binary);
    for (int i = 0; i < 3; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "new %d", i);
        cache_store("cache", key, (const unsigned char *)"x", 1);
    }
    int count = 0;
    rewinddir(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) count += strstr(entry->d_name, ".bin") != NULL;
    closedir(folder);
    cr_expect_eq(count, CACHE_FILES_MOST);
    binary = cache_load(&size, "cache", "in use");
    cr_expect_not_null(binary);
    free(binary);
}
