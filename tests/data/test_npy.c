/* test_npy.c - NumPy's arrays are read as images and labels, whatever their type and order, and nothing in a header is trusted. */
#include "clenet/clenet.h"

#include <math.h>

#include "../scratch.h"

TestSuite(npy, .init = scratch_enter, .fini = scratch_leave);

static clenet_error error;

/* Writes a file of version 1 with this dictionary, and the elements after it. */
static void write_npy(const char *name, const char *dictionary, const void *elements, size_t bytes) {
    char header[1024];
    size_t length = strlen(dictionary) + 1;
    (void)snprintf(header, sizeof header, "\x93NUMPY%c%c%c%c%s\n", 1, 0, (int)(length % 256), (int)(length / 256),
                   dictionary);
    memcpy(header, "\x93NUMPY\x01", 8);
    header[8] = (char)(length % 256);
    header[9] = (char)(length / 256);
    memcpy(header + 10, dictionary, length - 1);
    header[10 + length - 1] = '\n';
    FILE *file = fopen(name, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(header, 1, 10 + length, file), 10 + length);
    cr_assert_eq(fwrite(elements, 1, bytes, file), bytes);
    cr_assert_eq(fclose(file), 0);
}

static void write_array(const char *name, const char *type, const char *fortran, const char *shape,
                        const void *elements, size_t bytes) {
    char dictionary[300];
    (void)snprintf(dictionary, sizeof dictionary, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", type, fortran,
                   shape);
    write_npy(name, dictionary, elements, bytes);
}

static clenet_status load(clenet_dataset **dataset, const char *path, const char *labels_path) {
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    options.labels_path = labels_path;
    return clenet_dataset_load(dataset, path, &options, &error);
}

static void expect_pixels(const char *path, int height, int width, int channels, const uint8_t *pixels, size_t count,
                          const char *reading) {
    clenet_dataset *dataset = NULL;
    cr_assert_eq(load(&dataset, path, NULL), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_height(dataset), height);
    cr_expect_eq(clenet_dataset_width(dataset), width);
    cr_expect_eq(clenet_dataset_channels(dataset), channels);
    cr_assert_eq(clenet_dataset_rows(dataset) * (size_t)(height * width * channels), count);
    cr_expect_arr_eq(clenet_dataset_images(dataset), pixels, count);
    if (reading == NULL)
        cr_expect_null(clenet_dataset_reading(dataset));
    else
        cr_expect_str_eq(clenet_dataset_reading(dataset), reading);
    clenet_dataset_free(dataset);
}

static void expect_refused(const char *path, const char *labels_path, const char *message) {
    clenet_dataset *dataset = NULL;
    cr_expect_eq(load(&dataset, path, labels_path), CLENET_ERROR_FORMAT);
    cr_expect_null(dataset);
    cr_expect_str_eq(error.message, message);
}

static const uint8_t counted[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255};

Test(npy, images_of_bytes_are_read_in_each_shape) {
    write_array("x.npy", "|u1", "False", "(2, 2, 3)", counted, 12);
    expect_pixels("x.npy", 2, 3, 1, counted, 12, NULL);
    write_array("x.npy", "|u1", "False", "(3, 4)", counted, 12);
    expect_pixels("x.npy", 2, 2, 1, counted, 12, NULL);
    write_array("x.npy", "|u1", "False", "(1, 2, 2, 3)", counted, 12);
    expect_pixels("x.npy", 2, 2, 3, counted, 12, NULL);
    write_array("x.npy", "|u1", "False", "(3L, 2L, 2L, 1L)", counted, 12);
    expect_pixels("x.npy", 2, 2, 1, counted, 12, NULL);
    write_array("x.npy", "|u1", "False", "(2, 1, 2, 3)", counted, 12);
    expect_pixels("x.npy", 1, 2, 3, counted, 12, NULL);
}

Test(npy, channels_that_come_first_are_moved) {
    static uint8_t wide[2 * 3 * 5], expected[sizeof wide];
    write_array("x.npy", "|u1", "False", "(1, 3, 1, 4)", counted, 12);
    expect_pixels("x.npy", 3, 1, 4, counted, 12, NULL); /* 4 channels at the end */
    for (size_t i = 0; i < sizeof wide; i++) wide[i] = (uint8_t)i;
    for (size_t row = 0; row < 2; row++)
        for (size_t x = 0; x < 5; x++)
            for (size_t c = 0; c < 3; c++) expected[row * 15 + x * 3 + c] = wide[row * 15 + c * 5 + x];
    write_array("x.npy", "|u1", "False", "(2, 3, 1, 5)", wide, sizeof wide);
    expect_pixels("x.npy", 1, 5, 3, expected, sizeof expected, "channels come before height and width");
}

