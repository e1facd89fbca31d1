/* test_keras.c - models that Keras saved give Keras's answers (tests/golden/import/make_keras.py made them), and what clenet does not have
 * is named. */
#include "lib/import/hdf5_read.h"
#include "lib/import/import.h"

#include <math.h>
#include <stdio.h>

#include "net/networks.h"

enum { IMAGES = 5, CLASSES_MOST = 10, PATH_SIZE = 1024, PIXELS_MOST = 4000 };

static clenet_error error;
static char notes[1024];

static void on_note(const char *note, void *user) {
    (void)user;
    size_t length = strlen(notes);
    (void)snprintf(notes + length, sizeof notes - length, "%s\n", note);
}

static const char *golden(const char *name) {
    static char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/tests/golden/import/%s", CLENET_SOURCE_DIR, name);
    return path;
}

static clenet_status import(clenet_model **model, const char *name, const clenet_network *network) {
    clenet_import_options options;
    clenet_import_options_init(&options, sizeof options);
    options.network = network;
    options.on_note = on_note;
    notes[0] = '\0';
    clenet_status status = clenet_import(model, golden(name), &options, &error);
    if (status != CLENET_OK && strstr(error.message, "built without libhdf5") != NULL) cr_skip_test("no libhdf5");
    return status;
}

/* The bytes that make_keras.py makes. */
static void draw(uint8_t *images, clenet_shape shape) {
    for (int n = 0; n < IMAGES; n++)
        for (int y = 0; y < shape.height; y++)
            for (int x = 0; x < shape.width; x++)
                for (int c = 0; c < shape.channels; c++)
                    *images++ = (uint8_t)(n * 37 + y * 23 + x * 11 + c * 5 + (n + 1) * x * y);
}

static void expect_answers(const clenet_model *model, const char *name) {
    clenet_device *device = NULL;
    clenet_predictor *predictor = NULL;
    uint8_t images[PIXELS_MOST];
    float got[IMAGES * CLASSES_MOST];
    const clenet_network *network = clenet_model_network(model);
    clenet_shape in = clenet_network_input(network);
    int count = clenet_network_output(network, clenet_network_layers(network) - 1).channels;
    cr_assert_leq(IMAGES * shape_size(in), PIXELS_MOST);
    draw(images, in);
    cr_assert_eq(clenet_device_open(&device, "cpu", NULL, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_predictor_new(&predictor, model, device, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_predictor_run(predictor, images, IMAGES, got, &error), CLENET_OK, "%s", error.message);
    FILE *file = fopen(golden(name), "r");
    cr_assert_not_null(file);
    for (int i = 0; i < IMAGES * count; i++) {
        double wanted = 0;
        cr_assert_eq(fscanf(file, "%lf%*[,\n]", &wanted), 1);
        cr_expect_float_eq((double)got[i], wanted, 1e-5, "number %d: %g in place of %g", i, (double)got[i], wanted);
    }
    (void)fclose(file);
    clenet_predictor_free(predictor);
    clenet_device_free(device);
}

static void expect_import(const char *name, const char *answers, const clenet_network *network) {
    clenet_model *model = NULL;
    cr_assert_eq(import(&model, name, network), CLENET_OK, "%s", error.message);
    expect_answers(model, answers);
    clenet_model_free(model);
}

Test(keras, a_sequential_h5_model_gives_the_answers_of_keras) {
    expect_import("keras_lenet.h5", "keras_lenet.csv", NULL);
    cr_expect_not_null(strstr(notes, "softmax"), "%s", notes);
}

Test(keras, a_functional_model_with_strides_padding_and_depthwise_gives_the_answers_of_keras) {
    expect_import("keras_mobile.keras", "keras_mobile.csv", NULL);
}

Test(keras, separable_and_grouped_convolutions_give_the_answers_of_keras) {
    expect_import("keras_groups.keras", "keras_groups.csv", NULL);
}

Test(keras, weights_alone_fill_the_network_of_the_caller) {
    clenet_network *network = parsed("input 12x12x1\nconv2d 4 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\n"
                                     "conv2d 5 3x3\nleaky_relu 0.1\nflatten\ndense 8 tanh\ndense 10 softmax\n");
    expect_import("keras_lenet.weights.h5", "keras_lenet.csv", network);
    clenet_network_free(network);
}

Test(keras, weights_alone_without_a_network_ask_for_one) {
    clenet_model *model = NULL;
    cr_expect_eq(import(&model, "keras_lenet.weights.h5", NULL), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "--arch"), "%s", error.message);
    cr_expect_null(model);
}

Test(keras, all_that_clenet_does_not_have_is_named_at_once) {
    static const char *const parts[] = {
        "'wide' (Conv2D): clenet has no dilation_rate", "'curved' (Conv2D): clenet has no activation 'silu'",
        "'joined' (Add): it reads 2 layers", "'line' (Reshape)", "'memory' (LSTM): clenet has no such layer"};
    clenet_model *model = NULL;
    cr_assert_eq(import(&model, "keras_foreign.keras", NULL), CLENET_ERROR_FORMAT);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect_not_null(strstr(error.message, parts[i]), "%s: %s", parts[i], error.message);
}

/* ---- the records of the child process, which may be damaged ---- */

static clenet_status take_apart(const void *records, size_t size) {
    hdf5_content content = {.block = NULL};
    static uint8_t block[256];
    memcpy(block, records, size);
    content.block = block;
    clenet_status status = hdf5_take_apart(&content, size, "x.h5", &error);
    content.block = NULL;
    hdf5_free(&content);
    return status;
}
#define TAKES_APART(records) (take_apart(records, sizeof(records) - 1) == CLENET_OK)

Test(keras, records_that_lie_about_their_sizes_are_refused) {
    cr_expect(TAKES_APART("Z"));
    cr_expect(TAKES_APART("Apath\0\0\0\0\0\1\2\3\4Z"), "a single number");
    cr_expect(!TAKES_APART("Apath\0\0\0\0\0\1\2\3\4"), "no end");
    cr_expect(!TAKES_APART("Apath\0\1\0\0\0\377\377\0\0\0\0\0\0\1\2\3\4Z"), "fewer numbers than the shape says");
    cr_expect(!TAKES_APART("Apath\0\1\0\0\0\377\377\377\377\377\377\377\377\1\2\3\4Z"), "a side of 2^64");
    cr_expect(!TAKES_APART("Apath\0\377\0\0\0Z"), "255 axes");
    cr_expect(!TAKES_APART("Tpath\0name\0text"), "a text without an end");
    cr_expect(!TAKES_APART("?Z"));
    cr_expect(!TAKES_APART(""));
    cr_expect(!TAKES_APART("Ewhy\0"));
    cr_expect_str_eq(error.message, "x.h5: why");
}
