/* test_int8.c - exported C code with 8-bit integers answers as the library computes, and its figures are right. */
#include "lib/export/calibrate.h"

#include "export/exported.h"
#include "lib/base/memory.h"
#include "lib/data/labels.h"
#include "lib/export/int8_run.h"

enum { ROWS = 150 };

typedef int predict_function(const uint8_t *image, void *answers);
typedef int self_test_function(void);

/* Random images of the network, with random labels. */
static clenet_dataset *random_images(const clenet_model *model, dice *d) {
    clenet_shape in = model->network->input;
    size_t size = shape_size(in);
    uint8_t *images = malloc(ROWS * size), labels[ROWS];
    clenet_dataset *dataset = NULL;
    int classes = network_classes(model->network);
    for (size_t i = 0; i < ROWS * size; i++) images[i] = roll(d, 3) ? (uint8_t)roll(d, 256) : 0;
    for (int i = 0; i < ROWS; i++) labels[i] = (uint8_t)roll(d, classes);
    succeeds(clenet_dataset_new(&dataset, images, labels, ROWS, in.height, in.width, in.channels, classes, &error));
    free(images);
    return dataset;
}

static clenet_export_options int8_options(const clenet_dataset *dataset, const char *prefix, bool logits) {
    clenet_export_options options;
    clenet_export_options_init(&options, sizeof options);
    options.int8 = true;
    options.calibration = dataset;
    options.prefix = prefix;
    options.logits = logits;
    return options;
}

/* Compares the code with the library's integers on all rows, bit for bit. */
static void compare(void *library, const char *prefix, const clenet_model *model, const clenet_dataset *dataset,
                    bool logits) {
    stage_list list;
    int8_network network;
    calibration found;
    stage_weights weights;
    stage_arrays arrays;
    predict_function *predict;
    self_test_function *self_test;
    size_t size = shape_size(model->network->input);
    int classes = network_classes(model->network);
    find(library, prefix, "predict", &predict);
    find(library, prefix, "self_test", &self_test);
    const char *text = clenet_network_text(model->network);
    cr_expect_eq(self_test(), 0, "the self-test of\n%s", text);
    succeeds(stage_list_new(&list, model, &error));
    succeeds(calibrate(&network, &found, &list, dataset, &error));
    succeeds(int8_weights_take(&weights, &network, &error));
    succeeds(stage_arrays_new(&arrays, &list, &error));
    for (int row = 0; row < ROWS; row++) {
        int8_t wanted[CLASSES_AT_MOST], got[CLASSES_AT_MOST];
        uint8_t probabilities[CLASSES_AT_MOST];
        int8_run(wanted, &network, &weights, &arrays, dataset->images + (size_t)row * size);
        (void)predict(dataset->images + (size_t)row * size, got);
        if (!logits) int8_softmax(probabilities, wanted, classes, &network);
        cr_expect_arr_eq(got, logits ? (const void *)wanted : (const void *)probabilities, (size_t)classes,
                         "%s, row %d of\n%s", prefix, row, text);
    }
    stage_weights_free(&weights, &list);
    stage_arrays_free(&arrays);
    memory_free(found.changes);
    int8_network_free(&network);
    stage_list_free(&list);
}

static const char *const networks[] = {
    "input 12x12x1\nconv2d 4 5x5 same relu\nbatchnorm\nmaxpool2d 2x2\nconv2d 6 3x3\nrelu\nflatten\ndense 5 softmax\n",
    "input 6x6x2\nbatchnorm\nconv2d 3 3x3 same\nbatchnorm\nrelu\nbatchnorm\nmaxpool2d 2x2\nflatten\ndense 3 softmax\n",
    "input 6x5x1\nmaxpool2d 2x2\nbatchnorm\nflatten\nbatchnorm\ndense 3\nbatchnorm\nsoftmax\n",
    ("input 8x8x1\nconv2d 4 1x1 tanh\nbatchnorm\nconv2d 2 1x1 same\nbatchnorm\navgpool2d 2x2\nbatchnorm\n"
     "avgpool2d 2x2\nmaxpool2d 2x2\nflatten\ndense 4 softmax\n"),
    "input 9x9x1\nconv2d 5 2x2 same leaky_relu\nmaxpool2d 2x2\nmaxpool2d 2x2\nglobalavgpool2d\nsoftmax\n",
    "input 4x4x3\nflatten\nbatchnorm\nrelu\nbatchnorm\nsigmoid\ndropout 0.5\ndense 2 softmax\n",
    "input 2x2x1\nflatten\nsoftmax\n",
    ("input 11x9x2\nbatchnorm\nzeropad2d 1,2,0,1\nconv2d 6 3x3 stride=2 groups=2 relu\nbatchnorm\n"
     "conv2d 6 3x3 same groups=6\nbatchnorm\nleaky_relu\nmaxpool2d 3x3 stride=2 same\nconv2d 4 1x1\n"
     "avgpool2d 2x2 stride=1 padding=1\nflatten\ndense 3 softmax\n"),
    ("input 9x10x3\nconv2d 6 3x3 padding=0,2,1,0 stride=3 groups=3 tanh\nzeropad2d 1\nmaxpool2d 3x3 stride=2\n"
     "batchnorm\nrelu\nzeropad2d 0,1,2,0\navgpool2d 2x2 stride=3\nglobalavgpool2d\nbatchnorm\nsoftmax\n"),
    "input 6x7x2\nzeropad2d 1\nflatten\ndense 4 sigmoid\ndense 3 softmax\n",
    "input 8x8x1\nflatten\ndense 30 tanh\ndense 30 tanh\ndense 250 softmax\n"};

