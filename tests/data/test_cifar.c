/* test_cifar.c - CIFAR's binary files are known without magic bytes, and their planes become pixels of three channels. */
#include "clenet/clenet.h"

#include "../scratch.h"

TestSuite(cifar, .init = scratch_enter, .fini = scratch_leave);

enum { PLANE = 32 * 32, PIXELS = 3 * PLANE };
static clenet_error error;

/* Two records: red is 0, 1, 2 ...; green the label; blue 200. */
static size_t make(uint8_t *file, size_t label_bytes, const uint8_t *labels) {
    size_t at = 0;
    for (int row = 0; row < 2; row++) {
        for (size_t i = 0; i < label_bytes; i++) file[at++] = labels[row * (int)label_bytes + (int)i];
        for (int i = 0; i < PLANE; i++) file[at++] = (uint8_t)i;
        memset(file + at, labels[(row + 1) * (int)label_bytes - 1], PLANE);
        memset(file + at + PLANE, 200, PLANE);
        at += 2 * PLANE;
    }
    return at;
}

static void expect_two(const char *reading, int first, int second) {
    clenet_dataset *dataset = NULL;
    cr_assert_eq(clenet_dataset_load(&dataset, "data.bin", NULL, &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_eq(clenet_dataset_height(dataset), 32);
    cr_expect_eq(clenet_dataset_width(dataset), 32);
    cr_expect_eq(clenet_dataset_channels(dataset), 3);
    const uint8_t *images = clenet_dataset_images(dataset);
    for (int row = 0; row < 2; row++)
        for (int i = 0; i < PLANE; i++) {
            const uint8_t *pixel = images + row * PIXELS + i * 3;
            cr_assert(pixel[0] == (uint8_t)i && pixel[1] == (row == 0 ? first : second) && pixel[2] == 200);
        }
    char name[2][8];
    (void)snprintf(name[0], sizeof name[0], "%d", first);
    (void)snprintf(name[1], sizeof name[1], "%d", second);
    for (int row = 0; row < 2; row++)
        cr_expect_str_eq(clenet_dataset_class_name(dataset, clenet_dataset_labels(dataset)[row]), name[row]);
    cr_expect_str_eq(clenet_dataset_reading(dataset), reading);
    clenet_dataset_free(dataset);
}

static uint8_t file[2 * (2 + PIXELS) + 1];

Test(cifar, records_of_one_label_byte_are_cifar_10s) {
    size_t count = make(file, 1, (const uint8_t[]){9, 3});
    scratch_write("data.bin", file, count);
    expect_two("CIFAR-10's binary form, 3 channels", 9, 3);
}

Test(cifar, the_second_of_two_label_bytes_is_cifar_100s) {
    size_t count = make(file, 2, (const uint8_t[]){19, 99, 7, 42});
    scratch_write("data.bin", file, count);
    expect_two("CIFAR-100's binary form, 3 channels; the second byte is the label", 99, 42);
}

Test(cifar, a_file_that_begins_as_idx_does_is_read) {
    size_t count = make(file, 1, (const uint8_t[]){0, 3});
    scratch_write("data.bin", file, count);
    expect_two("CIFAR-10's binary form, 3 channels", 0, 3);
}

Test(cifar, a_file_that_is_cut_off_is_refused) {
    clenet_dataset *dataset = NULL;
    size_t count = make(file, 1, (const uint8_t[]){9, 3});
    scratch_write("data.bin", file, count - 1);
    cr_expect_eq(clenet_dataset_load(&dataset, "data.bin", NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message,
                     "data.bin: the CIFAR file ends within image 2: it was cut off; fetch or copy it again");
}

Test(cifar, other_bytes_are_not_mistaken_as_it) {
    clenet_dataset *dataset = NULL;
    size_t count = make(file, 1, (const uint8_t[]){9, 10});
    scratch_write("data.bin", file, count);
    cr_expect_eq(clenet_dataset_load(&dataset, "data.bin", NULL, &error), CLENET_ERROR_FORMAT);
    memset(file, '\t', count); /* text */
    scratch_write("data.bin", file, count);
    cr_expect_eq(clenet_dataset_load(&dataset, "data.bin", NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect_null(strstr(error.message, "CIFAR"));
}
