/* test_reading.c - the digits of a picture are predicted, and an answer says if it is sure. */
#include <criterion/criterion.h>
#include <string.h>

#include "clenet/clenet.h"
#include "lib/data/likeness.h"

enum { SIDE = CLENET_PICTURE_SIDE, PAGE = 100, CLASSES = 10 };

static clenet_error error;
static uint8_t grey[PAGE * PAGE];

static clenet_picture_digits *page_with_a_stroke(void) {
    clenet_picture_digits *digits = NULL;
    memset(grey, 240, sizeof grey);
    for (int y = 20; y < 80; y++) memset(grey + y * PAGE + 45, 30, 8);
    cr_assert_eq(clenet_picture_digits_new(&digits, grey, PAGE, PAGE, NULL, &error), CLENET_OK, "%s", error.message);
    return digits;
}

static clenet_device *device; /* of the predictor of untrained() */

static clenet_predictor *untrained(int side) {
    clenet_network *network = NULL;
    clenet_model *model = NULL;
    clenet_predictor *predictor = NULL;
    cr_assert_eq(clenet_network_lenet(&network, side, side, 1, CLASSES, &error), CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, network, 1, &error), CLENET_OK);
    cr_assert_eq(clenet_device_open(&device, "cpu", NULL, &error), CLENET_OK);
    cr_assert_eq(clenet_predictor_new(&predictor, model, device, &error), CLENET_OK, "%s", error.message);
    clenet_model_free(model);
    clenet_network_free(network);
    return predictor;
}

static void let_go(clenet_predictor *predictor, clenet_picture_digits *digits) {
    clenet_predictor_free(predictor);
    clenet_device_free(device);
    clenet_picture_digits_free(digits);
}

Test(reading, digits_look_like_digits_and_a_full_or_empty_image_does_not) {
    clenet_dataset *rows = NULL;
    cr_assert_eq(clenet_dataset_load(&rows, CLENET_SOURCE_DIR "/examples/digits/test.csv.gz", NULL, &error), CLENET_OK);
    int alike = 0;
    for (int i = 0; i < 500; i++) alike += likeness_of(clenet_dataset_images(rows) + i * SIDE * SIDE) > 0.15;
    cr_expect_geq(alike, 490, "%d of 500", alike);
    clenet_dataset_free(rows);
    uint8_t image[SIDE * SIDE];
    memset(image, 0, sizeof image);
    for (int y = 4; y < 24; y++) memset(image + y * SIDE + 4, 255, 20);
    cr_expect_lt(likeness_of(image), 0.15);
}

Test(reading, an_untrained_model_is_not_sure_and_its_probabilities_are_those_of_a_prediction) {
    clenet_picture_digits *digits = page_with_a_stroke();
    clenet_predictor *predictor = untrained(SIDE);
    float read[CLASSES], run[CLASSES];
    bool sure = true;
    cr_assert_eq(clenet_predictor_read(predictor, digits, read, &sure, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_predictor_run(predictor, clenet_picture_digits_images(digits), 1, run, &error), CLENET_OK);
    cr_expect_arr_eq(read, run, sizeof run);
    cr_expect_not(sure);
    let_go(predictor, digits);
}

Test(reading, images_of_another_size_and_null_are_refused) {
    clenet_picture_digits *digits = page_with_a_stroke();
    clenet_predictor *predictor = untrained(32);
    float read[CLASSES];
    bool sure;
    cr_expect_eq(clenet_predictor_read(predictor, digits, read, &sure, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "32x32x1"), "%s", error.message);
    cr_expect_eq(clenet_predictor_read(NULL, digits, read, &sure, NULL), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_predictor_read(predictor, NULL, read, &sure, NULL), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_predictor_read(predictor, digits, NULL, &sure, NULL), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(clenet_predictor_read(predictor, digits, read, NULL, NULL), CLENET_ERROR_ARGUMENT);
    let_go(predictor, digits);
}