Test(export_int8, the_code_gives_the_bytes_that_the_library_computes, .init = scratch_enter, .fini = scratch_leave) {
    enum { COUNT = sizeof networks / sizeof networks[0] };
    clenet_model *models[COUNT];
    clenet_dataset *datasets[COUNT];
    dice d = {4242};
    FILE *all = fopen("all.c", "w");
    for (int i = 0; i < COUNT; i++) {
        char prefix[16], path[16];
        clenet_export *exported = NULL;
        (void)snprintf(prefix, sizeof prefix, "q%d", i);
        (void)snprintf(path, sizeof path, "q%d.c", i);
        models[i] = model_of(parsed(networks[i]), 1, &d);
        datasets[i] = random_images(models[i], &d);
        clenet_export_options options = int8_options(datasets[i], prefix, i % 2 == 0);
        succeeds(clenet_export_c(&exported, models[i], &options, &error));
        succeeds(clenet_export_save(exported, path, &error));
        cr_expect_null(strstr(clenet_export_source(exported), "float"), "network %d computes with floats", i);
        clenet_export_free(exported);
        (void)fprintf(all, "#define Q%d_SELF_TEST\n", i);
    }
    (void)fclose(all);
    void *library = compiled("-include all.c q*.c");
    for (int i = 0; i < COUNT; i++) {
        char prefix[16];
        (void)snprintf(prefix, sizeof prefix, "q%d", i);
        compare(library, prefix, models[i], datasets[i], i % 2 == 0);
        clenet_dataset_free(datasets[i]);
        clenet_model_free(models[i]);
    }
    (void)dlclose(library);
}

/* ---- arithmetic ----------------------------------------------------------------------------------------- */

/* x / 2^bits, rounded to the nearest, and away from 0 in the middle. */
static int64_t halved(int64_t x, int bits) {
    int64_t half = bits > 0 ? INT64_C(1) << (bits - 1) : 0, size = x < 0 ? -x : x;
    return (x < 0 ? -1 : 1) * ((size + half) >> bits);
}

Test(export_int8, a_sum_is_requantized_as_by_tensorflow_lite) {
    dice d = {7};
    cr_expect_eq(int8_requantize(1000, 1 << 30, 0), 500);
    cr_expect_eq(int8_requantize(-3, 1 << 30, 1), -1); /* -1.5 to -1, then -0.5 to -1 */
    cr_expect_eq(int8_requantize(3, 1 << 30, 1), 1);   /* 1.5 to 2, then 1 */
    cr_expect_eq(int8_requantize(INT32_MAX, INT32_MAX, 31), 1);
    for (int i = 0; i < 100000; i++) {
        int32_t sum = (int32_t)(((uint32_t)roll(&d, 65536) << 15) + (uint32_t)roll(&d, 32768)) - (1 << 30);
        int32_t multiplier = (1 << 30) + (roll(&d, 32768) << 15) + roll(&d, 32768);
        int shift = roll(&d, 32);
        /* SaturatingRoundingDoublingHighMul rounds a middle below 0 up, RoundingDivideByPOT away from 0. */
        int64_t product = (int64_t)sum * multiplier,
                high = product >= 0 ? halved(product, 31) : -((-product + (INT64_C(1) << 30) - 1) >> 31);
        cr_assert_eq(int8_requantize(sum, multiplier, shift), halved(high, shift), "%d %d %d", sum, multiplier, shift);
    }
}

