/* test_idx.c - MNIST's IDX files are read, and nothing that their headers say is trusted. */
#include "clenet/clenet.h"

#include "../scratch.h"

TestSuite(idx, .init = scratch_enter, .fini = scratch_leave);

/* Two images of 2x3 pixels, and their labels. */
static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255};
static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};
enum { IMAGE_HEADER = 16, LABEL_HEADER = 8 };

static clenet_error error;

static clenet_status load(clenet_dataset **dataset, const char *path, const char *labels_path) {
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.labels_path = labels_path;
    options.classes = 10;
    return clenet_dataset_load(dataset, path, &options, &error);
}

static void expect_images(const char *path, const char *labels_path) {
    clenet_dataset *dataset = NULL;
    cr_assert_eq(load(&dataset, path, labels_path), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), 2);
    cr_expect_eq(clenet_dataset_height(dataset), 2);
    cr_expect_eq(clenet_dataset_width(dataset), 3);
    cr_expect_eq(clenet_dataset_channels(dataset), 1);
    cr_expect_eq(clenet_dataset_classes(dataset), 10);
    cr_expect_arr_eq(clenet_dataset_images(dataset), images + IMAGE_HEADER, sizeof images - IMAGE_HEADER);
    if (labels_path == NULL)
        cr_expect_null(clenet_dataset_labels(dataset));
    else
        cr_expect_arr_eq(clenet_dataset_labels(dataset), labels + LABEL_HEADER, sizeof labels - LABEL_HEADER);
    clenet_dataset_free(dataset);
}

static void expect_refused(const char *path, const char *labels_path, clenet_status status, const char *message) {
    clenet_dataset *dataset = NULL;
    cr_expect_eq(load(&dataset, path, labels_path), status);
    cr_expect_null(dataset);
    cr_expect_str_eq(error.message, message);
}

static void write_both(void) {
    scratch_write("images", images, sizeof images);
    scratch_write("labels", labels, sizeof labels);
}

/* Writes the images with byte at changed to value. */
static void write_changed(size_t at, uint8_t value) {
    uint8_t changed[sizeof images];
    memcpy(changed, images, sizeof images);
    changed[at] = value;
    scratch_write("images", changed, sizeof changed);
}

Test(idx, images_are_read_with_and_without_labels) {
    write_both();
    expect_images("images", "labels");
    expect_images("images", NULL);
}

Test(idx, packed_images_and_labels_are_read) {
    scratch_gzip("images.gz", "wb", images, sizeof images);
    scratch_gzip("labels.gz", "wb", labels, sizeof labels);
    expect_images("images.gz", "labels.gz");
}

Test(idx, images_that_are_cut_off_are_refused) {
    for (size_t count = 2; count < sizeof images; count++) {
        char message[200];
        scratch_write("images", images, count);
        (void)snprintf(message, sizeof message,
                       "images: the IDX file ends after %zu of %d bytes: it was cut off; fetch or copy it again", count,
                       count < IMAGE_HEADER ? IMAGE_HEADER : (int)sizeof images);
        expect_refused("images", NULL, CLENET_ERROR_FORMAT, message);
    }
}

Test(idx, images_with_bytes_behind_them_are_refused) {
    uint8_t longer[sizeof images + 1] = {0};
    memcpy(longer, images, sizeof images);
    scratch_write("images", longer, sizeof longer);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: more bytes follow after the 28 that the IDX header promises; fetch or copy it again");
}

Test(idx, a_header_with_a_false_size_takes_no_memory) {
    uint8_t lying[] = {0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 16, 0, 0, 0, 16, 0, 1};
    size_t before = scratch_peak();
    scratch_write("images", lying, sizeof lying);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: the IDX file ends after 17 of 72057594021150736 bytes: it was cut off; fetch or "
                   "copy it again");
    if (!SCRATCH_SANITIZED) cr_expect_lt(scratch_peak() - before, 16 << 20);
}

Test(idx, images_of_no_pixels_or_of_too_many_are_refused) {
    write_changed(11, 0);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT, "images: images of 0x3 pixels; 1x1 to 4096x4096 can be read");
    write_changed(12, 1);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: images of 2x16777219 pixels; 1x1 to 4096x4096 can be read");
}

