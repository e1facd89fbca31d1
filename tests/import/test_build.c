/* test_build.c - what a reader found becomes a model: layouts are turned, misfits are named. */
#include "lib/import/import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/model.h"
#include "net/networks.h"

static clenet_error error;
static char notes[2048];

static void keep_note(const char *note, void *user) {
    (void)user;
    (void)strncat(notes, note, sizeof notes - strlen(notes) - 1);
    (void)strncat(notes, "\n", sizeof notes - strlen(notes) - 1);
}

/* A network of these layers, whose tensors are counted up from `first` in the file's order. */
static import_network network_of(const char *text) {
    import_network network = {.failed = false};
    clenet_network *own = parsed(text);
    import_add_network(&network, own);
    clenet_network_free(own);
    return network;
}

static void count_up(import_network *network, size_t i, parameter_role role, import_layout layout, int rank,
                     const size_t *shape, float first) {
    float *values = import_set_tensor(network, &network->layers[i], role, layout, rank, shape);
    size_t count = 1;
    for (int k = 0; k < rank; k++) count *= shape[k];
    cr_assert_not_null(values);
    for (size_t k = 0; k < count; k++) values[k] = first + (float)k;
}

static clenet_status build(clenet_model **model, import_network *network, const clenet_import_options *given) {
    clenet_import_options options;
    clenet_import_options_init(&options, sizeof options);
    if (given != NULL) options = *given;
    options.on_note = keep_note;
    notes[0] = '\0';
    clenet_status status = import_build(model, network, "x.file", &options, &error);
    import_network_free(network);
    return status;
}

static const float *values_of(const clenet_model *model, const char *name) {
    for (size_t i = 0; i < clenet_model_tensors(model); i++)
        if (strcmp(clenet_model_tensor(model, i).name, name) == 0) return clenet_model_tensor(model, i).data;
    cr_assert_fail("no %s", name);
    return NULL;
}

