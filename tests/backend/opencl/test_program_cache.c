/* test_program_cache.c - a binary comes back as it was stored, or not at all. */
#include "lib/backend/opencl/disk/program_cache.h"

#include "icd.h"

static const char key[] = "platform\ndevice\n-DC=6\nkernel void k(void) {}\n";
static const unsigned char binary[] = "\177ELF and what a driver makes of it";

TestSuite(program_cache, .init = icd_enter, .fini = icd_leave);

static bool comes_back(const char *folder) {
    size_t size = 0;
    unsigned char *found = cache_load(&size, folder, key);
    if (found == NULL) return false;
    cr_expect_eq(size, sizeof binary);
    cr_expect_arr_eq(found, binary, sizeof binary);
    free(found);
    return true;
}

/* The one file in folder, [512]. */
static const char *only_file(const char *folder) {
    static char path[512];
    int count = 0;
    DIR *opened = opendir(folder);
    cr_assert_not_null(opened);
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count++;
    }
    closedir(opened);
    cr_assert_eq(count, 1, "%d files in %s", count, folder);
    return path;
}

static const char *stored(void) {
    cache_store("cache", key, binary, sizeof binary);
    cr_assert(comes_back("cache"));
    return only_file("cache");
}

static unsigned mode_of(const char *path) {
    struct stat found;
    cr_assert_eq(lstat(path, &found), 0);
    return found.st_mode & 0777;
}

Test(program_cache, a_binary_comes_back_from_a_folder_that_is_made_for_the_user_alone) {
    umask(0);
    cr_expect_not(comes_back("a/b//c/"));
    cache_store("a/b//c/", key, binary, sizeof binary);
    cr_expect(comes_back("a/b//c/"));
    cr_expect(comes_back("a/b/c"));
    cr_expect_eq(mode_of("a"), 0700);
    cr_expect_eq(mode_of("a/b/c"), 0700);
    cr_expect_eq(mode_of(only_file("a/b/c")), 0600);
}

Test(program_cache, another_key_gets_nothing) {
    size_t size = 0;
    (void)stored();
    cr_expect_null(cache_load(&size, "cache", "another"));
    cr_expect_null(cache_load(&size, "cache", ""));
}

Test(program_cache, a_file_of_another_key_under_the_same_name_gives_nothing) {
    char other[sizeof key], from[512], to[512];
    memcpy(other, key, sizeof key);
    other[0] = 'P';
    (void)snprintf(from, sizeof from, "%s", stored());
    cache_store("second", other, binary, sizeof binary);
    (void)snprintf(to, sizeof to, "%s", only_file("second"));
    cr_assert_eq(rename(from, to), 0);
    size_t size = 0;
    cr_expect_null(cache_load(&size, "second", other));
}

Test(program_cache, a_file_with_any_byte_flipped_gives_nothing) {
    const char *path = stored();
    size_t count;
    char *bytes = scratch_read(path, &count);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (char)(bytes[i] ^ 0x10);
        scratch_write(path, bytes, count);
        cr_expect_not(comes_back("cache"), "byte %zu of %zu", i, count);
        bytes[i] = (char)(bytes[i] ^ 0x10);
    }
    scratch_write(path, bytes, count);
    cr_expect(comes_back("cache"));
    free(bytes);
}

Test(program_cache, a_file_cut_anywhere_or_with_a_tail_gives_nothing) {
    const char *path = stored();
    size_t count;
    char *bytes = scratch_read(path, &count); /* and a zero behind */
    for (size_t i = 0; i < count; i++) {
        scratch_write(path, bytes, i);
        cr_expect_not(comes_back("cache"), "%zu of %zu bytes", i, count);
    }
    scratch_write(path, bytes, count + 1);
    cr_expect_not(comes_back("cache"));
    free(bytes);
}

