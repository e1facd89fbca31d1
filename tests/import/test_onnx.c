/* test_onnx.c - ONNX models are imported with the answers that onnxruntime gives; files that lie end in one line.
 *
 * tests/golden/import/make_onnx.py made the files. */
#include "lib/import/import.h"

#include "lib/base/json_read.h"
#include "lib/net/model.h"
#include "net/networks.h"
#include "scratch.h"

#define GOLDEN CLENET_SOURCE_DIR "/tests/golden/"

enum { FILE_MOST = 1 << 16 };

static clenet_error error;
static char notes[1024];

static void keep_note(const char *note, void *user) {
    (void)user;
    (void)snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%s\n", note);
}

/* NULL if it fails; error says why. */
static clenet_model *imported(const char *path) {
    clenet_model *model = NULL;
    clenet_import_options options;
    clenet_import_options_init(&options, sizeof options);
    options.on_note = keep_note;
    notes[0] = '\0';
    clenet_status status = clenet_import(&model, path, &options, &error);
    cr_expect_eq(model == NULL, status != CLENET_OK);
    return model;
}

#ifndef CLENET_HAVE_ONNX
Test(onnx, a_library_without_protobuf_c_says_what_to_install) {
    cr_expect_null(imported(GOLDEN "import/types.onnx"));
    cr_expect(strstr(error.message, "libprotobuf-c-dev") != NULL, "%s", error.message);
}
#else

static size_t read_whole(uint8_t *bytes, const char *path) {
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "no %s", path);
    size_t size = fread(bytes, 1, FILE_MOST, file);
    (void)fclose(file);
    return size;
}

/* ---- the answers ---------------------------------------------------------------------------------------- */

static json_t *read_answers(const char *name) {
    static uint8_t text[FILE_MOST];
    char path[256];
    json_error_t reason;
    (void)snprintf(path, sizeof path, GOLDEN "import/%s.json", name);
    json_t *answers = json_read((const char *)text, read_whole(text, path), 0, &reason);
    cr_assert_not_null(answers, "%s: %s", path, reason.text);
    return answers;
}

/* Predicts the images of NAME.json, and compares with its probabilities. */
static void compare_answers(const clenet_model *model, const char *name) {
    static uint8_t image[1024];
    float got[16];
    clenet_device *device = NULL;
    clenet_predictor *predictor = NULL;
    json_t *answers = read_answers(name), *images = json_object_get(answers, "images");
    cr_assert_eq(clenet_device_open(&device, "cpu", NULL, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_predictor_new(&predictor, model, device, &error), CLENET_OK, "%s", error.message);
    cr_assert_gt(json_array_size(images), 0);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *pixels = json_array_get(images, i);
        const json_t *wanted = json_array_get(json_object_get(answers, "probabilities"), i);
        cr_assert_eq(json_array_size(pixels), shape_size(model->network->input));
        cr_assert_eq(json_array_size(wanted), (size_t)network_classes(model->network));
        for (size_t k = 0; k < json_array_size(pixels); k++)
            image[k] = (uint8_t)json_integer_value(json_array_get(pixels, k));
        cr_assert_eq(clenet_predictor_run(predictor, image, 1, got, &error), CLENET_OK, "%s", error.message);
        for (size_t k = 0; k < json_array_size(wanted); k++)
            cr_expect_float_eq((double)got[k], json_number_value(json_array_get(wanted, k)), 1e-5,
                               "%s: image %zu, class %zu: %g", name, i, k, (double)got[k]);
    }
    json_decref(answers);
    clenet_predictor_free(predictor);
    clenet_device_free(device);
}

/* Imports NAME.onnx, compares its network with the text, and its answers with NAME.json. */
static void check(const char *name, const char *text) {
    char path[256];
    (void)snprintf(path, sizeof path, GOLDEN "import/%s.onnx", name);
    clenet_model *model = imported(path);
    cr_assert_not_null(model, "%s", error.message);
    cr_expect_str_eq(clenet_network_text(model->network), text, "%s: %s", name, clenet_network_text(model->network));
    compare_answers(model, name);
    clenet_model_free(model);
}

