/* import_onnx_none.c - in a library without protobuf-c: says so. */
#include "lib/import/import.h"

clenet_status import_read_onnx(import_network *to, const import_source *from, clenet_error *error) {
    (void)to;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "'%s' is an ONNX model, and this clenet was built without protobuf-c; build it with "
                     "libprotobuf-c-dev",
                     from->name);
}