Test(npy, fortran_order_is_read) {
    static const uint8_t images[] = {0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 255};  /* (2, 2, 3) */
    static const uint8_t squares[] = {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 255}; /* (3, 4) */
    write_array("x.npy", "|u1", "True", "(2, 2, 3)", images, 12);
    expect_pixels("x.npy", 2, 3, 1, counted, 12, NULL);
    write_array("x.npy", "|u1", "True", "(3, 4)", squares, 12);
    expect_pixels("x.npy", 2, 2, 1, counted, 12, NULL);
}

Test(npy, each_type_of_numbers_is_read) {
    static const int8_t bytes[] = {0, 1, 2, 127};
    static const int16_t shorts[] = {0, 1, 2, 255};
    static const uint32_t words[] = {0, 1, 2, 255};
    static const int64_t longs[] = {0, 1, 2, 255};
    static const float floats[] = {0.0f, 1.0f, 2.0f, 255.0f};
    static const double doubles[] = {0.0, 1.0, 2.0, 255.0};
    static const uint8_t halves[] = {0, 0, 0, 0x3C, 0, 0x40, 0xF8, 0x5B}, big[] = {0, 0, 0, 1, 0, 2, 0, 255};
    static const uint8_t expected[] = {0, 1, 2, 255}, of_bytes[] = {0, 1, 2, 127};
    write_array("x.npy", "|i1", "False", "(1, 2, 2)", bytes, sizeof bytes);
    expect_pixels("x.npy", 2, 2, 1, of_bytes, 4, NULL);
    write_array("x.npy", "<i2", "False", "(1, 2, 2)", shorts, sizeof shorts);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", "<u4", "False", "(1, 2, 2)", words, sizeof words);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", "<i8", "False", "(1, 2, 2)", longs, sizeof longs);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", "<f4", "False", "(1, 2, 2)", floats, sizeof floats);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", "<f8", "False", "(1, 2, 2)", doubles, sizeof doubles);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", "<f2", "False", "(1, 2, 2)", halves, sizeof halves);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", ">i2", "False", "(1, 2, 2)", big, sizeof big);
    expect_pixels("x.npy", 2, 2, 1, expected, 4, NULL);
    write_array("x.npy", "|b1", "False", "(1, 2, 2)", (const uint8_t[]){0, 1, 1, 0}, 4);
    expect_pixels("x.npy", 2, 2, 1, (const uint8_t[]){0, 1, 1, 0}, 4, NULL);
}

Test(npy, pixels_of_0_to_1_are_multiplied_and_fractions_are_rounded) {
    static const float unit[] = {0.0f, 1.0f, 0.5f, 1.0f}, above[] = {0.0f, 0.5f, 2.4f, 255.0f};
    write_array("x.npy", "<f4", "False", "(1, 2, 2)", unit, sizeof unit);
    expect_pixels("x.npy", 2, 2, 1, (const uint8_t[]){0, 255, 128, 255}, 4, "pixels are 0..1: multiplied by 255");
    write_array("x.npy", "<f4", "False", "(1, 2, 2)", above, sizeof above);
    expect_pixels("x.npy", 2, 2, 1, (const uint8_t[]){0, 1, 2, 255}, 4, "pixels have fractions: rounded");
}

Test(npy, a_scale_is_used) {
    clenet_load_options options;
    clenet_dataset *dataset = NULL;
    clenet_load_options_init(&options, sizeof options);
    options.scale = 15.9375;
    write_array("x.npy", "|u1", "False", "(1, 2, 2)", (const uint8_t[]){0, 16, 8, 1}, 4);
    cr_assert_eq(clenet_dataset_load(&dataset, "x.npy", &options, &error), CLENET_OK, "%s", error.message);
    cr_expect_arr_eq(clenet_dataset_images(dataset), ((const uint8_t[]){0, 255, 128, 16}), 4);
    clenet_dataset_free(dataset);
}

