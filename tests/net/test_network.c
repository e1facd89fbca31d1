/* test_network.c - layers, their shapes, names and parameters; what does not fit is refused. */
#include "lib/net/network.h"

#include <math.h>
#include <string.h>

#include "../scratch.h"
#include "networks.h"

static clenet_error error;

static clenet_network *image(int height, int width, int channels) {
    clenet_network *network = NULL;
    cr_assert_eq(clenet_network_new(&network, height, width, channels, &error), CLENET_OK, "%s", error.message);
    return network;
}

static void add(clenet_network *network, clenet_layer spec) {
    cr_assert_eq(clenet_network_add(network, &spec, &error), CLENET_OK, "%s", error.message);
}

/* Refused with the message, and nothing of the network has changed. */
static void expect_refused(clenet_network *network, clenet_layer spec, const char *message) {
    char *text = strdup(network->text);
    int layers = network->layer_count, parameters = network->parameter_count;
    size_t trained = network->trained_size, packed = network->packed_size;
    error = (clenet_error){0};
    cr_expect_eq(clenet_network_add(network, &spec, &error), CLENET_ERROR_ARGUMENT, "not refused: %s", message);
    cr_expect_str_eq(error.message, message);
    cr_expect_str_eq(network->text, text);
    cr_expect(network->layer_count == layers && network->parameter_count == parameters);
    cr_expect(network->trained_size == trained && network->packed_size == packed);
    free(text);
}

static void expect_output(const clenet_network *network, size_t i, int height, int width, int channels) {
    clenet_shape out = clenet_network_output(network, i);
    cr_expect(out.height == height && out.width == width && out.channels == channels, "layer %zu is %dx%dx%d", i,
              out.height, out.width, out.channels);
}

Test(network, the_lenet_has_the_shapes_and_parameters_that_keras_gives_it) {
    static const struct {
        const char *name;
        int height, width, channels;
        bool flat;
        size_t trained, moving;
    } rows[] = {
        {"conv2d_1", 28, 28, 6, false, 156, 0},    {"maxpool2d_1", 14, 14, 6, false, 0, 0},
        {"batchnorm_1", 14, 14, 6, false, 12, 12}, {"dropout_1", 14, 14, 6, false, 0, 0},
        {"conv2d_2", 10, 10, 16, false, 2416, 0},  {"maxpool2d_2", 5, 5, 16, false, 0, 0},
        {"batchnorm_2", 5, 5, 16, false, 32, 32},  {"dropout_2", 5, 5, 16, false, 0, 0},
        {"flatten_1", 1, 1, 400, true, 0, 0},      {"dense_1", 1, 1, 120, true, 48120, 0},
        {"dense_2", 1, 1, 84, true, 10164, 0},     {"dense_3", 1, 1, 10, true, 850, 0},
    };
    clenet_network *network = lenet();
    size_t trained = 0, moving = 0;
    cr_assert_eq(clenet_network_layers(network), sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(clenet_network_layer_name(network, i), rows[i].name);
        expect_output(network, i, rows[i].height, rows[i].width, rows[i].channels);
        cr_expect_eq(clenet_network_flat(network, i), rows[i].flat, "%s", rows[i].name);
        cr_expect_eq(clenet_network_trained(network, i), rows[i].trained, "%s", rows[i].name);
        cr_expect_eq(clenet_network_moving(network, i), rows[i].moving, "%s", rows[i].name);
        trained += clenet_network_trained(network, i);
        moving += clenet_network_moving(network, i);
    }
    cr_expect_eq(trained, 61750);
    cr_expect_eq(moving, 44);
    cr_expect_eq(network_classes(network), 10);
    cr_expect_eq(clenet_network_input(network).height, 28);
    cr_expect_eq(network_check_complete(network, &error), CLENET_OK);
    clenet_network_free(network);
}

