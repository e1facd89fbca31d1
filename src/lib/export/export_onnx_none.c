/* export_onnx_none.c - clenet_export_onnx in a library without protobuf-c: says so. */
#include "lib/export/export.h"

clenet_status clenet_export_onnx(clenet_export **exported, const clenet_model *model,
                                 const clenet_export_options *options, clenet_error *error) {
    (void)options;
    REQUIRE(exported, error);
    REQUIRE(model, error);
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "cannot export ONNX: this clenet was built without protobuf-c; install libprotobuf-c-dev and "
                     "protobuf-c-compiler, and build clenet again");
}
