/* test_findings.c - what a run says of the rows held out is what the library says of the same rows. */
#include "cmd/train/report.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3000, SIDE = 8, CLASSES = 4, HELD = 1500 }; /* more held out than are asked about at once */

static clenet_dataset *images;
static clenet_device *device;
static clenet_model *model;
static uint32_t held[HELD];

static void prepare(void) {
    static uint8_t pixels[ROWS][SIDE * SIDE], labels[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (uint8_t)(i % CLASSES);
        for (size_t j = 0; j < sizeof pixels[i]; j++) pixels[i][j] = (uint8_t)((i * 31 + j * 17 + i * j) % 256);
    }
    clenet_network *network = NULL;
    cr_assert_eq(clenet_dataset_new(&images, pixels[0], labels, ROWS, SIDE, SIDE, 1, CLASSES, NULL), CLENET_OK);
    cr_assert_eq(
        clenet_network_parse(&network, "input 8x8x1\nconv2d 3 3x3 valid relu\nflatten\ndense 4 softmax\n", "it", NULL),
        CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, network, 5, NULL), CLENET_OK);
    cr_assert_eq(clenet_device_open(&device, "cpu", NULL, NULL), CLENET_OK);
    clenet_network_free(network);
    for (uint32_t i = 0; i < HELD; i++) held[i] = 2 * i + 1;
}

static void clean_up(void) {
    clenet_device_free(device);
    clenet_model_free(model);
    clenet_dataset_free(images);
}

TestSuite(train_findings, .init = prepare, .fini = clean_up);

static clenet_dataset *only_held(void) {
    static uint8_t pixels[HELD][SIDE * SIDE], labels[HELD];
    clenet_dataset *part = NULL;
    for (size_t i = 0; i < HELD; i++) {
        memcpy(pixels[i], clenet_dataset_images(images) + held[i] * sizeof pixels[i], sizeof pixels[i]);
        labels[i] = clenet_dataset_labels(images)[held[i]];
    }
    cr_assert_eq(clenet_dataset_new(&part, pixels[0], labels, HELD, SIDE, SIDE, 1, CLASSES, NULL), CLENET_OK);
    return part;
}

Test(train_findings, they_are_those_of_evaluate_on_the_rows_held_out) {
    findings *found = NULL;
    clenet_error error = {.message = ""};
    cr_assert_eq(train_findings_make(&found, model, device, images, held, HELD, &error), CLENET_OK, "%s",
                 error.message);
    cr_assert_not_null(found);

    clenet_predictor *predictor = NULL;
    clenet_evaluation evaluation;
    uint64_t confusion[CLASSES * CLASSES];
    clenet_dataset *part = only_held();
    cr_assert_eq(clenet_predictor_new(&predictor, model, device, NULL), CLENET_OK);
    cr_assert_eq(clenet_predictor_evaluate(predictor, part, &evaluation, confusion, NULL), CLENET_OK);
    cr_expect_arr_eq(found->confusion, confusion, sizeof confusion);
    cr_expect_float_eq(found->accuracy, evaluation.accuracy, 1e-12);
    cr_expect_gt(found->mistake_count, 0);
    for (size_t i = 0; i < found->mistake_count; i++) {
        cr_expect_eq(found->mistakes[i].row % 2, 1, "row %u was not held out", found->mistakes[i].row);
        cr_expect_eq(found->mistakes[i].truth, clenet_dataset_labels(images)[found->mistakes[i].row]);
    }
    clenet_predictor_free(predictor);
    clenet_dataset_free(part);
    findings_free(found);
}

Test(train_findings, there_are_none_if_nothing_was_held_out) {
    findings *found = NULL;
    clenet_error error;
    cr_expect_eq(train_findings_make(&found, model, device, images, held, 0, &error), CLENET_OK);
    cr_expect_null(found);
}