Test(idx, a_file_of_no_images_is_refused) {
    write_changed(7, 0);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT, "images: the IDX file has no images");
}

Test(idx, types_and_axes_that_no_image_has_are_refused) {
    write_changed(2, 0x0A);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: is an IDX file of type 0x0a in 3 dimensions; images are type 0x08 in 3, labels in 1");
    write_changed(3, 5);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: is an IDX file of type 0x08 in 5 dimensions; images are type 0x08 in 3, labels in 1");
    write_changed(3, 4);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: IDX array of 2x2x3x16909060 numbers: no axis has 1 or 3 channels; give it the axes rows, "
                   "height, width, "
                   "channels");
}

Test(idx, other_types_are_read_if_they_hold_pixels) {
    static const uint8_t shorts[] = {0, 0, 0x0B, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 0, 7};
    static const uint8_t floats[] = {0, 0, 0x0D, 3, 0,    0, 0, 1, 0,    0,    0, 1,
                                     0, 0, 0,    2, 0x3F, 0, 0, 0, 0x3F, 0x80, 0, 0};
    static const uint8_t negative[] = {0, 0, 0x09, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 0xFF};
    clenet_dataset *dataset = NULL;
    scratch_write("images", shorts, sizeof shorts);
    cr_assert_eq(load(&dataset, "images", NULL), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_images(dataset)[0], 255);
    cr_expect_eq(clenet_dataset_images(dataset)[1], 7);
    cr_expect_null(clenet_dataset_reading(dataset));
    clenet_dataset_free(dataset);
    scratch_write("images", floats, sizeof floats);
    cr_assert_eq(load(&dataset, "images", NULL), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_images(dataset)[0], 128);
    cr_expect_eq(clenet_dataset_images(dataset)[1], 255);
    cr_expect_str_eq(clenet_dataset_reading(dataset), "pixels are 0..1: multiplied by 255");
    clenet_dataset_free(dataset);
    scratch_write("images", negative, sizeof negative);
    expect_refused("images", NULL, CLENET_ERROR_FORMAT,
                   "images: pixel value -1 of image 1 is out of range 0..255; if all are in one range, give --scale");
}

