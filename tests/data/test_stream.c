/* test_stream.c - plain files, gzip files and standard input read alike; what cannot be read says why. */
#include "lib/data/stream.h"

#include "../scratch.h"

TestSuite(stream, .init = scratch_enter, .fini = scratch_leave);

static const char csv[] = "label,pixel0\n3,200\n4,201\n";
static clenet_error error;

static void expect_csv(const char *path) {
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_load(&dataset, path, NULL, &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_eq(clenet_dataset_images(dataset)[1], 201);
    clenet_dataset_free(dataset);
}

static void expect_refused(const char *path, clenet_status status, const char *message) {
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_load(&dataset, path, NULL, &error), status);
    cr_expect_null(dataset);
    cr_expect_str_eq(error.message, message);
}

/* Makes the file standard input. */
static void redirect(const char *path) {
    int descriptor = open(path, O_RDONLY);
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    close(descriptor);
}

/* A gzip file of 300,000 bytes that hardly shrink, in *packed; free() it. */
static char *packed_noise(size_t *count) {
    enum { NOISE = 300000 };
    unsigned char *noise = malloc(NOISE);
    cr_assert_not_null(noise);
    uint32_t state = 1;
    for (size_t i = 0; i < NOISE; i++) noise[i] = (unsigned char)((state = state * 1664525u + 1013904223u) >> 24);
    memcpy(noise, csv, 13);
    scratch_gzip("noise.gz", "wb", noise, NOISE);
    free(noise);
    return scratch_read("noise.gz", count);
}

static clenet_status read_all(const char *path, size_t *total) {
    stream *input = NULL;
    const uint8_t *bytes = NULL;
    size_t count = 0;
    *total = 0;
    clenet_status status = stream_open(&input, path, &error);
    do {
        if (status == CLENET_OK) status = stream_next(input, &bytes, &count, &error);
        if (status == CLENET_OK) *total += count;
    } while (status == CLENET_OK && count > 0);
    stream_close(input);
    return status;
}

Test(stream, gzip_is_known_by_its_content_not_by_its_name) {
    scratch_gzip("packed.csv", "wb", csv, sizeof csv - 1);
    scratch_write("plain.csv.gz", csv, sizeof csv - 1);
    expect_csv("packed.csv");
    expect_csv("plain.csv.gz");
}

Test(stream, gzip_files_one_behind_another_are_one_text) {
    scratch_gzip("a.gz", "wb", csv, 15);
    scratch_gzip("a.gz", "ab", csv + 15, sizeof csv - 1 - 15);
    expect_csv("a.gz");
}

Test(stream, standard_input_is_read_plain_and_packed_and_stays_open) {
    scratch_gzip("a.gz", "wb", csv, sizeof csv - 1);
    scratch_text("a", csv);
    redirect("a.gz");
    expect_csv("-");
    redirect("a");
    expect_csv("-");
    cr_expect_neq(fcntl(STDIN_FILENO, F_GETFD), -1);
}

Test(stream, a_pipe_is_read) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], csv, sizeof csv - 1), (ssize_t)sizeof csv - 1);
    close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    expect_csv("-");
}

Test(stream, standard_input_has_a_name_in_messages) {
    scratch_text("a", "label,pixel0\n3,x\n");
    redirect("a");
    expect_refused("-", CLENET_ERROR_FORMAT, "<stdin>:2:2: pixel value 'x' is not a number 0..255");
    redirect(".");
    expect_refused("-", CLENET_ERROR_IO, "<stdin>: is a folder, not a file; name a file in it");
    close(STDIN_FILENO);
    expect_refused("-", CLENET_ERROR_IO, "<stdin>: cannot be opened: Bad file descriptor; give it a file or a pipe");
}

Test(stream, a_gzip_that_is_cut_off_is_refused) {
    size_t count;
    char *packed = packed_noise(&count);
    const size_t cuts[] = {3, 10, 11, 100, count / 2, count - 9, count - 8, count - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        size_t total;
        scratch_write("cut.gz", packed, cuts[i]);
        cr_expect_eq(read_all("cut.gz", &total), CLENET_ERROR_FORMAT, "cut at %zu", cuts[i]);
        cr_expect_not_null(strstr(error.message, "cut.gz: is cut off: the gzip data end after "), "%s", error.message);
    }
    free(packed);
}