Test(network, the_lenet_is_made_for_other_images_and_classes_if_they_fit) {
    clenet_network *network = NULL;
    cr_assert_eq(clenet_network_lenet(&network, 32, 40, 3, 26, &error), CLENET_OK, "%s", error.message);
    expect_output(network, 8, 1, 1, 6 * 8 * 16);
    cr_expect_eq(network_classes(network), 26);
    clenet_network_free(network);
    network = NULL;
    cr_expect_eq(clenet_network_lenet(&network, 10, 28, 1, 10, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "maxpool2d_2: a window of 2x2 does not fit into the 1x10 that reach it; take a "
                                    "smaller window");
    cr_expect_eq(clenet_network_lenet(&network, 28, 28, 1, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "the network ends in a softmax over 1 classes; it can be trained for 2 to 256");
    cr_expect_eq(clenet_network_lenet(&network, 28, 28, 0, 10, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_null(network);
}

Test(network, defaults_are_filled_in_and_fields_of_other_kinds_are_not_read) {
    clenet_network *network = image(20, 20, 1);
    add(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 2, .kernel_width = 3, .units = -7, .rate = NAN});
    add(network, (clenet_layer){.kind = CLENET_MAXPOOL2D, .filters = -1, .activation = CLENET_ACTIVATION_SOFTMAX});
    add(network, (clenet_layer){.kind = CLENET_BATCHNORM});
    const clenet_layer *conv2d = clenet_network_layer(network, 0);
    cr_expect(conv2d->kernel_height == 3 && conv2d->kernel_width == 3 && conv2d->units == 0);
    cr_expect_eq(clenet_network_layer(network, 1)->pool, 2);
    cr_expect_eq(clenet_network_layer(network, 1)->activation, CLENET_ACTIVATION_NONE);
    cr_expect_eq(clenet_network_layer(network, 2)->momentum, 0.99f);
    cr_expect_eq(clenet_network_layer(network, 2)->epsilon, 1e-3f);
    clenet_network_free(network);
}

Test(network, same_padding_puts_the_extra_zero_of_an_even_kernel_behind) {
    clenet_network *network = image(7, 9, 2);
    add(network,
        (clenet_layer){
            .kind = CLENET_CONV2D, .filters = 3, .kernel_height = 4, .kernel_width = 5, .padding = CLENET_SAME});
    expect_output(network, 0, 7, 9, 3);
    cr_expect_eq(network->layers[0].pad_top, 1);
    cr_expect_eq(network->layers[0].pad_left, 2);
    add(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 7, .kernel_width = 2});
    expect_output(network, 1, 1, 8, 1);
    cr_expect(network->layers[1].pad_top == 0 && network->layers[1].pad_left == 0);
    clenet_network_free(network);
}

/* As Keras 3 says of Conv2D and MaxPooling2D, and PyTorch of Conv2d and MaxPool2d. */
Test(network, a_stride_and_padding_give_the_shapes_of_keras_and_pytorch) {
    static const struct {
        int in, window, stride;
        clenet_padding padding;
        int before, after, out, pad;
    } rows[] = {
        {28, 3, 2, CLENET_SAME, 0, 0, 14, 0},   {27, 3, 2, CLENET_SAME, 0, 0, 14, 1},
        {28, 5, 3, CLENET_SAME, 0, 0, 10, 2},   {7, 2, 4, CLENET_SAME, 0, 0, 2, 0},
        {28, 3, 2, CLENET_VALID, 0, 0, 13, 0},  {28, 3, 4, CLENET_VALID, 0, 0, 7, 0},
        {28, 5, 1, CLENET_PADDED, 2, 2, 28, 2}, {28, 3, 2, CLENET_PADDED, 1, 1, 14, 1},
        {28, 3, 2, CLENET_PADDED, 0, 1, 14, 0}, {1, 3, 1, CLENET_PADDED, 1, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clenet_network *network = image(rows[i].in, rows[i].in, 2);
        clenet_layer window = {.kind = CLENET_CONV2D,
                               .filters = 2,
                               .kernel_height = rows[i].window,
                               .pool = rows[i].window,
                               .stride = rows[i].stride,
                               .padding = rows[i].padding,
                               .pad_top = rows[i].before,
                               .pad_bottom = rows[i].after,
                               .pad_left = rows[i].before,
                               .pad_right = rows[i].after};
        add(network, window);
        expect_output(network, 0, rows[i].out, rows[i].out, 2);
        cr_expect(network->layers[0].pad_top == rows[i].pad && network->layers[0].pad_left == rows[i].pad, "row %zu",
                  i);
        clenet_network_free(network);
        network = image(rows[i].in, rows[i].in, 2);
        window.kind = CLENET_MAXPOOL2D;
        add(network, window);
        expect_output(network, 0, rows[i].out, rows[i].out, 2);
        cr_expect(network->layers[0].pad_top == rows[i].pad && network->layers[0].pad_left == rows[i].pad, "row %zu",
                  i);
        clenet_network_free(network);
    }
}

Test(network, each_side_has_its_padding) {
    clenet_network *network = image(5, 6, 2);
    add(network,
        (clenet_layer){.kind = CLENET_ZEROPAD2D, .pad_top = 1, .pad_bottom = 2, .pad_left = 3, .pad_right = 4});
    expect_output(network, 0, 8, 13, 2);
    cr_expect(network->layers[0].pad_top == 1 && network->layers[0].pad_left == 3);
    expect_refused(network, (clenet_layer){.kind = CLENET_ZEROPAD2D, .pad_bottom = 65},
                   "zeropad2d_2: pad_bottom 65 is out of range 0..64");
    expect_refused(network, (clenet_layer){.kind = CLENET_MAXPOOL2D, .padding = CLENET_PADDED, .pad_right = 2},
                   "maxpool2d_1: the padding must be smaller than the window of 2x2");
    clenet_network_free(network);
}

Test(network, groups_divide_channels_and_filters) {
    clenet_network *network = image(8, 8, 4);
    add(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 8, .kernel_height = 3, .groups = 4});
    const parameter *kernel = &network->parameters[0];
    cr_expect(kernel->shape[2] == 1 && kernel->shape[3] == 8 && kernel->count == 72 && kernel->fan_in == 9 &&
              kernel->fan_out == 72);
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 6, .kernel_height = 3, .groups = 3},
                   "conv2d_2: 3 groups do not divide the 8 channels that reach it; take a divisor of both numbers");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 6, .kernel_height = 3, .groups = 4},
                   "conv2d_2: 4 groups do not divide the 6 filters; take a divisor of both numbers");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 6, .kernel_height = 3, .stride = 17},
                   "conv2d_2: stride 17 is out of range 1..16");
    clenet_network_free(network);
}