Test(idx, a_fourth_axis_has_the_channels) {
    static const uint8_t colored[] = {0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
    clenet_dataset *dataset = NULL;
    scratch_write("images", colored, sizeof colored);
    cr_assert_eq(load(&dataset, "images", NULL), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_width(dataset), 2);
    cr_expect_eq(clenet_dataset_channels(dataset), 3);
    cr_expect_arr_eq(clenet_dataset_images(dataset), colored + 20, 6);
    clenet_dataset_free(dataset);
}

Test(idx, qmnists_labels_are_the_first_of_eight_columns) {
    uint8_t eight[12 + 2 * 8 * 4] = {0, 0, 0x0C, 2, 0, 0, 0, 2, 0, 0, 0, 8};
    clenet_dataset *dataset = NULL;
    write_both();
    memset(eight + 12, 0x11, sizeof eight - 12);
    memcpy(eight + 12, (const uint8_t[]){0, 0, 0, 1}, 4);
    memcpy(eight + 12 + 32, (const uint8_t[]){0, 0, 0, 0}, 4);
    scratch_write("labels", eight, sizeof eight);
    cr_assert_eq(load(&dataset, "images", "labels"), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_labels(dataset)[0], 1);
    cr_expect_eq(clenet_dataset_labels(dataset)[1], 0);
    cr_expect_str_eq(clenet_dataset_reading(dataset), "labels are the first of 8 columns");
    clenet_dataset_free(dataset);
}

Test(idx, a_header_in_little_endian_order_is_named) {
    uint8_t reversed[sizeof images] = {3, 8, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0};
    scratch_write("images", reversed, sizeof reversed);
    expect_refused(
        "images", NULL, CLENET_ERROR_FORMAT,
        "images: is an IDX file in little-endian order; IDX is big-endian: write it again in that order, or with "
        "numpy.save()");
    memcpy(reversed, images, 4);
    scratch_write("images", reversed, sizeof reversed);
    expect_refused(
        "images", NULL, CLENET_ERROR_FORMAT,
        "images: is an IDX file with little-endian sizes; IDX is big-endian: write it again in that order, or with "
        "numpy.save()");
}

Test(idx, images_and_labels_that_are_swapped_are_told_apart) {
    write_both();
    expect_refused("labels", NULL, CLENET_ERROR_FORMAT,
                   "labels: is an IDX file of labels; name the file of the images here");
    expect_refused("images", "images", CLENET_ERROR_FORMAT,
                   "images: is an IDX file of images; name the file of the labels here");
}

Test(idx, labels_of_another_count_are_refused) {
    write_both();
    scratch_write("labels", (const uint8_t[]){0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3}, 11);
    expect_refused("images", "labels", CLENET_ERROR_FORMAT,
                   "labels: has 3 labels for 2 images; name the file that belongs to them");
}

Test(idx, a_label_of_10_is_refused) {
    write_both();
    scratch_write("labels", (const uint8_t[]){0, 0, 8, 1, 0, 0, 0, 2, 1, 10}, 10);
    expect_refused("images", "labels", CLENET_ERROR_FORMAT,
                   "labels: the label '10' of row 2 is not one of the 10 classes 0 to 9");
}

Test(idx, labels_that_are_cut_off_or_too_long_are_refused) {
    write_both();
    scratch_write("labels", labels, 9);
    expect_refused("images", "labels", CLENET_ERROR_FORMAT,
                   "labels: the IDX file ends after 9 of 10 bytes: it was cut off; fetch or copy it again");
    scratch_write("labels", (const uint8_t[]){0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3}, 11);
    expect_refused("images", "labels", CLENET_ERROR_FORMAT,
                   "labels: more bytes follow after the 10 that the IDX header promises; fetch or copy it again");
}

Test(idx, labels_that_are_no_idx_or_missing_or_empty_are_refused) {
    write_both();
    scratch_text("labels", "label\n1\n2\n");
    expect_refused("images", "labels", CLENET_ERROR_FORMAT,
                   "labels: is neither an IDX nor a NumPy file; name the file of the labels");
    scratch_text("labels", "");
    expect_refused("images", "labels", CLENET_ERROR_FORMAT, "labels: is empty; name the file of the labels");
    expect_refused("images", "none", CLENET_ERROR_IO,
                   "none: cannot be opened: No such file or directory; check the name");
}

Test(idx, a_second_file_of_labels_beside_a_csv_is_refused) {
    write_both();
    scratch_text("a.csv", "label,pixel0\n1,2\n");
    expect_refused("a.csv", "labels", CLENET_ERROR_ARGUMENT,
                   "a.csv: is neither an IDX nor a NumPy file, and only those have their labels in a second file: "
                   "leave 'labels' out");
}

Test(idx, images_and_labels_cannot_both_be_standard_input) {
    expect_refused("-", "-", CLENET_ERROR_ARGUMENT,
                   "images and labels cannot both come from standard input: name a file for one");
}

Test(idx, a_larger_file_arrives_whole) {
    enum { ROWS = 4000, PIXELS = 28 * 28 };
    size_t count = IMAGE_HEADER + (size_t)ROWS * PIXELS;
    uint8_t *bytes = malloc(count);
    cr_assert_not_null(bytes);
    memcpy(bytes, (const uint8_t[]){0, 0, 8, 3, 0, 0, ROWS >> 8, ROWS & 255, 0, 0, 0, 28, 0, 0, 0, 28}, IMAGE_HEADER);
    for (size_t i = IMAGE_HEADER; i < count; i++) bytes[i] = (uint8_t)(i * 31 + i / 255);
    scratch_gzip("images.gz", "wb", bytes, count);
    clenet_dataset *dataset = NULL;
    cr_assert_eq(load(&dataset, "images.gz", NULL), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_rows(dataset), ROWS);
    cr_expect(memcmp(clenet_dataset_images(dataset), bytes + IMAGE_HEADER, count - IMAGE_HEADER) == 0);
    clenet_dataset_free(dataset);
    free(bytes);
}
