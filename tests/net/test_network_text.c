/* test_network_text.c - networks are written as text and read back; an error in the text has its line and reason. */
#include "lib/net/network.h"

#include <string.h>

#include "../scratch.h"
#include "networks.h"

static clenet_error error;

static void expect_text(const char *text, const char *canonical) {
    clenet_network *network = parsed(text);
    cr_expect_str_eq(clenet_network_text(network), canonical);
    clenet_network_free(network);
}

static void expect_refused(const char *text, const char *message) {
    clenet_network *network = NULL;
    error = (clenet_error){0};
    cr_expect_eq(clenet_network_parse(&network, text, "lenet.txt", &error), CLENET_ERROR_FORMAT, "%s", text);
    cr_expect_str_eq(error.message, message);
    cr_expect_null(network);
}

/* The layer stands in line 2, below an input of 28x28x1. */
static void expect_layer_refused(const char *line, const char *message) {
    char text[2048];
    (void)snprintf(text, sizeof text, "input 28x28x1\n%s\nflatten\n", line);
    expect_refused(text, message);
}

Test(network_text, the_lenet_reads_as_its_layers) {
    clenet_network *network = lenet();
    cr_expect_str_eq(clenet_network_text(network), "input 28x28x1\n"
                                                   "conv2d 6 5x5 same relu\n"
                                                   "maxpool2d 2x2\n"
                                                   "batchnorm\n"
                                                   "dropout 0.1\n"
                                                   "conv2d 16 5x5 valid relu\n"
                                                   "maxpool2d 2x2\n"
                                                   "batchnorm\n"
                                                   "dropout 0.3\n"
                                                   "flatten\n"
                                                   "dense 120 relu\n"
                                                   "dense 84 relu\n"
                                                   "dense 10 softmax\n");
    clenet_network_free(network);
}

Test(network_text, a_layer_with_parameters_may_be_frozen) {
    expect_text(
        "input 8x8\nconv2d 2 3x3 relu frozen\nbatchnorm momentum=0.5 frozen # kept\nflatten\ndense 3 softmax frozen\n",
        "input 8x8x1\nconv2d 2 3x3 valid relu frozen\nbatchnorm momentum=0.5 frozen\nflatten\n"
        "dense 3 softmax frozen\n");
    expect_layer_refused("dropout 0.1 frozen", "lenet.txt:2: 'dropout 0.1 frozen' has no parameters that could be "
                                               "frozen; remove the word frozen");
    expect_layer_refused("dense frozen", "lenet.txt:2: 'dense frozen' needs a number of units, like dense 120");
}

Test(network_text, what_is_written_is_read_back_to_the_last_bit) {
    for (uint64_t seed = 1; seed <= 500; seed++) {
        clenet_network *network = random_network(seed), *back = parsed(clenet_network_text(network));
        cr_assert_str_eq(clenet_network_text(back), clenet_network_text(network));
        cr_assert_eq(back->layer_count, network->layer_count);
        for (int i = 0; i < network->layer_count; i++) {
            const clenet_layer *a = &network->layers[i].spec, *b = &back->layers[i].spec;
            cr_assert(a->kind == b->kind && a->filters == b->filters && a->kernel_height == b->kernel_height &&
                          a->kernel_width == b->kernel_width && a->padding == b->padding &&
                          a->activation == b->activation && a->pool == b->pool && a->stride == b->stride &&
                          a->groups == b->groups && a->pad_top == b->pad_top && a->pad_bottom == b->pad_bottom &&
                          a->pad_left == b->pad_left && a->pad_right == b->pad_right && a->momentum == b->momentum &&
                          a->epsilon == b->epsilon && a->rate == b->rate && a->units == b->units,
                      "seed %d, layer %d\n%s", (int)seed, i, clenet_network_text(network));
        }
        clenet_network_free(back);
        clenet_network_free(network);
    }
}