Test(network, a_same_convolution_may_have_a_kernel_larger_than_the_image) {
    clenet_network *network = image(2, 2, 1);
    add(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 5, .padding = CLENET_SAME});
    expect_output(network, 0, 2, 2, 1);
    clenet_network_free(network);
}

Test(network, pooling_drops_the_rows_and_columns_left_over) {
    clenet_network *network = image(11, 8, 3);
    add(network, (clenet_layer){.kind = CLENET_MAXPOOL2D, .pool = 3});
    expect_output(network, 0, 3, 2, 3);
    expect_refused(network, (clenet_layer){.kind = CLENET_MAXPOOL2D, .pool = 3},
                   "maxpool2d_2: a window of 3x3 does not fit into the 3x2 that reach it; take a smaller window");
    clenet_network_free(network);
    network = image(11, 8, 3);
    add(network, (clenet_layer){.kind = CLENET_AVGPOOL2D});
    expect_output(network, 0, 5, 4, 3);
    cr_expect_eq(clenet_network_layer(network, 0)->pool, 2);
    expect_refused(network, (clenet_layer){.kind = CLENET_AVGPOOL2D, .pool = 5},
                   "avgpool2d_2: a window of 5x5 does not fit into the 5x4 that reach it; take a smaller window");
    expect_refused(network, (clenet_layer){.kind = CLENET_AVGPOOL2D, .pool = 17},
                   "avgpool2d_2: pool 17 is out of range 1..16");
    clenet_network_free(network);
}