Test(export_int8, means_are_rounded_to_the_nearest) {
    cr_expect_eq(int8_mean(5, 2), 3);
    cr_expect_eq(int8_mean(-5, 2), -3);
    cr_expect_eq(int8_mean(4, 3), 1);
    cr_expect_eq(int8_mean(-5, 3), -2);
}

/* ---- figures and errors --------------------------------------------------------------------------------- */

/* Checks the figures of one network. Returns how many more rows the integers predict right. */
static int check_figures(const char *text, const clenet_device *device, dice *d) {
    clenet_model *model = model_of(parsed(text), 1, d);
    clenet_dataset *dataset = random_images(model, d);
    clenet_predictor *predictor = NULL;
    clenet_evaluation evaluation;
    clenet_export *exported = NULL;
    clenet_export_options options = int8_options(dataset, "digits", false);
    succeeds(clenet_predictor_new(&predictor, model, device, &error));
    uint8_t own[ROWS];
    succeeds(clenet_predictor_classify(predictor, dataset, own, &error));
    memcpy(dataset->labels + ROWS / 10, own + ROWS / 10, ROWS - ROWS / 10); /* so a changed class is a wrong one */
    succeeds(clenet_predictor_evaluate(predictor, dataset, &evaluation, NULL, &error));
    succeeds(clenet_export_c(&exported, model, &options, &error));
    clenet_export_check check = clenet_export_checked(exported);
    const clenet_export_change *changes = clenet_export_changes(exported);
    cr_expect_eq(check.rows, ROWS);
    cr_expect_eq(check.range_rows, ROWS);
    cr_expect(check.held_out, "a new model was trained on nothing");
    cr_expect_float_eq(check.before, evaluation.accuracy, 1e-12);
    int gained = 0;
    for (size_t i = 0; i < check.changed; i++) {
        cr_expect(changes[i].row < ROWS && changes[i].before != changes[i].after);
        cr_expect_eq(changes[i].label, dataset->labels[changes[i].row]);
        gained += (changes[i].after == changes[i].label) - (changes[i].before == changes[i].label);
    }
    cr_expect_float_eq(check.after, check.before + (double)gained / ROWS, 1e-12);
    clenet_export_free(exported);
    clenet_predictor_free(predictor);
    clenet_dataset_free(dataset);
    clenet_model_free(model);
    return gained;
}

Test(export_int8, accuracy_before_is_that_of_the_predictor_and_changes_explain_the_rest) {
    dice d = {11};
    clenet_device *device = NULL;
    int networks_that_differ = 0;
    succeeds(clenet_device_open(&device, "cpu", NULL, &error));
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        networks_that_differ += check_figures(networks[i], device, &d) != 0;
    cr_expect_gt(networks_that_differ, 0, "no accuracy changed, so nothing was compared");
    clenet_device_free(device);
}

static void expect_refused(const clenet_model *model, const clenet_dataset *dataset, const char *message) {
    clenet_export *exported = NULL;
    clenet_export_options options = int8_options(dataset, "digits", false);
    cr_expect_eq(clenet_export_c(&exported, model, &options, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_null(exported);
    cr_expect_not_null(strstr(error.message, message), "%s", error.message);
}

Test(export_int8, what_cannot_be_calibrated_is_refused) {
    dice d = {5};
    clenet_model *ensemble = model_of(parsed(networks[0]), 3, &d), *one = model_of(parsed(networks[0]), 1, &d);
    clenet_model *wide = model_of(parsed("input 200x200x1\nflatten\ndense 2 softmax\n"), 1, &d);
    clenet_dataset *dataset = random_images(one, &d), *large = random_images(wide, &d);
    uint8_t image[144] = {0};
    clenet_dataset *unlabelled = NULL;
    succeeds(clenet_dataset_new(&unlabelled, image, NULL, 1, 12, 12, 1, 5, &error));
    expect_refused(ensemble, dataset, "averages 3 networks");
    expect_refused(one, NULL, "without labelled images");
    expect_refused(one, unlabelled, "no labels");
    expect_refused(one, large, "the images are 200x200x1");
    expect_refused(wide, large, "dense_1 has 40000 weights per output");
    clenet_dataset_free(unlabelled);
    clenet_dataset_free(large);
    clenet_dataset_free(dataset);
    clenet_model_free(wide);
    clenet_model_free(one);
    clenet_model_free(ensemble);
}
