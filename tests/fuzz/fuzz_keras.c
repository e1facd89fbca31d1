/* fuzz_keras.c - models of Keras. The first byte is the part: 0 a whole file, which a child process reads with libhdf5; otherwise the
 * records that the child writes, [2 bytes: their length], and the description of the layers in JSON. */
#include "lib/import/hdf5_read.h"
#include "lib/import/import.h"
#include "lib/import/keras_layers.h"
#include "lib/base/memory.h"
#include "fuzz.h"

static void build(import_network *network) {
    clenet_error error;
    clenet_model *model = NULL;
    clenet_import_options options;
    clenet_import_options_init(&options, sizeof options);
    clenet_status status = import_build(&model, network, "file", &options, &error);
    fuzz_check_error(status, &error);
    fuzz_require((model != NULL) == (status == CLENET_OK), "a model after a failure, or none without one");
    clenet_model_free(model);
}

static void read_whole(const uint8_t *bytes, size_t count) {
    clenet_error error;
    import_network network = {.failed = false};
    import_source source = {.bytes = bytes, .size = count, .name = "file"};
    clenet_status status = import_read_keras(&network, &source, &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK) build(&network);
    import_network_free(&network);
}

static void read_parts(const uint8_t *bytes, size_t count) {
    clenet_error error;
    hdf5_content content = {.block = NULL};
    keras_weights weights;
    import_network network = {.failed = false};
    size_t records = (size_t)bytes[0] | (size_t)bytes[1] << 8;
    if (records > count - 2) records = count - 2;
    content.block = memory_new(records + 1, 1);
    if (content.block == NULL) return;
    memcpy(content.block, bytes + 2, records);
    fuzz_check_error(hdf5_take_apart(&content, records, "file", &error), &error);
    (void)keras_weights_open(&weights, &content);
    clenet_status status =
        keras_read_config(&network, (const char *)bytes + 2 + records, count - 2 - records, &weights, "file", &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK) build(&network);
    import_network_free(&network);
    hdf5_free(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (count >= 1 && bytes[0] == 0) read_whole(bytes + 1, count - 1);
    if (count >= 3 && bytes[0] != 0) read_parts(bytes + 1, count - 1);
    return 0;
}
