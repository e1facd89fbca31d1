/* fuzz_onnx.c - an ONNX model from a stranger: it becomes a model of clenet, or one line of error. */
#include "fuzz.h"
#include "lib/import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    /* No file can be opened in the folder of this name. */
    const import_source source = {.bytes = bytes, .size = count, .name = "/dev/null/model.onnx"};
    import_network network = {.failed = false};
    clenet_import_options options;
    clenet_model *model = NULL;
    clenet_error error;
    clenet_import_options_init(&options, sizeof options);
    clenet_status status = import_read_onnx(&network, &source, &error);
    if (status == CLENET_OK) status = import_build(&model, &network, source.name, &options, &error);
    fuzz_check_error(status, &error);
    fuzz_require((model != NULL) == (status == CLENET_OK), "a model without success, or success without a model");
    clenet_model_free(model);
    import_network_free(&network);
    return 0;
}
