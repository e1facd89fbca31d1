/* test_examine.c - what clenet_dataset_examine() finds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "clenet/clenet.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, ROWS = 20 };

static clenet_error error;
static char told[4096];
static double scale;
static uint8_t images[ROWS * PIXELS];

static void on_finding(const clenet_finding *finding, void *user) {
    (void)user;
    cr_expect_null(strchr(finding->message, '\n'));
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%d: %s\n", (int)finding->kind, finding->message);
    if (finding->kind == CLENET_FINDING_SCALE) scale = finding->scale;
}

/* A bar of ink on a dark image; each row has another place. */
static void draw(int height, int width, int ink) {
    memset(images, 0, sizeof images);
    for (int row = 0; row < ROWS; row++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                images[row * PIXELS + (2 + y + row % 5) * SIDE + 2 + x + row / 5] =
                    (uint8_t)(ink - (x == 0 ? ink / 4 : 0));
}

static void expect_model_finds(const uint8_t *labels, int classes, const clenet_model *model, const char *findings) {
    clenet_dataset *dataset = NULL;
    told[0] = '\0';
    cr_assert_eq(clenet_dataset_new(&dataset, images, labels, ROWS, SIDE, SIDE, 1, classes, &error), CLENET_OK);
    cr_assert_eq(clenet_dataset_examine(dataset, model, on_finding, NULL, &error), CLENET_OK, "%s", error.message);
    cr_expect_str_eq(told, findings, "%s", told);
    clenet_dataset_free(dataset);
}

static void expect_found(const char *findings) {
    expect_model_finds(NULL, 10, NULL, findings);
}

Test(examine, upright_digits_are_in_order) {
    draw(20, 12, 255);
    expect_found("");
}

Test(examine, dark_ink_is_found) {
    draw(20, 12, 255);
    for (int i = 0; i < ROWS * PIXELS; i++) images[i] = (uint8_t)(255 - images[i]);
    expect_found("0: the border of the images is light (255 of 255): their ink may be dark\n");
}

Test(examine, a_small_range_is_found) {
    draw(20, 12, 16);
    expect_found("1: the largest pixel is 16, not 255\n");
    cr_expect_float_eq(scale, 255.0 / 16.0, 1e-9);
    draw(20, 12, 1);
    expect_found("1: the largest pixel is 1, not 255\n");
    draw(20, 12, 200);
    expect_found("");
}

Test(examine, digits_on_their_side_are_found) {
    draw(12, 20, 255);
    expect_found("2: of the images 100 % are wider than high: they may lie on their side\n");
}

Test(examine, blank_and_repeated_images_are_found) {
    draw(20, 12, 255);
    memset(images + 3 * PIXELS, 7, PIXELS);
    expect_found("3: the image of row 4 is blank: all its pixels are the same\n");
    memcpy(images + 9 * PIXELS, images + 3 * PIXELS, PIXELS);
    expect_found("3: 2 images are blank, the first in row 4\n"
                 "4: 1 image is there more than once: row 10 is that of row 4\n");
    uint8_t labels[ROWS] = {0};
    for (int i = 0; i < ROWS; i++) labels[i] = (uint8_t)(i % 2);
    draw(20, 12, 255);
    memcpy(images + 7 * PIXELS, images + 2 * PIXELS, PIXELS);
    expect_model_finds(labels, 2, NULL,
                       "4: 1 image is there more than once, 1 of them with another label: row 8 is that of row 3\n");
}

Test(examine, a_class_without_images_is_found) {
    uint8_t labels[ROWS];
    draw(20, 12, 255);
    for (int i = 0; i < ROWS; i++) labels[i] = (uint8_t)(i % 2 * 2);
    expect_model_finds(labels, 3, NULL, "5: there is no image of '1': it will never be predicted\n");
    expect_model_finds(labels, 5, NULL,
                       "5: there is no image of '1', nor of 2 other classes: it will never be predicted\n");
}

/* A model that keeps how these images look. */
static clenet_model *train_on_images(void) {
    clenet_network *network = NULL;
    clenet_model *model = NULL;
    clenet_device *device = NULL;
    clenet_dataset *dataset = NULL;
    clenet_trainer *trainer = NULL;
    uint8_t labels[ROWS] = {0};
    cr_assert_eq(clenet_network_lenet(&network, SIDE, SIDE, 1, 10, &error), CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, network, 1, &error), CLENET_OK);
    cr_assert_eq(clenet_device_open(&device, "cpu", NULL, &error), CLENET_OK);
    cr_assert_eq(clenet_dataset_new(&dataset, images, labels, ROWS, SIDE, SIDE, 1, 10, &error), CLENET_OK);
    cr_assert_eq(clenet_trainer_new(&trainer, model, dataset, device, NULL, &error), CLENET_OK, "%s", error.message);
    clenet_trainer_free(trainer);
    clenet_dataset_free(dataset);
    clenet_device_free(device);
    clenet_network_free(network);
    return model;
}

Test(examine, a_model_knows_how_its_images_looked) {
    uint8_t labels[ROWS] = {0};
    draw(20, 12, 255);
    clenet_model *model = train_on_images();
    expect_model_finds(labels, 10, model, "");
    draw(20, 12, 16);
    expect_model_finds(labels, 10, model, "1: the largest pixel is 16, and was 255 in what the model was trained on\n");
    draw(4, 3, 255);
    expect_model_finds(
        labels, 10, model,
        "6: the mean pixel is 4, and was 76 in what the model was trained on: are these images of the same "
        "kind?\n");
    for (int i = 0; i < ROWS * PIXELS; i++) images[i] = (uint8_t)(255 - images[i]);
    expect_model_finds(
        labels, 10, model,
        "0: the border of the images is light (255 of 255), and the model was trained on a dark one: their ink "
        "may be dark\n");
    clenet_model_free(model);
}