Test(network, batchnorm_has_a_parameter_a_channel_on_images_and_on_flat_numbers) {
    clenet_network *network = parsed("input 4x4x3\nbatchnorm\nflatten\nbatchnorm");
    cr_expect_eq(clenet_network_trained(network, 0), 6);
    cr_expect_eq(clenet_network_trained(network, 2), 96);
    cr_expect_eq(clenet_network_moving(network, 2), 96);
    expect_output(network, 2, 1, 1, 48);
    clenet_network_free(network);
}

Test(network, layers_are_numbered_within_their_kind) {
    clenet_network *network = parsed("input 4x4\nrelu\ndropout 0.5\nrelu\nflatten\nrelu\ndense 3\ndense 2\nsoftmax");
    static const char *const names[] = {"relu_1", "dropout_1", "relu_2",  "flatten_1",
                                        "relu_3", "dense_1",   "dense_2", "softmax_1"};
    for (size_t i = 0; i < 8; i++) cr_expect_str_eq(clenet_network_layer_name(network, i), names[i]);
    cr_expect_eq(network_check_complete(network, &error), CLENET_OK);
    clenet_network_free(network);
}

Test(network, parameters_are_named_shaped_and_packed_trained_ones_first) {
    clenet_network *network = parsed("input 6x6x2\nconv2d 3 5x4 same\nbatchnorm\nflatten\ndense 7\n");
    static const struct {
        const char *name;
        int rank;
        size_t shape[4], offset;
        bool trained;
    } rows[] = {
        {"conv2d_1.kernel", 4, {5, 4, 2, 3}, 0, true},   {"conv2d_1.bias", 1, {3}, 128, true},
        {"batchnorm_1.gamma", 1, {3}, 144, true},        {"batchnorm_1.beta", 1, {3}, 160, true},
        {"batchnorm_1.moving_mean", 1, {3}, 960, false}, {"batchnorm_1.moving_variance", 1, {3}, 976, false},
        {"dense_1.kernel", 2, {108, 7}, 176, true},      {"dense_1.bias", 1, {7}, 944, true},
    };
    cr_assert_eq(network->parameter_count, 8);
    for (int i = 0; i < 8; i++) {
        const parameter *p = &network->parameters[i];
        cr_expect_str_eq(p->name, rows[i].name);
        cr_expect_eq(p->rank, rows[i].rank, "%s", p->name);
        cr_expect_arr_eq(p->shape, rows[i].shape, sizeof p->shape);
        cr_expect_eq(p->offset, rows[i].offset, "%s at %zu", p->name, p->offset);
        cr_expect_eq(p->trained, rows[i].trained, "%s", p->name);
    }
    cr_expect_eq(network->parameters[0].fan_in, 40);
    cr_expect_eq(network->parameters[0].fan_out, 60);
    cr_expect_eq(network->parameters[6].fan_in, 108);
    cr_expect_eq(network->parameters[6].layer, 3);
    cr_expect_eq(network->layers[3].parameter_first, 6);
    cr_expect_eq(network->trained_size, 960);
    cr_expect_eq(network->packed_size, 992);
    clenet_network_free(network);
}