Test(network_text, strides_groups_and_padding_are_written_if_they_are_not_the_usual_ones) {
    expect_text("input 9x9x4\nconv2d 8 3x3 relu groups=4 stride=2 same",
                "input 9x9x4\nconv2d 8 3x3 same stride=2 groups=4 relu\n");
    expect_text("input 9x9x4\nconv2d 8 3x3 stride=1 groups=1 padding=2", "input 9x9x4\nconv2d 8 3x3 padding=2\n");
    expect_text("input 9x9x4\nconv2d 8 3x3 padding=0,1,2,03", "input 9x9x4\nconv2d 8 3x3 padding=0,1,2,3\n");
    expect_text("input 9x9x4\nmaxpool2d 3x3 stride=2 same\navgpool2d 2x2 stride=2 valid\nmaxpool2d 2x2 padding=1",
                "input 9x9x4\nmaxpool2d 3x3 same stride=2\navgpool2d 2x2\nmaxpool2d 2x2 padding=1\n");
    expect_text("input 9x9x4\nzeropad2d 2,2,2,2\nzeropad2d 0,1,0,1", "input 9x9x4\nzeropad2d 2\nzeropad2d 0,1,0,1\n");
}

Test(network_text, an_option_of_a_window_that_is_not_known_is_refused) {
    static const char *const words[] = {
        "stride",      "stride=",       "stride=0",          "stride=1.5",     "padding=",     "padding=-1",
        "padding=1,2", "padding=1,2,3", "padding=1,2,3,4,5", "padding=1,2,3,", "padding=same", "padding=1000000000",
        "groups=0",    "stride=2x2"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char line[100], message[400];
        (void)snprintf(line, sizeof line, "conv2d 6 5x5 %s", words[i]);
        (void)snprintf(message, sizeof message,
                       "lenet.txt:2: '%s' has '%s', which is none of same, valid, padding=2, stride=2, groups=2, relu, "
                       "tanh, sigmoid, leaky_relu",
                       line, words[i]);
        expect_layer_refused(line, message);
    }
    expect_layer_refused("maxpool2d 2x2 groups=2",
                         "lenet.txt:2: 'maxpool2d 2x2 groups=2' has 'groups=2', which is none of "
                         "same, valid, padding=1, stride=2");
    expect_layer_refused("maxpool2d 2x2 same padding=1",
                         "lenet.txt:2: 'maxpool2d 2x2 same padding=1' has 'padding=1', which is "
                         "unexpected; give each option once");
    expect_layer_refused("zeropad2d 1x1",
                         "lenet.txt:2: 'zeropad2d 1x1' needs the zeros of all sides, like zeropad2d 2, or of "
                         "top, bottom, left and right, like 0,1,0,1");
}

