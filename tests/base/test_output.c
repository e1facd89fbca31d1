/* test_output.c - a file is whole under its name, or it is as it was. */
#include "lib/base/output.h"

#include <signal.h>

#include "../scratch.h"

TestSuite(output, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

static void expect_file(const char *name, const char *text) {
    size_t count;
    char *content = scratch_read(name, &count);
    cr_expect_str_eq(content, text);
    free(content);
}

static output_file *opened(const char *path) {
    output_file *output = NULL;
    cr_assert_eq(output_open(&output, path, &error), CLENET_OK, "%s", error.message);
    return output;
}

static void write_text(const char *path, const char *text) {
    output_file *output = opened(path);
    cr_assert_eq(output_write(output, text, strlen(text), &error), CLENET_OK);
    cr_assert_eq(output_commit(output, &error), CLENET_OK, "%s", error.message);
}

static void expect_refused(const char *path, const char *message) {
    output_file *output = NULL;
    cr_expect_neq(output_open(&output, path, &error), CLENET_OK);
    cr_expect_null(output);
    cr_expect_str_eq(error.message, message);
}

Test(output, a_file_appears_when_it_is_whole_and_not_before) {
    output_file *output = opened("new.csv");
    cr_assert_eq(output_write(output, "one,", 4, &error), CLENET_OK);
    cr_expect_neq(access("new.csv", F_OK), 0);
    cr_assert_eq(output_write(output, "two\n", 4, &error), CLENET_OK);
    cr_assert_eq(output_commit(output, &error), CLENET_OK);
    expect_file("new.csv", "one,two\n");
    cr_expect_eq(scratch_count(), 1);
}

Test(output, an_empty_file_can_be_written) {
    write_text("empty", "");
    expect_file("empty", "");
}

Test(output, pieces_of_any_size_arrive_in_order) {
    enum { PIECES = 40, LARGEST = 100000 };
    static char piece[LARGEST];
    output_file *output = opened("big");
    size_t total = 0;
    for (int i = 0; i < PIECES; i++) {
        size_t size = i % 4 == 3 ? LARGEST : (size_t)i * 997;
        memset(piece, 'A' + i % 26, size);
        cr_assert_eq(output_write(output, piece, size, &error), CLENET_OK);
        total += size;
    }
    cr_assert_eq(output_commit(output, &error), CLENET_OK);
    size_t count, at = 0;
    char *content = scratch_read("big", &count);
    cr_assert_eq(count, total);
    for (int i = 0; i < PIECES; i++) {
        size_t size = i % 4 == 3 ? LARGEST : (size_t)i * 997;
        for (size_t j = 0; j < size; j++) cr_assert_eq(content[at++], 'A' + i % 26);
    }
    free(content);
}

Test(output, a_file_that_is_given_up_leaves_the_old_one_and_nothing_else) {
    scratch_text("model", "old");
    output_file *output = opened("model");
    cr_assert_eq(output_write(output, "half", 4, &error), CLENET_OK);
    output_abandon(output);
    expect_file("model", "old");
    cr_expect_eq(scratch_count(), 1);
    output_abandon(NULL);
}

static void limit_files(struct rlimit *limit, rlim_t bytes) {
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, limit), 0);
    limit->rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, limit), 0);
}

Test(output, a_full_disk_leaves_the_old_file_and_nothing_else) {
    static char block[1 << 20];
    scratch_text("model", "old");
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    limit_files(&limit, 4096);
    output_file *output = opened("model");
    cr_expect_eq(output_write(output, block, sizeof block, &error), CLENET_ERROR_IO);
    cr_expect_str_eq(error.message, "cannot write 'model': File too large; name a file that can be written");
    output_abandon(output);
    output = opened("model");
    cr_expect_eq(output_write(output, block, 10000, &error), CLENET_OK); /* waits in the buffer */
    cr_expect_eq(output_commit(output, &error), CLENET_ERROR_IO);
    limit_files(&limit, limit.rlim_max);
    expect_file("model", "old");
    cr_expect_eq(scratch_count(), 1);
}

Test(output, a_name_that_became_a_folder_meanwhile_is_an_error_and_leaves_nothing_else) {
    output_file *output = opened("late");
    cr_assert_eq(mkdir("late", 0755), 0);
    cr_expect_eq(output_commit(output, &error), CLENET_ERROR_IO);
    cr_expect_eq(scratch_count(), 1);
}