Test(network, packed_parameters_of_random_networks_are_aligned_and_never_overlap) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        clenet_network *network = random_network(seed);
        bool *taken = calloc(network->packed_size, sizeof *taken);
        for (int i = 0; i < network->parameter_count; i++) {
            const parameter *p = &network->parameters[i];
            cr_assert_eq(p->offset % PARAMETER_ALIGNMENT, 0);
            cr_assert_eq(p->trained, p->offset < network->trained_size);
            cr_assert_leq(p->offset + p->count, p->trained ? network->trained_size : network->packed_size);
            for (size_t k = 0; k < p->count; k++) {
                cr_assert_not(taken[p->offset + k], "seed %d: %s", (int)seed, p->name);
                taken[p->offset + k] = true;
            }
        }
        free(taken);
        clenet_network_free(network);
    }
}

Test(network, a_copy_is_equal_and_lives_on_its_own) {
    clenet_network *network = lenet(), *copy = NULL;
    cr_assert_eq(network_copy(&copy, network, &error), CLENET_OK);
    char *text = strdup(network->text);
    size_t packed = network->packed_size;
    clenet_network_free(network);
    cr_expect_str_eq(clenet_network_text(copy), text);
    cr_expect_eq(copy->packed_size, packed);
    cr_expect_str_eq(copy->parameters[1].name, "conv2d_1.bias");
    free(text);
    clenet_network_free(copy);
}

Test(network, an_input_out_of_range_is_refused) {
    static const struct {
        int height, width, channels;
        const char *message;
    } rows[] = {
        {0, 28, 1, "input: height 0 is out of range 1..4096"},
        {28, -1, 1, "input: width -1 is out of range 1..4096"},
        {28, 28, 4097, "input: channels 4097 is out of range 1..4096"},
        {4096, 4096, 128, "input: 4096x4096x128 is more than 2147483647 numbers; use smaller images"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clenet_network *network = NULL;
        cr_expect_eq(clenet_network_new(&network, rows[i].height, rows[i].width, rows[i].channels, &error),
                     CLENET_ERROR_ARGUMENT);
        cr_expect_str_eq(error.message, rows[i].message);
        cr_expect_null(network);
    }
}

Test(network, a_convolution_that_does_not_fit_is_refused) {
    clenet_network *network = image(8, 8, 1);
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .kernel_height = 3},
                   "conv2d_1: filters 0 is out of range 1..4096");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 4097, .kernel_height = 3},
                   "conv2d_1: filters 4097 is out of range 1..4096");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1},
                   "conv2d_1: kernel height 0 is out of range 1..64");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 65},
                   "conv2d_1: kernel height 65 is out of range 1..64");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 1, .kernel_width = -2},
                   "conv2d_1: kernel width -2 is out of range 1..64");
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 9, .kernel_width = 3},
                   "conv2d_1: a kernel of 9x3 does not fit into the 8x8 that reach it; take a smaller kernel, or "
                   "padding same");
    expect_refused(
        network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 3, .padding = (clenet_padding)7},
        "conv2d_1: padding 7 is not known; use valid, same or padded");
    expect_refused(
        network,
        (clenet_layer){
            .kind = CLENET_CONV2D, .filters = 1, .kernel_height = 3, .activation = CLENET_ACTIVATION_SOFTMAX},
        "conv2d_1: activation softmax is not allowed here; end the network with a dense layer that has it");
    expect_refused(
        network,
        (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 3, .activation = (clenet_activation)9},
        "conv2d_1: activation 9 is not known; use none, relu, tanh, sigmoid, leaky_relu or softmax");
    clenet_network_free(network);
}