static const char lenet_text[] =
    "input 12x12x1\nconv2d 3 5x5 same relu\nmaxpool2d 2x2\nconv2d 4 3x3 valid relu\nmaxpool2d 2x2\n"
    "flatten\ndense 8 tanh\ndense 5 softmax\n";

Test(onnx, pytorch_writes_the_weights_into_a_second_file) {
    check("torch-lenet", lenet_text);
    cr_expect_str_eq(notes, "added a softmax behind 'node_linear_1': the file's network ends in logits\n");
}

Test(onnx, pytorchs_earlier_exporter_computes_the_shape_of_a_view) {
    check("torch-old-lenet", lenet_text);
}

static const char depthwise_text[] =
    "input 10x10x3\nconv2d 4 3x3 padding=1 stride=2\nleaky_relu 0.1\nconv2d 8 3x3 same groups=4 sigmoid\n"
    "maxpool2d 3x3 same stride=2\nzeropad2d 1\navgpool2d 2x2 stride=1\nglobalavgpool2d\ndense 4 softmax\n";

Test(onnx, strides_groups_and_pools_of_pytorch_are_imported) {
    check("torch-depthwise", depthwise_text);
    cr_expect(strstr(notes, "(LogSoftmax) becomes a softmax") != NULL, "%s", notes);
    check("torch-old-depthwise", depthwise_text);
}

Test(onnx, networks_in_the_order_of_keras_are_turned) {
    check("keras-like",
          "input 8x8x2\nbatchnorm\nconv2d 4 3x3 same stride=2 relu\nbatchnorm\nmaxpool2d 2x2\nflatten\ndense 5 tanh\n"
          "dense 3 softmax\n");
}

Test(onnx, bytes_that_the_file_normalises_get_a_batch_norm_in_front) {
    check("bytes",
          "input 7x6x1\nbatchnorm\nzeropad2d 1,0,0,2\nconv2d 4 3x2 valid\navgpool2d 2x2 padding=0,1,1,0 stride=1\n"
          "leaky_relu 0.2\nglobalavgpool2d\ndense 3 softmax\n");
}

Test(onnx, weights_of_16_and_64_bits_are_converted) {
    check("types", "input 4x4x1\nconv2d 4 4x4 valid\nflatten\nsigmoid\ndropout 0.5\ndense 3 softmax\n");
}

/* ---- round trips ---------------------------------------------------------------------------------------- */

/* The weights of the exported file are those of the model, bit for bit. */
static void check_round_trip(const char *name) {
    char path[256];
    clenet_model *before = NULL;
    (void)snprintf(path, sizeof path, GOLDEN "export/%s.safetensors", name);
    cr_assert_eq(clenet_model_load(&before, path, &error), CLENET_OK, "%s", error.message);
    (void)snprintf(path, sizeof path, GOLDEN "export/%s.onnx", name);
    clenet_model *after = imported(path);
    cr_assert_not_null(after, "%s", error.message);
    cr_expect_str_empty(notes);
    cr_assert_eq(after->network->packed_size, before->network->packed_size);
    cr_expect_arr_eq(after->values, before->values, before->network->packed_size * sizeof(float));
    clenet_model_free(before);
    clenet_model_free(after);
}

Test(onnx, exported_models_come_back_with_the_same_bits) {
    check_round_trip("layers");
    check_round_trip("floats");
}

