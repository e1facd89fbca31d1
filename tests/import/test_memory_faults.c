/* test_memory_faults.c - each allocation of an import, of a state dict and of a model in memory fails once: each time the call ends with
 * that error, and nothing leaks. */
#include "lib/net/model.h"

#include "net/networks.h"
#include "faulty_memory.h"
#include "scratch.h"

TestSuite(memory_faults, .init = scratch_enter, .fini = scratch_leave);

static const char text[] = "input 4x4x1\nconv2d 2 3x3 same relu\nbatchnorm\nflatten\ndense 3 softmax\n";

static clenet_model *fresh(clenet_network **network) {
    clenet_model *model = NULL;
    *network = parsed(text);
    cr_assert_eq(clenet_model_new(&model, *network, 1, NULL), CLENET_OK);
    return model;
}

Test(memory_faults, every_allocation_of_an_export_to_pytorch_and_of_an_import_may_fail) {
    clenet_network *network;
    clenet_model *model = fresh(&network);
    for (failing = 1;; failing++) {
        clenet_error error = {CLENET_OK, ""};
        clenet_export *exported = NULL;
        allocations = 0;
        clenet_status status = clenet_export_torch(&exported, model, NULL, &error);
        cr_expect_eq(exported != NULL, status == CLENET_OK);
        if (status == CLENET_OK) status = clenet_export_save(exported, "a.safetensors", &error);
        clenet_export_free(exported);
        if (status == CLENET_OK) break;
        cr_expect_eq(status, CLENET_ERROR_MEMORY, "allocation %d: %s", failing, error.message);
    }
    cr_expect_gt(failing, 5);
    clenet_import_options options;
    clenet_import_options_init(&options, sizeof options);
    options.network = network;
    options.scaling = 1, options.mean[0] = 0.5, options.std[0] = 0.5;
    for (failing = 1;; failing++) {
        clenet_error error = {CLENET_OK, ""};
        clenet_model *back = NULL;
        allocations = 0;
        clenet_status status = clenet_import(&back, "a.safetensors", &options, &error);
        cr_expect_eq(back != NULL, status == CLENET_OK);
        clenet_model_free(back);
        if (status == CLENET_OK) break;
        cr_expect_eq(status, CLENET_ERROR_MEMORY, "allocation %d: %s", failing, error.message);
    }
    cr_expect_gt(failing, 20);
    failing = 0;
    clenet_model_free(model);
    clenet_network_free(network);
}

Test(memory_faults, every_allocation_of_a_model_in_memory_may_fail) {
    clenet_network *network;
    clenet_model *model = fresh(&network);
    static char bytes[8192];
    size_t size = 0;
    for (failing = 1;; failing++) {
        clenet_error error = {CLENET_OK, ""};
        clenet_model *back = NULL;
        allocations = 0;
        clenet_status status = clenet_model_save_memory(model, bytes, sizeof bytes, &size, &error);
        if (status == CLENET_OK) status = clenet_model_load_memory(&back, bytes, size, &error);
        clenet_model_free(back);
        if (status == CLENET_OK) break;
        cr_expect_eq(status, CLENET_ERROR_MEMORY, "allocation %d: %s", failing, error.message);
    }
    cr_expect_gt(failing, 5);
    failing = 0;
    clenet_model_free(model);
    clenet_network_free(network);
}

#ifdef CLENET_HAVE_ONNX
Test(memory_faults, every_allocation_of_an_import_of_onnx_may_fail) {
    for (failing = 1;; failing++) {
        clenet_error error = {CLENET_OK, ""};
        clenet_model *back = NULL;
        allocations = 0;
        clenet_status status =
            clenet_import(&back, CLENET_SOURCE_DIR "/tests/golden/import/torch-lenet.onnx", NULL, &error);
        cr_expect_eq(back != NULL, status == CLENET_OK);
        clenet_model_free(back);
        if (status == CLENET_OK) break;
        cr_expect_eq(status, CLENET_ERROR_MEMORY, "allocation %d: %s", failing, error.message);
    }
    cr_expect_gt(failing, 100);
    failing = 0;
}
#endif
