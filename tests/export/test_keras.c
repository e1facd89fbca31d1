/* test_keras.c - files for Keras: what they hold, and what cannot be exported. tests/cmd/export_keras.sh loads them in Keras. */
#include "lib/net/model.h"

#include <jansson.h>

#include "net/networks.h"
#include "scratch.h"

static clenet_error error;

static clenet_model *model_of(const char *text, int members) {
    clenet_network *network = parsed(text);
    clenet_model *one = NULL, *model = NULL;
    const clenet_model *all[3];
    cr_assert_eq(clenet_model_new(&one, network, 1, &error), CLENET_OK, "%s", error.message);
    for (int i = 0; i < members; i++) all[i] = one;
    cr_assert_eq(clenet_model_join(&model, all, (size_t)members, &error), CLENET_OK, "%s", error.message);
    clenet_model_free(one);
    clenet_network_free(network);
    return model;
}

static clenet_export *exported_of(const char *text, int members, bool weights_only) {
    clenet_model *model = model_of(text, members);
    clenet_export *exported = NULL;
    clenet_export_options options;
    clenet_export_options_init(&options, sizeof options);
    options.weights_only = weights_only;
    clenet_status status = clenet_export_keras(&exported, model, &options, &error);
    clenet_model_free(model);
    if (status != CLENET_OK && strstr(error.message, "without libhdf5") != NULL) cr_skip_test("no libhdf5");
    cr_assert_eq(status, CLENET_OK, "%s", error.message);
    return exported;
}

/* The archive is stored, so its config is found as it is. */
static json_t *config_of(const clenet_export *exported) {
    static const char name[] = "config.json";
    const char *bytes = clenet_export_bytes(exported), *end = bytes + clenet_export_size(exported);
    while (bytes + sizeof name < end && memcmp(bytes, name, strlen(name)) != 0) bytes++;
    json_error_t reason;
    json_t *config = json_loads(bytes + strlen(name), JSON_DISABLE_EOF_CHECK, &reason);
    cr_assert_not_null(config, "%s", reason.text);
    return config;
}

static const char small[] = "input 4x4x1\nconv2d 2 3x3 same relu\nflatten\ndense 3 softmax\n";

Test(keras, an_archive_has_the_layers_by_name_after_a_rescaling_of_the_pixels) {
    static const char *const wanted[] = {"pixels InputLayer", "rescaling Rescaling", "conv2d_1 Conv2D",
                                         "flatten_1 Flatten", "dense_1 Dense"};
    clenet_export *exported = exported_of(small, 1, false);
    json_t *config = config_of(exported), *layers = json_object_get(json_object_get(config, "config"), "layers");
    cr_expect_str_eq(json_string_value(json_object_get(config, "class_name")), "Sequential");
    cr_assert_eq(json_array_size(layers), 5);
    for (size_t i = 0; i < 5; i++) {
        char text[64];
        const json_t *entry = json_array_get(layers, i);
        (void)snprintf(text, sizeof text, "%s %s",
                       json_string_value(json_object_get(json_object_get(entry, "config"), "name")),
                       json_string_value(json_object_get(entry, "class_name")));
        cr_expect_str_eq(text, wanted[i]);
    }
    json_decref(config);
    clenet_export_free(exported);
}

Test(keras, several_networks_become_one_model_that_averages_them) {
    clenet_export *exported = exported_of(small, 3, false);
    json_t *config = config_of(exported), *layers = json_object_get(json_object_get(config, "config"), "layers");
    cr_expect_str_eq(json_string_value(json_object_get(config, "class_name")), "Functional");
    cr_expect_eq(json_array_size(layers), 2 + 3 * 3 + 1);
    const json_t *last = json_array_get(layers, json_array_size(layers) - 1);
    cr_expect_str_eq(json_string_value(json_object_get(last, "class_name")), "Average");
    json_decref(config);
    clenet_export_free(exported);
}

Test(keras, the_same_model_gives_the_same_bytes) {
    for (int weights_only = 0; weights_only < 2; weights_only++) {
        clenet_export *a = exported_of(small, 1, weights_only != 0), *b = exported_of(small, 1, weights_only != 0);
        cr_assert_eq(clenet_export_size(a), clenet_export_size(b));
        cr_expect_arr_eq(clenet_export_bytes(a), clenet_export_bytes(b), clenet_export_size(a));
        clenet_export_free(a);
        clenet_export_free(b);
    }
}

Test(keras, weights_alone_are_an_hdf5_file) {
    clenet_export *exported = exported_of(small, 1, true);
    cr_assert_gt(clenet_export_size(exported), 8);
    cr_expect_arr_eq(clenet_export_bytes(exported), "\x89HDF\r\n\x1a\n", 8);
    clenet_export_free(exported);
}

Test(keras, every_layer_that_keras_does_not_have_is_named_in_one_error) {
    clenet_model *model = model_of("input 8x8x1\nmaxpool2d 3x3 stride=1 padding=1\navgpool2d 2x2 padding=1\nflatten\n"
                                   "dense 2 softmax\n",
                                   1);
    clenet_export *exported = NULL;
    cr_assert_eq(clenet_export_keras(&exported, model, NULL, &error), CLENET_ERROR_ARGUMENT);
    cr_expect_null(exported);
    cr_expect_not_null(strstr(error.message, "maxpool2d_1: "), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "avgpool2d_1: "), "%s", error.message);
    clenet_model_free(model);
}

Test(keras, padding_numbers_become_a_layer_of_zeros) {
    clenet_export *exported = exported_of("input 8x8x2\nconv2d 4 3x3 padding=2,1,0,1 groups=2\nflatten\n"
                                          "dense 2 softmax\n",
                                          1, false);
    json_t *config = config_of(exported), *layers = json_object_get(json_object_get(config, "config"), "layers");
    const json_t *zeros = json_object_get(json_array_get(layers, 2), "config");
    char *padding = json_dumps(json_object_get(zeros, "padding"), JSON_COMPACT);
    cr_expect_str_eq(padding, "[[2,1],[0,1]]");
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(layers, 3), "class_name")), "DepthwiseConv2D");
    free(padding);
    json_decref(config);
    clenet_export_free(exported);
}