Test(network, numbers_of_batchnorm_dropout_pooling_and_dense_out_of_range_are_refused) {
    clenet_network *network = image(8, 8, 1);
    expect_refused(network, (clenet_layer){.kind = CLENET_MAXPOOL2D, .pool = -1},
                   "maxpool2d_1: pool -1 is out of range 1..16");
    expect_refused(network, (clenet_layer){.kind = CLENET_MAXPOOL2D, .pool = 65},
                   "maxpool2d_1: pool 65 is out of range 1..16");
    static const float momenta[] = {-0.5f, 1.0f, 2.0f, NAN, INFINITY};
    for (size_t i = 0; i < sizeof momenta / sizeof momenta[0]; i++) {
        clenet_layer spec = {.kind = CLENET_BATCHNORM, .momentum = momenta[i]};
        cr_expect_eq(clenet_network_add(network, &spec, &error), CLENET_ERROR_ARGUMENT);
        cr_expect(strstr(error.message, "batchnorm_1: momentum ") == error.message, "%s", error.message);
    }
    static const float epsilons[] = {-1e-3f, NAN, INFINITY};
    for (size_t i = 0; i < sizeof epsilons / sizeof epsilons[0]; i++) {
        clenet_layer spec = {.kind = CLENET_BATCHNORM, .epsilon = epsilons[i]};
        cr_expect_eq(clenet_network_add(network, &spec, &error), CLENET_ERROR_ARGUMENT);
        cr_expect(strstr(error.message, "batchnorm_1: epsilon ") == error.message, "%s", error.message);
    }
    static const float rates[] = {-0.1f, 1.0f, NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        clenet_layer spec = {.kind = CLENET_DROPOUT, .rate = rates[i]};
        cr_expect_eq(clenet_network_add(network, &spec, &error), CLENET_ERROR_ARGUMENT);
        cr_expect(strstr(error.message, "dropout_1: rate ") == error.message, "%s", error.message);
    }
    add(network, (clenet_layer){.kind = CLENET_FLATTEN});
    expect_refused(network, (clenet_layer){.kind = CLENET_DENSE}, "dense_1: units 0 is out of range 1..65536");
    expect_refused(network, (clenet_layer){.kind = CLENET_DENSE, .units = 65537},
                   "dense_1: units 65537 is out of range 1..65536");
    clenet_network_free(network);
}

Test(network, a_layer_that_does_not_fit_what_reaches_it_says_what_to_do) {
    clenet_network *network = image(5, 5, 16);
    expect_refused(network, (clenet_layer){.kind = CLENET_DENSE, .units = 10},
                   "dense_1: needs a flat input, but 5x5x16 reaches it; put a flatten before it");
    expect_refused(network, (clenet_layer){.kind = CLENET_SOFTMAX},
                   "softmax_1: needs a flat input, but 5x5x16 reaches it; put a flatten before it");
    expect_refused(network, (clenet_layer){.kind = (clenet_layer_kind)99},
                   "layer 1: kind 99 is not known; use a CLENET_ kind");
    add(network, (clenet_layer){.kind = CLENET_FLATTEN});
    expect_refused(network, (clenet_layer){.kind = CLENET_CONV2D, .filters = 1, .kernel_height = 1},
                   "conv2d_1: needs an image, but 400 flat numbers reach it; put it before the flatten");
    expect_refused(network, (clenet_layer){.kind = CLENET_MAXPOOL2D},
                   "maxpool2d_1: needs an image, but 400 flat numbers reach it; put it before the flatten");
    clenet_network_free(network);
}

Test(network, nothing_may_follow_a_softmax) {
    clenet_network *network = parsed("input 2x2\nflatten\ndense 3 softmax");
    for (int kind = CLENET_BATCHNORM; kind <= CLENET_GLOBALAVGPOOL2D; kind++) {
        clenet_layer spec = {.kind = (clenet_layer_kind)kind, .units = 3};
        cr_expect_eq(clenet_network_add(network, &spec, &error), CLENET_ERROR_ARGUMENT, "kind %d", kind);
    }
    expect_refused(network, (clenet_layer){.kind = CLENET_SOFTMAX},
                   "softmax_1: nothing may follow the softmax of dense_1; put it before, or take the softmax away");
    clenet_network_free(network);
    network = parsed("input 2x2\nflatten\nsoftmax");
    expect_refused(network, (clenet_layer){.kind = CLENET_RELU},
                   "relu_1: nothing may follow the softmax of softmax_1; put it before, or take the softmax away");
    clenet_network_free(network);
}