Test(network_text, every_float_is_written_with_the_fewest_digits_that_read_back) {
    static const struct {
        float epsilon;
        const char *text;
    } rows[] = {
        {1e-5f, "input 1x1x1\nbatchnorm epsilon=1e-05\n"},
        {0x1p-149f, "input 1x1x1\nbatchnorm epsilon=1e-45\n"},
        {0x1.fffffep127f, "input 1x1x1\nbatchnorm epsilon=3.4028235e+38\n"},
        {0x1.000002p0f, "input 1x1x1\nbatchnorm epsilon=1.0000001\n"},
        {16777215.0f, "input 1x1x1\nbatchnorm epsilon=16777215\n"},
        {1e-3f, "input 1x1x1\nbatchnorm\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clenet_network *network = parsed("input 1x1");
        clenet_layer spec = {.kind = CLENET_BATCHNORM, .epsilon = rows[i].epsilon};
        cr_assert_eq(clenet_network_add(network, &spec, NULL), CLENET_OK);
        cr_expect_str_eq(clenet_network_text(network), rows[i].text);
        clenet_network *back = parsed(rows[i].text);
        cr_expect_eq(back->layers[0].spec.epsilon, rows[i].epsilon, "%s", rows[i].text);
        clenet_network_free(back);
        clenet_network_free(network);
    }
}

Test(network_text, comments_blank_lines_tabs_and_carriage_returns_are_skipped) {
    expect_text("\xEF\xBB\xBF# a network\r\n\r\n  input\t8x8 # gray\r\n\t\n#\nconv2d  3 2x3#x\r\n\tmaxpool2d\t1x1  ",
                "input 8x8x1\nconv2d 3 2x3 valid\nmaxpool2d 1x1\n");
}

Test(network_text, options_are_read_in_any_order) {
    expect_text("input 9x9x2\nconv2d 1 3x3 relu same\nconv2d 1 3x3 valid\nbatchnorm epsilon=.5 momentum=0.9\n"
                "batchnorm momentum=99e-2 epsilon=1E-3\nrelu\nflatten\ndense 7\ndense 3 relu\nsoftmax",
                "input 9x9x2\nconv2d 1 3x3 same relu\nconv2d 1 3x3 valid\nbatchnorm momentum=0.9 epsilon=0.5\n"
                "batchnorm\nrelu\nflatten\ndense 7\ndense 3 relu\nsoftmax\n");
}

Test(network_text, average_pooling_and_tanh_are_layers_and_activations) {
    expect_text("input 9x9x2\nconv2d 1 3x3 tanh same\navgpool2d 2x2\ntanh\nflatten\ndense 3 tanh\nsoftmax",
                "input 9x9x2\nconv2d 1 3x3 same tanh\navgpool2d 2x2\ntanh\nflatten\ndense 3 tanh\nsoftmax\n");
}

Test(network_text, sigmoid_is_a_layer_and_an_activation) {
    expect_text("input 9x9x2\nconv2d 1 3x3 sigmoid\nsigmoid\nflatten\ndense 3 sigmoid\nsoftmax",
                "input 9x9x2\nconv2d 1 3x3 valid sigmoid\nsigmoid\nflatten\ndense 3 sigmoid\nsoftmax\n");
}

Test(network_text, leaky_relu_is_a_layer_with_a_slope_and_an_activation) {
    expect_text("input 9x9x2\nconv2d 1 3x3 leaky_relu\nleaky_relu\nleaky_relu .1\nflatten\ndense 3 leaky_relu\nsoftmax",
                "input 9x9x2\nconv2d 1 3x3 valid leaky_relu\nleaky_relu 0.3\nleaky_relu 0.1\nflatten\n"
                "dense 3 leaky_relu\nsoftmax\n");
}

Test(network_text, globalavgpool2d_makes_channels_flat) {
    expect_text("input 9x9x2\nglobalavgpool2d\ndense 3 softmax", "input 9x9x2\nglobalavgpool2d\ndense 3 softmax\n");
    expect_layer_refused(
        "flatten\nglobalavgpool2d",
        "lenet.txt:3: globalavgpool2d_1: needs an image, but 784 flat numbers reach it; put it before the flatten");
}

Test(network_text, an_input_without_layers_is_a_network_to_begin_with) {
    expect_text("input 3x2x1", "input 3x2x1\n");
}

Test(network_text, text_without_a_good_input_is_refused) {
    expect_refused("", "lenet.txt:1: there is no input; begin with a line like input 28x28x1");
    expect_refused("# nothing\n\n", "lenet.txt:3: there is no input; begin with a line like input 28x28x1");
    expect_refused("\nflatten", "lenet.txt:2: 'flatten' comes before the input; begin with a line like input 28x28x1");
    static const char *const sizes[] = {"",           " 28",      " 28x",     " 28x28x",       " 28x28x1x1",
                                        " 28x28 1",   " 0x28",    " -1x28",   " 28X28",        " x28",
                                        " 28x28x1.0", " 28 x 28", " +28x+28", " 1234567890x1", " 0x1Cx28"};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char text[64], message[256];
        (void)snprintf(text, sizeof text, "input%s", sizes[i]);
        (void)snprintf(message, sizeof message,
                       "lenet.txt:1: 'input%s' needs a size like 28x28x1 (height, width, channels), and no more",
                       sizes[i]);
        expect_refused(text, message);
    }
    expect_refused("input 5000x28", "lenet.txt:1: input: height 5000 is out of range 1..4096");
    expect_refused("input 28x28\ninput 28x28",
                   "lenet.txt:2: 'input 28x28' is a second input; give one input line, before the layers");
}

