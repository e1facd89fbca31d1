/* test_memory_faults.c - each allocation of an export fails once: each time the export ends with that error, and nothing leaks. */
#include "lib/net/model.h"

#include "net/networks.h"
#include "faulty_memory.h"
#include "scratch.h"

typedef clenet_status export_function(clenet_export **exported, const clenet_model *model,
                                      const clenet_export_options *options, clenet_error *error);

static const char any_network[] = "input 9x9x1\nbatchnorm\nconv2d 3 3x3 same relu\nbatchnorm\nmaxpool2d 2x2\n"
                                  "flatten\nbatchnorm\ntanh\nbatchnorm\ndense 3\nbatchnorm\nsoftmax\n";

static void fail_each(export_function *export_model, const char *text, const clenet_export_options *options,
                      const char *path) {
    clenet_network *network = parsed(text);
    clenet_model *model = NULL;
    cr_assert_eq(clenet_model_new(&model, network, 1, NULL), CLENET_OK);
    clenet_network_free(network);
    for (failing = 1;; failing++) {
        clenet_error error = {CLENET_OK, ""};
        clenet_export *exported = NULL;
        allocations = 0;
        clenet_status status = export_model(&exported, model, options, &error);
        cr_expect_eq(exported != NULL, status == CLENET_OK);
        if (status == CLENET_OK) status = clenet_export_save(exported, path, &error);
        clenet_export_free(exported);
        if (status == CLENET_OK) break;
        cr_expect_eq(status, CLENET_ERROR_MEMORY, "allocation %d: %s", failing, error.message);
    }
    cr_expect_gt(failing, 20);
    failing = 0;
    clenet_model_free(model);
}

Test(memory_faults, every_allocation_of_an_export_may_fail, .init = scratch_enter, .fini = scratch_leave) {
    fail_each(clenet_export_c, any_network, NULL, "a.c");
}

Test(memory_faults, every_allocation_of_an_export_as_int8_may_fail, .init = scratch_enter, .fini = scratch_leave) {
    uint8_t images[3 * 16] = {9, 200, 3}, labels[3] = {0, 1, 2};
    clenet_dataset *dataset = NULL;
    clenet_export_options options;
    cr_assert_eq(clenet_dataset_new(&dataset, images, labels, 3, 4, 4, 1, 3, NULL), CLENET_OK);
    clenet_export_options_init(&options, sizeof options);
    options.int8 = true;
    options.calibration = dataset;
    fail_each(clenet_export_c,
              "input 4x4x1\nconv2d 2 3x3 same relu\nbatchnorm\nrelu\nmaxpool2d 2x2\nflatten\ntanh\ndense 3 softmax\n",
              &options, "a.c");
    clenet_dataset_free(dataset);
}

#ifdef CLENET_HAVE_ONNX
Test(memory_faults, every_allocation_of_an_onnx_export_may_fail, .init = scratch_enter, .fini = scratch_leave) {
    fail_each(clenet_export_onnx, any_network, NULL, "a.onnx");
}
#endif