Test(network, layers_with_more_numbers_than_can_be_counted_are_refused) {
    clenet_network *network = image(4096, 4096, 8);
    expect_refused(network,
                   (clenet_layer){.kind = CLENET_CONV2D, .filters = 4096, .kernel_height = 1, .padding = CLENET_SAME},
                   "conv2d_1: an output of 4096x4096x4096 is more than 2147483647 numbers; make the layer smaller");
    add(network, (clenet_layer){.kind = CLENET_FLATTEN});
    expect_refused(network, (clenet_layer){.kind = CLENET_DENSE, .units = 65536},
                   "dense_1: 8796093022208 weights are more than 2147483647; make the layer or its input smaller");
    clenet_network_free(network);
    network = parsed("input 100x100x3\nflatten\ndense 65536\n");
    expect_refused(network, (clenet_layer){.kind = CLENET_DENSE, .units = 30000},
                   "dense_2: the network would have more than 2147483647 parameters; make its layers smaller");
    clenet_network_free(network);
}

Test(network, a_network_has_at_most_a_thousand_layers) {
    clenet_network *network = image(4, 4, 1);
    for (int i = 0; i < 1000; i++) add(network, (clenet_layer){.kind = CLENET_BATCHNORM});
    expect_refused(network, (clenet_layer){.kind = CLENET_RELU}, "relu_1: a network has at most 1000 layers");
    cr_expect_str_eq(clenet_network_layer_name(network, 999), "batchnorm_1000");
    cr_expect_str_eq(network->parameters[3999].name, "batchnorm_1000.moving_variance");
    clenet_network_free(network);
}

Test(network, a_network_is_complete_only_with_a_softmax_over_2_to_256_classes) {
    static const struct {
        const char *text, *message; /* NULL: complete */
    } rows[] = {
        {"input 4x4", "the network has no layers; add some, the last with a softmax"},
        {"input 4x4\nflatten\ndense 10 relu", "the network ends in dense_1; end it with a softmax over the classes"},
        {"input 4x4\nflatten\ndense 1 softmax",
         "the network ends in a softmax over 1 classes; it can be trained for 2 to 256"},
        {"input 4x4\nflatten\ndense 257\nsoftmax",
         "the network ends in a softmax over 257 classes; it can be trained for 2 to 256"},
        {"input 4x4\nflatten\ndense 256 softmax", NULL},
        {"input 4x4\nflatten\nsoftmax", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clenet_network *network = parsed(rows[i].text);
        clenet_status status = network_check_complete(network, &error);
        cr_expect_eq(status, rows[i].message == NULL ? CLENET_OK : CLENET_ERROR_ARGUMENT, "%s", rows[i].text);
        if (rows[i].message != NULL) cr_expect_str_eq(error.message, rows[i].message);
        clenet_network_free(network);
    }
}

Test(network, images_of_another_size_are_refused) {
    clenet_network *network = image(28, 28, 1);
    cr_expect_eq(network_check_images(network, 28, 28, 1, &error), CLENET_OK);
    cr_expect_eq(network_check_images(network, 28, 28, 3, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(network_check_images(network, 28, 32, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_eq(network_check_images(network, 32, 28, 1, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "the images are 32x28x1, but the network takes 28x28x1; use images or a network "
                                    "of the other's size");
    clenet_network_free(network);
}

Test(network, a_layer_that_is_not_there_has_no_properties) {
    clenet_network *network = image(4, 4, 1);
    cr_expect_null(clenet_network_layer(network, 0));
    cr_expect_null(clenet_network_layer_name(network, 0));
    expect_output(network, 0, 0, 0, 0);
    cr_expect_not(clenet_network_flat(network, 0));
    cr_expect_eq(clenet_network_trained(network, 0) + clenet_network_moving(network, 0), 0);
    cr_expect_eq(network_classes(network), 1);
    clenet_network_free(network);
    clenet_network_free(NULL);
}