Test(network_text, an_unknown_layer_lists_the_known_ones) {
    expect_layer_refused(
        "Flatten", "lenet.txt:2: 'Flatten' is not known; use input, conv2d, maxpool2d, avgpool2d, globalavgpool2d, "
                   "batchnorm, dropout, flatten, dense, relu, tanh, sigmoid, leaky_relu, softmax, zeropad2d");
    expect_layer_refused(
        "conv2d_1 6 5x5",
        "lenet.txt:2: 'conv2d_1' is not known; use input, conv2d, maxpool2d, avgpool2d, globalavgpool2d, "
        "batchnorm, dropout, flatten, dense, relu, tanh, sigmoid, leaky_relu, softmax, zeropad2d");
}

Test(network_text, a_convolution_that_is_wrong_says_what_it_needs) {
    static const char *const kernels[] = {"conv2d 6",       "conv2d 6 5",    "conv2d 6 5x",   "conv2d 6 5x5x5",
                                          "conv2d 6 0x5",   "conv2d 6 5x0",  "conv2d 6 -5x5", "conv2d 6 same",
                                          "conv2d 6 1e1x5", "conv2d 6 5x5.0"};
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        char message[128];
        (void)snprintf(message, sizeof message, "lenet.txt:2: '%s' needs a kernel like 5x5", kernels[i]);
        expect_layer_refused(kernels[i], message);
    }
    static const char *const filters[] = {"conv2d", "conv2d 5x5", "conv2d 0 5x5", "conv2d 1e3 5x5",
                                          "conv2d 9999999999 5x5"};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        char message[128];
        (void)snprintf(message, sizeof message,
                       "lenet.txt:2: '%s' needs a number of filters and a kernel, like conv2d 6 5x5", filters[i]);
        expect_layer_refused(filters[i], message);
    }
    expect_layer_refused("conv2d 6 5x5 softmax",
                         "lenet.txt:2: 'conv2d 6 5x5 softmax' has 'softmax', which is none of "
                         "same, valid, padding=2, stride=2, groups=2, relu, tanh, sigmoid, leaky_relu");
    expect_layer_refused("conv2d 6 5x5 same same", "lenet.txt:2: 'conv2d 6 5x5 same same' has 'same', which is "
                                                   "unexpected; give one padding and one activation");
    expect_layer_refused("conv2d 6 5x5 valid relu same", "lenet.txt:2: 'conv2d 6 5x5 valid relu same' has 'same', "
                                                         "which is unexpected; give one padding and one activation");
}

