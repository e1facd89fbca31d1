/* test_onnx.c - an exported ONNX file is the one that onnx.checker and onnxruntime were asked about.
 *
 * tests/golden/export/ has the files. CLENET_GOLDEN_WRITE=1 in the environment writes them; then tests/cmd/onnxruntime.sh must pass. */
#include "lib/net/model.h"

#include <math.h>

#include "net/networks.h"
#include "scratch.h"

#define GOLDEN CLENET_SOURCE_DIR "/tests/golden/export/"

#ifndef CLENET_HAVE_ONNX
Test(onnx, a_library_without_protobuf_c_says_what_to_install) {
    clenet_error error;
    clenet_export *exported = NULL;
    clenet_model *model = NULL;
    clenet_network *network = parsed("input 2x2x1\nflatten\ndense 2 softmax\n");
    cr_assert_eq(clenet_model_new(&model, network, 1, NULL), CLENET_OK);
    cr_expect_eq(clenet_export_onnx(&exported, model, NULL, &error), CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(error.message, "libprotobuf-c-dev") != NULL, "%s", error.message);
    clenet_model_free(model);
    clenet_network_free(network);
}
#else

/* Weights that are the same on every machine: multiples of 1/64 from -1 to 1; variances 1 to 2. */
static void fill(clenet_model *model) {
    uint32_t state = 1;
    for (int m = 0; m < model->members; m++)
        for (int i = 0; i < model->network->parameter_count; i++) {
            const parameter *p = &model->network->parameters[i];
            float *values = model_values(model, m) + p->offset;
            for (size_t k = 0; k < p->count; k++) {
                state = state * 1664525U + 1013904223U;
                float value = (float)((int)(state >> 24) % 129 - 64) / 64.0F;
                values[k] = p->role == PARAMETER_MOVING_VARIANCE ? 1.0F + fabsf(value) : value;
            }
        }
}

static clenet_model *model_of(const char *text, int members) {
    clenet_error error;
    clenet_network *network = parsed(text);
    clenet_model *one = NULL, *model = NULL;
    const clenet_model *all[2];
    cr_assert_eq(clenet_model_new(&one, network, 1, &error), CLENET_OK, "%s", error.message);
    all[0] = all[1] = one;
    cr_assert_eq(clenet_model_join(&model, all, (size_t)members, &error), CLENET_OK, "%s", error.message);
    clenet_model_free(one);
    clenet_network_free(network);
    fill(model);
    return model;
}

/* All kinds of layers; the flatten is of 2x2 places and 4 channels, with a batch norm between it and the dense layer. */
static const char every_layer[] =
    "input 8x8x3\nconv2d 6 3x2 stride=2 padding=1,0,2,1 groups=3 leaky_relu\nzeropad2d 0,1,1,0\n"
    "batchnorm\nconv2d 4 3x3 same stride=2\nrelu\navgpool2d 2x2 stride=1 same\n"
    "maxpool2d 3x3 stride=2 padding=1\ndropout 0.5\nconv2d 4 1x1 sigmoid\nflatten\nbatchnorm\nleaky_relu\n"
    "dense 5 tanh\nbatchnorm\ndense 3\ntanh\nsoftmax\n";

/* A flatten without a dense layer after it. */
static const char without_dense[] = "input 4x4x1\nconv2d 3 3x3\nflatten\nsigmoid\nsoftmax\n";

static const char average[] = "input 5x5x1\nconv2d 3 3x3 relu\nglobalavgpool2d\ndense 2 softmax\n";

/* Files begin with the IR version (2 bytes), "clenet" (8), and the version of the library as a text, which may change. */
static size_t after_version(const char *bytes) {
    return 12 + (size_t)bytes[11];
}

/* Compares with the golden file, or writes it. */
static void compare(const char *name, const char *text, int members, clenet_export_options options) {
    clenet_error error;
    clenet_export *exported = NULL;
    clenet_model *model = model_of(text, members);
    char path[256];
    (void)snprintf(path, sizeof path, GOLDEN "%s.onnx", name);
    cr_assert_eq(clenet_export_onnx(&exported, model, &options, &error), CLENET_OK, "%s", error.message);
    if (getenv("CLENET_GOLDEN_WRITE") != NULL) {
        cr_assert_eq(clenet_export_save(exported, path, &error), CLENET_OK, "%s", error.message);
        (void)snprintf(path, sizeof path, GOLDEN "%s.safetensors", name);
        cr_assert_eq(clenet_model_save(model, path, &error), CLENET_OK, "%s", error.message);
    } else {
        static char wanted[1 << 16];
        FILE *file = fopen(path, "rb");
        cr_assert_not_null(file, "no %s", path);
        size_t size = fread(wanted, 1, sizeof wanted, file);
        (void)fclose(file);
        const char *bytes = clenet_export_bytes(exported);
        size_t count = clenet_export_size(exported), skip = after_version(bytes), skip_wanted = after_version(wanted);
        bool same = size > skip_wanted && count - skip == size - skip_wanted;
        cr_expect(same && memcmp(bytes + skip, wanted + skip_wanted, count - skip) == 0, "%s differs", name);
    }
    clenet_export_free(exported);
    clenet_model_free(model);
}

static clenet_export_options options_of(bool logits, bool floats) {
    clenet_export_options options;
    clenet_export_options_init(&options, sizeof options);
    options.logits = logits;
    options.float_pixels = floats;
    return options;
}

Test(onnx, every_kind_of_layer_gives_the_golden_file) {
    compare("layers", every_layer, 1, options_of(false, false));
}

Test(onnx, pixels_may_be_floats_and_logits_an_output) {
    compare("floats", without_dense, 1, options_of(true, true));
}

Test(onnx, an_ensemble_is_one_graph_with_a_mean) {
    compare("ensemble", average, 2, options_of(false, false));
}

Test(onnx, logits_of_an_ensemble_are_refused) {
    clenet_error error;
    clenet_export *exported = NULL;
    clenet_model *model = model_of(average, 2);
    clenet_export_options options = options_of(true, false);
    cr_expect_eq(clenet_export_onnx(&exported, model, &options, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "cannot export logits: the model averages the probabilities of 2 networks. Export "
                                    "probabilities");
    cr_expect_null(exported);
    clenet_model_free(model);
}
#endif