Test(npy, pixels_that_are_no_pixels_are_refused) {
    static const double bad[] = {1, 2, -3, 4};
    static const float not_numbers[] = {0.0f / 1.0f, (float)INFINITY, 1, 1};
    write_array("x.npy", "<f8", "False", "(2, 1, 2)", bad, sizeof bad);
    expect_refused("x.npy", NULL,
                   "x.npy: pixel value -3 of image 2 is out of range 0..255; if all are in one range, give --scale");
    write_array("x.npy", "<f4", "False", "(1, 2, 2)", not_numbers, sizeof not_numbers);
    expect_refused("x.npy", NULL,
                   "x.npy: pixel value inf of image 1 is out of range 0..255; if all are in one range, give --scale");
}

/* Two images of one pixel with these labels. */
static void expect_labels(const char *labels_path, const char *first, const char *second, const char *reading) {
    clenet_dataset *dataset = NULL;
    write_array("x.npy", "|u1", "False", "(2, 1, 1)", counted, 2);
    cr_assert_eq(load(&dataset, "x.npy", labels_path), CLENET_OK, "%s", error.message);
    cr_expect_str_eq(clenet_dataset_class_name(dataset, clenet_dataset_labels(dataset)[0]), first);
    cr_expect_str_eq(clenet_dataset_class_name(dataset, clenet_dataset_labels(dataset)[1]), second);
    if (reading == NULL)
        cr_expect_null(clenet_dataset_reading(dataset));
    else
        cr_expect_str_eq(clenet_dataset_reading(dataset), reading);
    clenet_dataset_free(dataset);
}

Test(npy, labels_of_each_kind_are_read) {
    static const int64_t longs[] = {3, 1};
    static const double doubles[] = {3, 1};
    static const float hot[] = {0, 0, 0, 1, 0, 1, 0, 0};
    write_array("y.npy", "<i8", "False", "(2,)", longs, sizeof longs);
    expect_labels("y.npy", "3", "1", NULL);
    write_array("y.npy", "<i8", "False", "(2, 1)", longs, sizeof longs);
    expect_labels("y.npy", "3", "1", NULL);
    write_array("y.npy", "<f8", "False", "(2,)", doubles, sizeof doubles);
    expect_labels("y.npy", "3", "1", NULL);
    write_array("y.npy", "<f4", "False", "(2, 4)", hot, sizeof hot);
    expect_labels("y.npy", "3", "1", "labels are one-hot");
    scratch_write("y", (const uint8_t[]){0, 0, 8, 1, 0, 0, 0, 2, 3, 1}, 10);
    expect_labels("y", "3", "1", NULL);
}

Test(npy, labels_that_are_no_labels_are_refused) {
    static const double fraction[] = {3, 1.5};
    write_array("x.npy", "|u1", "False", "(2, 1, 1)", counted, 2);
    write_array("y.npy", "<f8", "False", "(2,)", fraction, sizeof fraction);
    expect_refused("x.npy", "y.npy", "y.npy: label 1.5 of image 2 is not a whole number");
    write_array("y.npy", "|u1", "False", "(2, 2)", (const uint8_t[]){1, 0, 1, 1}, 4);
    expect_refused("x.npy", "y.npy", "y.npy: the 2 numbers of image 2 are not one-hot: one 1 among zeros");
    write_array("y.npy", "|u1", "False", "(3,)", counted, 3);
    expect_refused("x.npy", "y.npy", "y.npy: has 3 labels for 2 images; name the file that belongs to them");
    expect_refused("x.npy", "x.npy", "x.npy: is a NumPy file of images; name the file of the labels here");
    expect_refused("y.npy", NULL, "y.npy: is a NumPy file of labels; name the file of the images here");
}

Test(npy, a_file_that_is_cut_off_or_too_long_is_refused) {
    size_t count;
    write_array("x.npy", "|u1", "False", "(2, 2, 3)", counted, 12);
    char *bytes = scratch_read("x.npy", &count);
    for (size_t cut = 4; cut < count; cut++) {
        scratch_write("cut.npy", bytes, cut);
        clenet_dataset *dataset = NULL;
        cr_expect_eq(load(&dataset, "cut.npy", NULL), CLENET_ERROR_FORMAT);
        cr_expect(strstr(error.message, "cut.npy: the NumPy file ends after ") == error.message, "%s", error.message);
    }
    free(bytes);
    write_array("x.npy", "|u1", "False", "(2, 2, 2)", counted, 12);
    expect_refused("x.npy", NULL,
                   "x.npy: more bytes follow after the 81 that the NumPy header promises; fetch or copy it again");
}