Test(import_build, kernels_of_pytorch_are_turned_and_a_missing_bias_is_zero) {
    import_network network = network_of("input 5x4x2\nconv2d 3 3x2\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    network.channels_first = true;
    count_up(&network, 0, PARAMETER_KERNEL, IMPORT_OIHW, 4, (const size_t[]){3, 2, 3, 2}, 0);
    count_up(&network, 2, PARAMETER_KERNEL, IMPORT_OI, 2, (const size_t[]){2, 27}, 0);
    cr_assert_eq(build(&model, &network, NULL), CLENET_OK, "%s", error.message);
    const float *kernel = values_of(model, "conv2d_1.kernel"), *dense = values_of(model, "dense_1.kernel");
    for (int y = 0, at = 0; y < 3; y++)
        for (int x = 0; x < 2; x++)
            for (int i = 0; i < 2; i++)
                for (int o = 0; o < 3; o++, at++)
                    cr_expect_eq(kernel[at], (float)(((o * 2 + i) * 3 + y) * 2 + x), "%d", at);
    for (int y = 0, at = 0; y < 3; y++) /* clenet flattens [y][x][c], the file [c][y][x] */
        for (int x = 0; x < 3; x++)
            for (int c = 0; c < 3; c++)
                for (int o = 0; o < 2; o++, at++)
                    cr_expect_eq(dense[at], (float)(o * 27 + (c * 3 + y) * 3 + x), "%d", at);
    cr_expect_eq(values_of(model, "conv2d_1.bias")[2], 0.0f);
    cr_expect_str_eq(notes, "");
    cr_expect_not(clenet_model_knows_rows(model));
    clenet_model_free(model);
}

Test(import_build, a_batch_norm_behind_the_flatten_is_in_the_files_order_too) {
    import_network network = network_of("input 2x3x2\nflatten\nbatchnorm\ndropout 0.5\ndense 2 softmax\n");
    clenet_model *model = NULL;
    network.channels_first = true;
    const size_t twelve = 12;
    count_up(&network, 1, PARAMETER_MOVING_MEAN, IMPORT_OWN, 1, &twelve, 0);
    count_up(&network, 1, PARAMETER_MOVING_VARIANCE, IMPORT_OWN, 1, &twelve, 100);
    count_up(&network, 3, PARAMETER_KERNEL, IMPORT_OWN, 2, (const size_t[]){12, 2}, 0);
    cr_assert_eq(build(&model, &network, NULL), CLENET_OK, "%s", error.message);
    for (int pixel = 0, at = 0; pixel < 6; pixel++)
        for (int c = 0; c < 2; c++, at++) {
            cr_expect_eq(values_of(model, "batchnorm_1.moving_mean")[at], (float)(c * 6 + pixel));
            cr_expect_eq(values_of(model, "batchnorm_1.moving_variance")[at], (float)(100 + c * 6 + pixel));
            cr_expect_eq(values_of(model, "dense_1.kernel")[2 * at + 1], (float)(2 * (c * 6 + pixel) + 1));
        }
    cr_expect_eq(values_of(model, "batchnorm_1.gamma")[3], 1.0f);
    clenet_model_free(model);
}

Test(import_build, a_depthwise_kernel_of_keras_becomes_groups) {
    import_network network = network_of("input 3x3x2\nconv2d 6 3x3 groups=2\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    count_up(&network, 0, PARAMETER_KERNEL, IMPORT_HWCM, 4, (const size_t[]){3, 3, 2, 3}, 0);
    count_up(&network, 2, PARAMETER_KERNEL, IMPORT_OWN, 2, (const size_t[]){6, 2}, 0);
    cr_assert_eq(build(&model, &network, NULL), CLENET_OK, "%s", error.message);
    for (int i = 0; i < 54; i++) cr_expect_eq(values_of(model, "conv2d_1.kernel")[i], (float)i);
    clenet_model_free(model);
}

Test(import_build, logits_get_a_softmax_and_activations_are_joined) {
    import_network network =
        network_of("input 4x4x1\nconv2d 2 3x3\nrelu\nflatten\ndense 4\ntanh\nleaky_relu\ndense 3\n");
    clenet_model *model = NULL;
    network.separate = true;
    count_up(&network, 0, PARAMETER_KERNEL, IMPORT_OIHW, 4, (const size_t[]){2, 1, 3, 3}, 0);
    count_up(&network, 3, PARAMETER_KERNEL, IMPORT_OI, 2, (const size_t[]){4, 8}, 0);
    count_up(&network, 6, PARAMETER_KERNEL, IMPORT_OI, 2, (const size_t[]){3, 4}, 0);
    cr_assert_eq(build(&model, &network, NULL), CLENET_OK, "%s", error.message);
    cr_expect_str_eq(clenet_network_text(clenet_model_network(model)),
                     "input 4x4x1\nconv2d 2 3x3 valid relu\nflatten\ndense 4 tanh\nleaky_relu 0.3\ndense 3 softmax\n");
    cr_expect_str_eq(notes, "added a softmax behind 'dense_2': the file's network ends in logits\n");
    clenet_model_free(model);
}

Test(import_build, other_pixels_become_a_batch_norm_in_front) {
    static const char *const names[] = {"cat", "dog"};
    import_network network = network_of("input 1x2x2\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    clenet_import_options options;
    clenet_import_options_init(&options, sizeof options);
    options.scaling = 2;
    options.mean[0] = 0.5, options.std[0] = 0.25;
    options.mean[1] = 0.125, options.std[1] = -1.0;
    options.class_names = names;
    count_up(&network, 1, PARAMETER_KERNEL, IMPORT_OWN, 2, (const size_t[]){4, 2}, 0);
    cr_assert_eq(build(&model, &network, &options), CLENET_OK, "%s", error.message);
    cr_expect_str_eq(clenet_network_text(clenet_model_network(model)),
                     "input 1x2x2\nbatchnorm\nflatten\ndense 2 softmax\n");
    cr_expect_eq(values_of(model, "batchnorm_1.moving_mean")[0], 0.5f);
    cr_expect_float_eq(values_of(model, "batchnorm_1.moving_variance")[0], 0.0625f - 1e-3f, 1e-8);
    cr_expect_eq(values_of(model, "batchnorm_1.gamma")[0], 1.0f);
    cr_expect_eq(values_of(model, "batchnorm_1.gamma")[1], -1.0f);
    cr_expect_str_eq(clenet_model_class_name(model, 1), "dog");
    clenet_model_free(model);
}

Test(import_build, all_misfits_are_named_at_once) {
    import_network network = network_of("input 8x8x1\nconv2d 6 3x3\nbatchnorm\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    count_up(&network, 0, PARAMETER_KERNEL, IMPORT_OIHW, 4, (const size_t[]){4, 1, 3, 3}, 0);
    count_up(&network, 0, PARAMETER_BIAS, IMPORT_OWN, 1, (const size_t[]){5}, 0);
    count_up(&network, 3, PARAMETER_KERNEL, IMPORT_OI, 2, (const size_t[]){2, 200}, 0);
    cr_assert_eq(build(&model, &network, NULL), CLENET_ERROR_FORMAT);
    cr_expect_null(model);
    cr_expect_str_eq(
        error.message,
        "cannot import 'x.file': layer 'conv2d_1': its kernel is 4x1x3x3, but must be 6x1x3x3, since 8x8x1 "
        "reach it and 6x6x6 leave; layer 'conv2d_1': its bias is 5, but must be 6, since 8x8x1 reach it and "
        "6x6x6 leave; layer 'batchnorm_1': the file has no moving_mean of 6 for it; layer 'batchnorm_1': the "
        "file has no moving_variance of 6 for it; layer 'dense_1': its kernel is 2x200, but must be 2x216, "
        "since 216 numbers reach it and 2 leave");
}

Test(import_build, more_problems_than_the_message_has_room_for_are_counted) {
    import_network network = network_of("input 8x8x1\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    for (int i = 0; i < 300; i++) import_problem(&network, "layer 'strange_%d': clenet has no Transformer", i);
    import_problem(&network, "layer 'strange_7': clenet has no Transformer"); /* once is enough */
    cr_assert_eq(build(&model, &network, NULL), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "'strange_0': clenet has no Transformer; layer 'strange_1'"));
    const char *end = strstr(error.message, "; and ");
    cr_assert_not_null(end);
    int told = 0;
    for (const char *at = error.message; (at = strstr(at, "strange_")) != NULL; at++) told++;
    cr_expect_eq(atoi(end + strlen("; and ")) + told, 300, "%s", error.message);
}

Test(import_build, a_layer_that_does_not_fit_a_sigmoid_and_an_unknown_input_are_problems) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"input 8x8x1\nflatten\ndense 1 sigmoid\n", "ends in a sigmoid"},
        {"input 8x8x1\nflatten\ndense 1\n", "1 classes"},
        {"input 2x2x2\nflatten\nsoftmax\n", "the classes are a flattened image"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        import_network network = network_of(cases[i].text);
        clenet_model *model = NULL;
        network.channels_first = true;
        if (i < 2) count_up(&network, 1, PARAMETER_KERNEL, IMPORT_OWN, 2, (const size_t[]){64, 1}, 0);
        cr_expect_eq(build(&model, &network, NULL), CLENET_ERROR_FORMAT, "case %zu", i);
        cr_expect_not_null(strstr(error.message, cases[i].message), "%s", error.message);
    }
    import_network network = {.failed = false};
    clenet_model *model = NULL;
    cr_expect_eq(build(&model, &network, NULL), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "the file does not say the size of its images"));
    network = network_of("input 4x4x1\nflatten\ndense 2 softmax\n");
    import_layer *late = import_add_layer(&network, "conv9", CLENET_CONV2D);
    late->spec.filters = 3, late->spec.kernel_height = 3;
    cr_expect_eq(build(&model, &network, NULL), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "layer 'conv9' (conv2d): "), "%s", error.message);
}