Test(stream, a_cut_off_csv_says_after_how_many_bytes) {
    size_t count;
    scratch_gzip("a.gz", "wb", csv, sizeof csv - 1);
    char *packed = scratch_read("a.gz", &count);
    scratch_write("a.gz", packed, count - 5);
    expect_refused("a.gz", CLENET_ERROR_FORMAT,
                   "a.gz: is cut off: the gzip data end after 25 bytes of content; fetch or copy it again");
    free(packed);
}

Test(stream, a_damaged_gzip_is_refused) {
    size_t count;
    scratch_gzip("a.gz", "wb", csv, sizeof csv - 1);
    char *packed = scratch_read("a.gz", &count);
    packed[count - 8] ^= 1; /* the checksum */
    scratch_write("a.gz", packed, count);
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_load(&dataset, "a.gz", NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "a.gz: is damaged: the gzip data are wrong after "), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "incorrect data check"), "%s", error.message);
    free(packed);
}

Test(stream, every_byte_arrives_once_and_in_order) {
    enum { BYTES = 1000003 };
    unsigned char *bytes = malloc(BYTES), *copy = malloc(BYTES + 1);
    cr_assert(bytes != NULL && copy != NULL);
    for (size_t i = 0; i < BYTES; i++) bytes[i] = (unsigned char)(i * 7 + i / 251);
    scratch_write("plain", bytes, BYTES);
    scratch_gzip("packed", "wb", bytes, BYTES);
    for (int i = 0; i < 2; i++) {
        stream *input = NULL;
        const uint8_t *ahead = NULL;
        size_t at = 0, count = 1, step = 1;
        cr_assert_eq(stream_open(&input, i == 0 ? "plain" : "packed", &error), CLENET_OK);
        while (count > 0 && at <= BYTES) { /* peeks and reads in turn, in steps of many sizes */
            cr_assert_eq(stream_peek(input, &ahead, &count, &error), CLENET_OK);
            cr_assert(count >= 4 || count == BYTES - at);
            cr_assert(memcmp(ahead, bytes + at, count) == 0);
            if (step > BYTES + 1 - at) step = BYTES + 1 - at;
            cr_assert_eq(stream_read(input, copy + at, step, &count, &error), CLENET_OK);
            at += count;
            step = step * 3 + 1;
        }
        cr_expect_eq(at, BYTES);
        cr_expect(memcmp(copy, bytes, BYTES) == 0);
        stream_close(input);
    }
    free(bytes);
    free(copy);
}

Test(stream, a_file_that_does_not_exist_is_refused) {
    expect_refused("no.csv", CLENET_ERROR_IO, "no.csv: cannot be opened: No such file or directory; check the name");
    expect_refused("", CLENET_ERROR_IO, ": cannot be opened: No such file or directory; check the name");
}

Test(stream, a_file_that_may_not_be_read_is_refused) {
    scratch_text("a.csv", csv);
    cr_assert_eq(chmod("a.csv", 0), 0);
    scratch_become_nobody();
    expect_refused("a.csv", CLENET_ERROR_IO, "a.csv: cannot be opened: Permission denied; change its permissions");
    scratch_become_oneself();
}

Test(stream, a_file_that_fails_to_be_read_is_refused) {
    if (access("/proc/self/mem", R_OK) != 0) return; /* reading address 0 of it is an I/O error */
    expect_refused("/proc/self/mem", CLENET_ERROR_IO,
                   "/proc/self/mem: cannot be read: Input/output error; check the disk, or copy it again");
}

Test(stream, a_very_long_path_leaves_room_for_the_reason) {
    char path[1000];
    for (size_t i = 0; i < sizeof path - 1; i++) path[i] = i % 100 == 99 ? '/' : 'd';
    path[sizeof path - 1] = '\0';
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_load(&dataset, path, NULL, &error), CLENET_ERROR_IO);
    cr_expect_eq(memcmp(error.message, "...d", 4), 0, "%s", error.message);
    cr_expect_not_null(strstr(error.message, "check the name"));
}

Test(stream, a_small_file_that_unpacks_without_end_is_refused) {
    enum { PIECE = 1024 * 1024, PIECES = 300 };
    char *zeros = calloc(PIECE, 1);
    size_t total;
    cr_assert_not_null(zeros);
    gzFile file = gzopen("bomb.gz", "wb1");
    for (int i = 0; i < PIECES; i++) cr_assert_eq(gzwrite(file, zeros, PIECE), PIECE);
    gzclose(file);
    free(zeros);
    cr_expect_eq(read_all("bomb.gz", &total), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(
        error.message,
        "bomb.gz: unpacks to more than 200 times its size, which digits do not; if that is right, unpack it with gzip");
}