Test(npy, a_header_with_a_false_size_takes_no_memory) {
    size_t before = scratch_peak();
    write_array("x.npy", "<f8", "False", "(4294967295, 4096, 4096, 4)", counted, 12);
    expect_refused(
        "x.npy", NULL,
        "x.npy: the NumPy file ends after 103 of 2305843008676823131 bytes: it was cut off; fetch or copy it again");
    if (!SCRATCH_SANITIZED) cr_expect_lt(scratch_peak() - before, 16 << 20);
}

Test(npy, shapes_that_no_image_has_are_refused) {
    write_array("x.npy", "|u1", "False", "(4, 3)", counted, 12);
    expect_refused(
        "x.npy", NULL,
        "x.npy: NumPy array of 4x3 numbers: a row is not a square image; give it the axes rows, height, width");
    write_array("x.npy", "|u1", "False", "(1, 2, 1, 6)", counted, 12);
    expect_refused("x.npy", NULL,
                   "x.npy: NumPy array of 1x2x1x6 numbers: no axis has 1 or 3 channels; give it the axes rows, height, "
                   "width, channels");
    write_array("x.npy", "|u1", "False", "()", counted, 1);
    expect_refused("x.npy", NULL, "x.npy: has 0 axes; images have rows, height, width, or channels too");
    write_array("x.npy", "|u1", "False", "(1, 1, 1, 1, 1)", counted, 1);
    expect_refused("x.npy", NULL, "x.npy: has more than 4 axes; images have rows, height, width, or channels too");
    write_array("x.npy", "|u1", "False", "(0, 2, 2)", counted, 0);
    expect_refused("x.npy", NULL, "x.npy: the NumPy file has no images");
    write_array("x.npy", "|u1", "False", "(1, 0, 2)", counted, 0);
    expect_refused("x.npy", NULL, "x.npy: images of 0x2 pixels; 1x1 to 4096x4096 can be read");
}

Test(npy, types_that_are_no_numbers_are_refused) {
    static const char *const types[] = {"<c8", "<U5", "|S3", "|V2", "<f1", "<M8[s]", "<i3", "u1", ""};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char message[200];
        write_array("x.npy", types[i], "False", "(1, 2, 2)", counted, 12);
        (void)snprintf(message, sizeof message,
                       "x.npy: has elements of type '%s'; save it again as numpy.save(file, x.astype('uint8'))",
                       types[i]);
        expect_refused("x.npy", NULL, message);
    }
}

Test(npy, python_objects_are_refused) {
    static const char message[] =
        "x.npy: has Python objects or records, not plain numbers; save it again as numpy.save(file, "
        "x.astype('uint8'))";
    write_array("x.npy", "|O", "False", "(2,)", counted, 12);
    expect_refused("x.npy", NULL, message);
    write_npy("x.npy", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", counted, 12);
    expect_refused("x.npy", NULL, message);
}

Test(npy, a_header_is_parsed_strictly) {
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "{'descr': '|u1', 'fortran_order': False}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2)",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2), } x",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (1, 2, 2), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, -2, 2), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1 2 2), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 2, 2), }",
        "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2), 'other': 1}",
        "{'descr': '|u1 , 'fortran_order': False, 'shape': (1, 2, 2), }",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_npy("x.npy", bad[i], counted, 12);
        expect_refused("x.npy", NULL, "x.npy: the NumPy header is damaged; fetch or copy it again");
    }
    write_npy("x.npy", "{\"shape\":(3,2,2),\"descr\":\"|u1\",\"fortran_order\":False}", counted, 12);
    expect_pixels("x.npy", 2, 2, 1, counted, 12, NULL);
}

Test(npy, versions_2_and_3_are_read_and_others_refused) {
    static const char dictionary[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2, 2)}\n";
    uint8_t file[200] = "\x93NUMPY\x02";
    file[8] = sizeof dictionary - 1;
    memcpy(file + 12, dictionary, sizeof dictionary - 1);
    memcpy(file + 12 + sizeof dictionary - 1, counted, 12);
    for (uint8_t version = 2; version <= 3; version++) {
        file[6] = version;
        scratch_write("x.npy", file, 12 + sizeof dictionary - 1 + 12);
        expect_pixels("x.npy", 2, 2, 1, counted, 12, NULL);
    }
    file[11] = 1;
    scratch_write("x.npy", file, 100);
    expect_refused("x.npy", NULL, "x.npy: the NumPy header has 16777277 bytes; at most 4096 can be read");
    file[6] = 4;
    scratch_write("x.npy", file, 100);
    expect_refused("x.npy", NULL, "x.npy: is a NumPy file of version 4; 1 to 3 can be read");
}