Test(network_text, other_layers_that_are_wrong_say_what_they_need) {
    static const char *const rows[][2] = {
        {"maxpool2d", "'maxpool2d' needs a window like 2x2"},
        {"maxpool2d 2", "'maxpool2d 2' needs a window like 2x2"},
        {"maxpool2d 2x2 2", "'maxpool2d 2x2 2' has '2', which is none of same, valid, padding=1, stride=2"},
        {"maxpool2d 2x3", "'maxpool2d 2x3' has a window that is not square; use one like 2x2"},
        {"batchnorm 0.9", "'batchnorm 0.9' has '0.9', which is neither momentum=0.99 nor epsilon=0.001"},
        {"batchnorm momentum=", "'batchnorm momentum=' has 'momentum=', which is no number above 0, like "
                                "momentum=0.99 or epsilon=0.001"},
        {"batchnorm epsilon=0", "'batchnorm epsilon=0' has 'epsilon=0', which is no number above 0, like "
                                "momentum=0.99 or epsilon=0.001"},
        {"batchnorm momentum=-1", "'batchnorm momentum=-1' has 'momentum=-1', which is no number above 0, like "
                                  "momentum=0.99 or epsilon=0.001"},
        {"batchnorm momentum=.9 momentum=.9",
         "'batchnorm momentum=.9 momentum=.9' has 'momentum=.9', which is unexpected; give each once"},
        {"batchnorm momentum=1", "batchnorm_1: momentum 1 is out of range; it must be above 0 and below 1"},
        {"batchnorm epsilon=1e99", "batchnorm_1: epsilon inf is out of range; it must be a finite number above 0"},
        {"dropout", "'dropout' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout 0,1", "'dropout 0,1' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout nan", "'dropout nan' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout 0x1p-1", "'dropout 0x1p-1' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout .", "'dropout .' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout 0.1e", "'dropout 0.1e' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout 0.1 0.1", "'dropout 0.1 0.1' needs a rate from 0 to below 1, like 0.1, and no more"},
        {"dropout 1", "dropout_1: rate 1 is out of range; it must be 0 or more, and below 1"},
        {"flatten 400", "'flatten 400' has '400', which is unexpected"},
        {"relu relu", "'relu relu' has 'relu', which is unexpected"},
        {"dense", "'dense' needs a number of units, like dense 120"},
        {"dense relu", "'dense relu' needs a number of units, like dense 120"},
        {"avgpool2d 2x3", "'avgpool2d 2x3' has a window that is not square; use one like 2x2"},
        {"avgpool2d", "'avgpool2d' needs a window like 2x2"},
        {"tanh 1", "'tanh 1' has '1', which is unexpected"},
        {"dense 10 gelu", "'dense 10 gelu' has 'gelu', which is none of relu, tanh, sigmoid, leaky_relu, softmax"},
        {"leaky_relu 0", "'leaky_relu 0' needs a slope above 0, like 0.1, and no more"},
        {"leaky_relu 0.1 0.2", "'leaky_relu 0.1 0.2' needs a slope above 0, like 0.1, and no more"},
        {"globalavgpool2d 2x2", "'globalavgpool2d 2x2' has '2x2', which is unexpected"},
        {"sigmoid 1", "'sigmoid 1' has '1', which is unexpected"},
        {"conv2d 6 5x5 relu tanh", "'conv2d 6 5x5 relu tanh' has 'tanh', which is unexpected; give one padding and one "
                                   "activation"},
        {"dense 10 relu softmax", "'dense 10 relu softmax' has 'softmax', which is unexpected"},
        {"dense 10", "dense_1: needs a flat input, but 28x28x1 reaches it; put a flatten before it"},
        {"relu 1 2 3 4 5 6 7 8", "'relu 1 2 3 4 5 6 7 8' has too many words"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char message[256];
        (void)snprintf(message, sizeof message, "lenet.txt:2: %s", rows[i][1]);
        expect_layer_refused(rows[i][0], message);
    }
}

Test(network_text, a_line_of_1000_bytes_is_read_and_a_longer_one_refused) {
    char text[1100];
    memset(text, ' ', sizeof text);
    memcpy(text, "input 4x4", 9);
    text[1000] = '\0';
    expect_text(text, "input 4x4x1\n");
    text[1000] = ' ';
    text[1001] = '\0';
    expect_refused(text, "lenet.txt:1: the line is longer than 1000 bytes; shorten it");
}

Test(network_text, a_long_statement_is_shown_in_part_and_control_characters_never) {
    char line[300];
    memset(line, 'y', sizeof line);
    memcpy(line, "dense ", 6);
    line[299] = '\0';
    expect_layer_refused(line, "lenet.txt:2: 'dense yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...' needs a "
                               "number of units, like dense 120");
    expect_layer_refused("dense \x1B[31m", "lenet.txt:2: 'dense ?[31m' needs a number of units, like dense 120");
}

Test(network_text, more_than_a_thousand_layers_are_refused) {
    enum { LAYERS = 1001 };
    static const char input[] = "input 2x2\n", relu[] = "relu\n";
    static char text[sizeof input + LAYERS * (sizeof relu - 1)];
    memcpy(text, input, sizeof input);
    for (size_t i = 0; i < LAYERS; i++) memcpy(text + sizeof input - 1 + i * (sizeof relu - 1), relu, sizeof relu);
    expect_refused(text, "lenet.txt:1002: relu_1001: a network has at most 1000 layers");
}