Test(program_cache, sizes_that_no_file_has_give_nothing) {
    const char *path = stored();
    size_t count;
    char *bytes = scratch_read(path, &count);
    memset(bytes + 16, 0xFF, 16);
    scratch_write(path, bytes, count);
    cr_expect_not(comes_back("cache"));
    free(bytes);
}

Test(program_cache, a_file_that_others_may_write_does_not_count_and_is_replaced) {
    static const mode_t modes[] = {0620, 0602, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const char *path = stored();
        cr_assert_eq(chmod(path, modes[i]), 0);
        cr_expect_not(comes_back("cache"), "%o", (unsigned)modes[i]);
        cache_store("cache", key, binary, sizeof binary);
        cr_expect(comes_back("cache"));
        cr_expect_eq(mode_of(only_file("cache")), 0600);
    }
}

Test(program_cache, a_file_of_another_user_is_ignored_and_replaced) {
    if (geteuid() != 0) cr_skip_test("only root gives files away");
    cr_assert_eq(chown(stored(), 65534, 65534), 0);
    cr_expect_not(comes_back("cache"));
    cache_store("cache", key, binary, sizeof binary);
    cr_expect(comes_back("cache"));
}

Test(program_cache, a_link_does_not_count_and_what_it_names_is_not_touched) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s", stored());
    cr_assert_eq(rename(path, "elsewhere"), 0);
    char target[sizeof scratch_folder + sizeof "/elsewhere"];
    (void)snprintf(target, sizeof target, "%s/elsewhere", scratch_folder);
    cr_assert_eq(symlink(target, path), 0);
    cr_expect_not(comes_back("cache"));
    scratch_text("elsewhere", "precious");
    cache_store("cache", key, binary, sizeof binary);
    cr_expect(comes_back("cache"));
    size_t count;
    char *text = scratch_read("elsewhere", &count);
    cr_expect_str_eq(text, "precious");
    free(text);
}

Test(program_cache, a_pipe_under_the_name_is_not_waited_for, .timeout = 20) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s", stored());
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_not(comes_back("cache"));
    cache_store("cache", key, binary, sizeof binary);
    cr_expect(comes_back("cache"));
}

Test(program_cache, a_folder_under_the_name_costs_nothing_but_time) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s", stored());
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    cache_store("cache", key, binary, sizeof binary);
    cache_forget("cache", key);
    cr_expect_not(comes_back("cache"));
}

Test(program_cache, a_file_in_the_folders_place_costs_nothing_but_time) {
    scratch_text("cache", "a file");
    cache_store("cache", key, binary, sizeof binary);
    cache_store("cache/below", key, binary, sizeof binary);
    cache_forget("cache", key);
    cr_expect_not(comes_back("cache"));
    size_t count;
    char *text = scratch_read("cache", &count);
    cr_expect_str_eq(text, "a file");
    free(text);
}

Test(program_cache, a_folder_that_may_not_be_written_costs_nothing_but_time) {
    cr_assert_eq(mkdir("cache", 0555), 0);
    scratch_become_nobody();
    cache_store("cache", key, binary, sizeof binary);
    cr_expect_not(comes_back("cache"));
    cache_store("cache/below", key, binary, sizeof binary);
    cr_expect_not(comes_back("cache/below"));
    scratch_become_oneself();
}

Test(program_cache, no_folder_is_no_cache) {
    cache_store(NULL, key, binary, sizeof binary);
    cache_store("", key, binary, sizeof binary);
    cache_forget(NULL, key);
    cache_forget("", key);
    cr_expect_not(comes_back(NULL));
    cr_expect_not(comes_back(""));
    cr_expect_eq(scratch_count(), 1); /* vendors */
}

Test(program_cache, an_empty_binary_is_not_kept) {
    cache_store("cache", key, binary, 0);
    cr_expect_neq(access("cache", F_OK), 0);
}

Test(program_cache, a_forgotten_program_is_removed) {
    (void)stored();
    cache_forget("cache", key);
    cr_expect_not(comes_back("cache"));
}
