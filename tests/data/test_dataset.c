/* test_dataset.c - data sets from memory, the digits that ship, and the memory that reading takes. */
#include "clenet/clenet.h"

#include "../scratch.h"

TestSuite(dataset, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

/* ---- from memory ------------------------------------------------------------------------------------ */

Test(dataset, images_in_memory_are_copied) {
    uint8_t images[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, labels[] = {0, 2};
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_new(&dataset, images, labels, 2, 1, 2, 3, 3, &error), CLENET_OK);
    images[11] = labels[1] = 0;
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_eq(clenet_dataset_height(dataset), 1);
    cr_expect_eq(clenet_dataset_width(dataset), 2);
    cr_expect_eq(clenet_dataset_channels(dataset), 3);
    cr_expect_eq(clenet_dataset_classes(dataset), 3);
    cr_expect_eq(clenet_dataset_images(dataset)[11], 12);
    cr_expect_eq(clenet_dataset_labels(dataset)[1], 2);
    clenet_dataset_free(dataset);
    cr_assert_eq(clenet_dataset_new(&dataset, images, NULL, 2, 1, 2, 3, 3, &error), CLENET_OK);
    cr_expect_null(clenet_dataset_labels(dataset));
    clenet_dataset_free(dataset);
    clenet_dataset_free(NULL);
}

static void expect_refused(const char *message, size_t rows, int height, int width, int channels, int classes) {
    static const uint8_t images[4], labels[4] = {0, 1, 2, 3};
    clenet_dataset *dataset = NULL;
    cr_expect_eq(clenet_dataset_new(&dataset, images, labels, rows, height, width, channels, classes, &error),
                 CLENET_ERROR_ARGUMENT);
    cr_expect_null(dataset);
    cr_expect_str_eq(error.message, message);
}

Test(dataset, arguments_out_of_range_are_refused) {
    expect_refused("0 rows are out of range 1..4294967295", 0, 1, 1, 1, 10);
    expect_refused("4294967296 rows are out of range 1..4294967295", (size_t)UINT32_MAX + 1, 1, 1, 1, 10);
    expect_refused("images of 0x1x1 are out of range 1x1x1..4096x4096x4096", 4, 0, 1, 1, 10);
    expect_refused("images of 1x4097x1 are out of range 1x1x1..4096x4096x4096", 4, 1, 4097, 1, 10);
    expect_refused("images of 1x1x-1 are out of range 1x1x1..4096x4096x4096", 4, 1, 1, -1, 10);
    expect_refused("1 classes are out of range 2..256", 4, 1, 1, 1, 1);
    expect_refused("257 classes are out of range 2..256", 4, 1, 1, 1, 257);
    expect_refused("label 3 of row 3 (from 0) is out of range 0..2", 4, 1, 1, 1, 3);
}

Test(dataset, missing_arguments_are_refused) {
    clenet_dataset *dataset = NULL;
    uint8_t image = 0;
    cr_expect_eq(clenet_dataset_new(NULL, &image, NULL, 1, 1, 1, 1, 10, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_dataset_new(&dataset, NULL, NULL, 1, 1, 1, 1, 10, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_dataset_load(NULL, "a", NULL, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_dataset_load(&dataset, NULL, NULL, &error), CLENET_ERROR_ARGUMENT);
    clenet_load_options options = {.size = sizeof options, .classes = 1};
    cr_expect_eq(clenet_dataset_load(&dataset, "a", &options, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "1 classes are out of range 2..256");
    options = (clenet_load_options){.size = sizeof options, .classes = 10, .threads = -1};
    cr_expect_eq(clenet_dataset_load(&dataset, "a", &options, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "-1 threads are out of range 0..1024");
    options.size = 0;
    cr_expect_eq(clenet_dataset_load(&dataset, "a", &options, &error), CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(error.message, "clenet_load_options_init()") != NULL, "%s", error.message);
}

/* ---- from a file ------------------------------------------------------------------------------------ */

Test(dataset, the_digits_that_ship_are_read) {
    clenet_dataset *dataset = NULL;
    clenet_status status =
        clenet_dataset_load(&dataset, CLENET_SOURCE_DIR "/examples/digits/train.csv.gz", NULL, &error);
    cr_assert_eq(status, CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 10000);
    cr_expect_eq(clenet_dataset_height(dataset), 28);
    cr_expect_eq(clenet_dataset_width(dataset), 28);
    static const uint8_t first[] = {6, 2, 5, 5, 7, 4, 8, 3, 8, 3}; /* zcat train.csv.gz | cut -d, -f1 */
    cr_expect_arr_eq(clenet_dataset_labels(dataset), first, sizeof first);
    clenet_dataset_free(dataset);
    status = clenet_dataset_load(&dataset, CLENET_SOURCE_DIR "/examples/digits/test.csv.gz", NULL, &error);
    cr_assert_eq(status, CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 2000);
    cr_expect_null(clenet_dataset_labels(dataset));
    clenet_dataset_free(dataset);
}

/* ---- memory ----------------------------------------------------------------------------------------- */

enum { ROWS = 30000, PIXELS = 28 * 28 };
static const size_t pixel_bytes = (size_t)ROWS * PIXELS;

/* 94 MB of text for 23.5 MB of pixels: who kept the text would be seen. */
static void write_large(void) {
    static char header[PIXELS * 10], row[PIXELS * 4 + 1];
    size_t at = 0;
    for (int i = 0; i < PIXELS; i++) at += (size_t)sprintf(header + at, "%spixel%d", i == 0 ? "" : ",", i);
    header[at++] = '\n';
    for (int i = 0; i < PIXELS; i++) memcpy(row + 4 * i, "255,", 4);
    row[PIXELS * 4 - 1] = '\n';
    gzFile file = gzopen("large.csv", "wb1");
    cr_assert_not_null(file);
    cr_assert_eq(gzwrite(file, header, (unsigned)at), (int)at);
    for (int i = 0; i < ROWS; i++) cr_assert_eq(gzwrite(file, row, PIXELS * 4), PIXELS * 4);
    cr_assert_eq(gzclose(file), Z_OK);
}

Test(dataset, reading_takes_less_than_one_and_a_half_times_the_pixels_and_64_mib) {
    if (SCRATCH_SANITIZED) return;
    clenet_dataset *dataset = NULL;
    write_large();
    size_t before = scratch_peak();
    cr_assert_eq(clenet_dataset_load(&dataset, "large.csv", NULL, &error), CLENET_OK, "%s", error.message);
    size_t taken = scratch_peak() - before;
    cr_expect_eq(clenet_dataset_rows(dataset), ROWS);
    cr_expect_geq(taken, pixel_bytes / 2, "measured %zu", taken); /* the measurement measures */
    cr_expect_lt(taken, pixel_bytes * 3 / 2 + (64 << 20), "measured %zu", taken);
    clenet_dataset_free(dataset);
}

Test(dataset, running_out_of_memory_is_an_error) {
    if (SCRATCH_SANITIZED) return;
    clenet_dataset *dataset = NULL;
    write_large();
    for (rlim_t limit = 0; limit <= 16 << 20; limit = limit == 0 ? 64 << 10 : limit * 4) {
        scratch_limit(limit);
        clenet_status status = clenet_dataset_load(&dataset, "large.csv", NULL, &error);
        scratch_limit(RLIM_INFINITY);
        cr_expect_eq(status, CLENET_ERROR_MEMORY, "%llu: %s", (unsigned long long)limit, error.message);
        cr_expect_null(dataset);
        cr_expect_not_null(strstr(error.message, "out of memory"), "%s", error.message);
    }
    static const uint8_t image[1];
    scratch_limit(1 << 20);
    clenet_status status = clenet_dataset_new(&dataset, image, NULL, UINT32_MAX, 4096, 4096, 4096, 10, &error);
    scratch_limit(RLIM_INFINITY);
    cr_expect_eq(status, CLENET_ERROR_MEMORY);
}

Test(dataset, running_out_of_memory_for_idx_images_is_an_error) {
    if (SCRATCH_SANITIZED) return;
    static const uint8_t header[] = {0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 16, 0, 0, 0, 16, 0}; /* 4 images of 4096x4096 */
    clenet_dataset *dataset = NULL;
    scratch_write("images", header, sizeof header);
    cr_assert_eq(truncate("images", sizeof header + ((off_t)4 << 24)), 0);
    scratch_limit(32 << 20);
    clenet_status status = clenet_dataset_load(&dataset, "images", NULL, &error);
    scratch_limit(RLIM_INFINITY);
    cr_expect_eq(status, CLENET_ERROR_MEMORY, "%s", error.message);
    cr_assert_eq(clenet_dataset_load(&dataset, "images", NULL, &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 4);
    clenet_dataset_free(dataset);
}