Test(import_build, numbers_that_are_not_finite_are_problems) {
    import_network network = network_of("input 1x2x1\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    const double large[] = {1.0, 1e300, 2.0, 3.0};
    float *values =
        import_set_tensor(&network, &network.layers[1], PARAMETER_KERNEL, IMPORT_OWN, 2, (const size_t[]){2, 2});
    import_convert(values, (const uint8_t *)large, 4, IMPORT_F64);
    cr_expect_eq(build(&model, &network, NULL), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "layer 'dense_1': its kernel holds a value that is not a finite number"));
}

Test(import_build, halves_are_converted_as_ieee_754_says) {
    static const struct {
        uint16_t bits;
        float half, brain;
    } cases[] = {
        {0x3C00, 1.0f, 0x1p-7f},         {0xC000, -2.0f, -2.0f},
        {0x0001, 0x1p-24f, 0x1p-133f},   {0x83FF, -0x3FFp-24f, -0x1.FEp-120f},
        {0x7BFF, 65504.0f, 0x1.FEp120f}, {0x3555, 0x1.554p-2f, 0x1.AAp-21f},
        {0x8000, -0.0f, -0.0f},          {0x7C00, INFINITY, 0x1p121f},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t bytes[] = {(uint8_t)(cases[i].bits & 0xFF), (uint8_t)(cases[i].bits >> 8)};
        float half, brain;
        import_convert(&half, bytes, 1, IMPORT_F16);
        import_convert(&brain, bytes, 1, IMPORT_BF16);
        cr_expect(memcmp(&half, &cases[i].half, sizeof half) == 0, "%04x: %g", cases[i].bits, (double)half);
        cr_expect(memcmp(&brain, &cases[i].brain, sizeof brain) == 0, "%04x: %g", cases[i].bits, (double)brain);
    }
}