Test(onnx, names_of_classes_come_back, .init = scratch_enter, .fini = scratch_leave) {
    static const char *const names[] = {"g\xC3\xBCt", "\"odd\""};
    clenet_network *network = parsed("input 2x2x1\nflatten\ndense 2 softmax\n");
    clenet_model *model = NULL;
    clenet_export *exported = NULL;
    cr_assert_eq(clenet_model_new(&model, network, 1, NULL), CLENET_OK);
    cr_assert_eq(model_set_class_names(model, names, NULL), CLENET_OK);
    cr_assert_eq(clenet_export_onnx(&exported, model, NULL, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_export_save(exported, "named.onnx", &error), CLENET_OK, "%s", error.message);
    clenet_model *after = imported("named.onnx");
    cr_assert_not_null(after, "%s", error.message);
    for (int i = 0; i < 2; i++) cr_expect_str_eq(clenet_model_class_name(after, i), names[i]);
    clenet_export_free(exported);
    clenet_model_free(after);
    clenet_model_free(model);
    clenet_network_free(network);
}

/* ---- files that cannot be imported ---------------------------------------------------------------------- */

static void check_error(const char *name, const char *wanted) {
    char path[256];
    (void)snprintf(path, sizeof path, GOLDEN "%s.onnx", name);
    cr_expect_null(imported(path));
    cr_expect_eq(error.status, CLENET_ERROR_FORMAT);
    cr_expect(strstr(error.message, wanted) != NULL, "%s", error.message);
}

Test(onnx, all_that_clenet_does_not_have_is_named_at_once) {
    check_error("import/refused",
                "node 'node_0' (Conv): clenet has no dilations, but it has 2x2; node 'node_1': clenet has no PRelu; "
                "node 'node_3' (Add): begins or ends a branch; clenet's networks are chains; node 'node_4': "
                "clenet has no LRN; node 'node_5': clenet has no GlobalMaxPool");
    check_error("export/ensemble", "node 'member_2.conv2d_1' (Conv): begins or ends a branch");
}

Test(onnx, a_loop_is_damage) {
    check_error("import/loop", "node 'first' of its ONNX graph reads 'relu_1', which no node before it makes");
}

Test(onnx, a_shape_with_more_numbers_than_the_file_is_damage) {
    check_error("import/lie", "tensor 'constant_0': the file does not have the 67108864x1x2x2 numbers of its shape");
}

/* Found by fuzz_onnx. */
Test(onnx, a_node_without_an_operator_is_named) {
    check_error("import/no-operator", "node 'node_7' (): clenet does not compute it from constants");
}

Test(onnx, weights_in_a_file_that_is_missing_are_said_with_its_name, .init = scratch_enter, .fini = scratch_leave) {
    static uint8_t bytes[FILE_MOST];
    size_t size = read_whole(bytes, GOLDEN "import/torch-lenet.onnx");
    FILE *file = fopen("alone.onnx", "wb");
    cr_assert(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    cr_expect_null(imported("alone.onnx"));
    cr_expect(strstr(error.message, "its weights are in the file 'torch-lenet.onnx.data', which cannot be opened") !=
                  NULL,
              "%s", error.message);
}

/* Reads and builds; frees what comes of it. */
static clenet_status try_bytes(const uint8_t *bytes, size_t size) {
    import_network network = {.failed = false};
    const import_source source = {.bytes = bytes, .size = size, .name = "none/damaged.onnx"};
    clenet_import_options options;
    clenet_model *model = NULL;
    clenet_import_options_init(&options, sizeof options);
    clenet_status status = import_read_onnx(&network, &source, &error);
    if (status == CLENET_OK) status = import_build(&model, &network, source.name, &options, &error);
    clenet_model_free(model);
    import_network_free(&network);
    return status;
}

Test(onnx, a_file_that_was_cut_off_or_changed_is_an_error_or_another_model) {
    static uint8_t bytes[FILE_MOST];
    size_t size = read_whole(bytes, GOLDEN "export/floats.onnx");
    for (size_t cut = 0; cut < size; cut++) {
        clenet_status status = try_bytes(bytes, cut);
        cr_expect(status == CLENET_OK || status == CLENET_ERROR_FORMAT, "%zu bytes: %s", cut, error.message);
    }
    for (size_t at = 0; at < size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1U << bit);
            clenet_status status = try_bytes(bytes, size);
            cr_expect(status == CLENET_OK || status == CLENET_ERROR_FORMAT, "bit %u of byte %zu: %s", bit, at,
                      error.message);
            bytes[at] ^= (uint8_t)(1U << bit);
        }
}
#endif