Test(output, the_old_file_is_replaced) {
    scratch_text("model", "something longer than the new one");
    write_text("model", "new");
    expect_file("model", "new");
    cr_expect_eq(scratch_count(), 1);
}

Test(output, the_umask_decides_on_who_may_read) {
    struct stat found;
    umask(027);
    write_text("file", "x");
    cr_assert_eq(stat("file", &found), 0);
    cr_expect_eq(found.st_mode & 0777, 0640);
}

Test(output, a_private_file_is_for_the_user_alone_whatever_the_umask_says) {
    struct stat found;
    umask(0);
    output_file *output = NULL;
    cr_assert_eq(output_open_private(&output, "file", &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(output_commit(output, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(stat("file", &found), 0);
    cr_expect_eq(found.st_mode & 0777, 0600);
}

Test(output, a_symbolic_link_stays_and_its_file_is_replaced) {
    struct stat found;
    cr_assert_eq(mkdir("folder", 0755), 0);
    scratch_text("folder/file", "old");
    cr_assert_eq(symlink("folder/file", "second"), 0);
    cr_assert_eq(symlink("second", "first"), 0);
    write_text("first", "new");
    expect_file("folder/file", "new");
    cr_assert_eq(lstat("first", &found), 0);
    cr_expect(S_ISLNK(found.st_mode));
    cr_assert_eq(remove("folder/file"), 0);
    write_text("first", "again");
    expect_file("folder/file", "again");
    cr_assert_eq(remove("folder/file"), 0);
}

Test(output, a_symbolic_link_to_itself_is_an_error) {
    cr_assert_eq(symlink("loop", "loop"), 0);
    expect_refused("loop", "cannot write 'loop': Too many levels of symbolic links; name a file that can be written");
}

Test(output, a_device_is_written_in_place) {
    struct stat found;
    write_text("/dev/null", "gone");
    cr_assert_eq(stat("/dev/null", &found), 0);
    cr_expect(S_ISCHR(found.st_mode));
}

Test(output, a_pipe_is_written_in_place) {
    char text[16] = "";
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    cr_assert_geq(reader, 0);
    write_text("pipe", "through");
    cr_expect_eq(read(reader, text, sizeof text), 7);
    cr_expect_str_eq(text, "through");
    close(reader);
}

Test(output, a_full_device_is_an_error) {
    output_file *output = opened("/dev/full");
    cr_assert_eq(output_write(output, "x", 1, &error), CLENET_OK);
    cr_expect_eq(output_commit(output, &error), CLENET_ERROR_IO);
    cr_expect_str_eq(error.message,
                     "cannot write '/dev/full': No space left on device; free space, or name a file on another disk");
}

Test(output, a_folder_is_refused) {
    cr_assert_eq(mkdir("folder", 0755), 0);
    expect_refused("folder", "cannot write 'folder': it is a folder; name a file in it");
}

Test(output, a_missing_folder_is_named) {
    expect_refused("no/file", "cannot write 'no/file': No such file or directory; make its folder first");
}

Test(output, an_empty_name_is_refused) {
    expect_refused("", "an output file has an empty name: name a file");
    expect_refused(NULL, "an output file has an empty name: name a file");
}

Test(output, a_file_that_may_not_be_written_is_not_replaced) {
    scratch_text("file", "old");
    cr_assert_eq(chmod("file", 0444), 0);
    scratch_become_nobody();
    expect_refused("file", "cannot write 'file': Permission denied; change its permissions, or name another");
    scratch_become_oneself();
    expect_file("file", "old");
}

Test(output, a_folder_that_may_not_be_written_is_an_error) {
    scratch_become_nobody();
    cr_assert(geteuid() != 0);
    if (getuid() != 0) cr_assert_eq(chmod(".", 0555), 0);
    expect_refused("file", "cannot write 'file': Permission denied; change its permissions, or name another");
    scratch_become_oneself();
    cr_expect_eq(scratch_count(), 0);
}

Test(output, two_writers_of_one_name_do_not_meet) {
    output_file *first = opened("file"), *second = opened("file");
    cr_assert_eq(output_write(first, "first", 5, &error), CLENET_OK);
    cr_assert_eq(output_write(second, "second", 6, &error), CLENET_OK);
    cr_assert_eq(output_commit(second, &error), CLENET_OK);
    cr_assert_eq(output_commit(first, &error), CLENET_OK);
    expect_file("file", "first");
    cr_expect_eq(scratch_count(), 1);
}
