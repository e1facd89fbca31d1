/* model_rows.c - the rows that a model was trained on: in its file, and in a data set. */
#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/net/model.h"

const safetensors_bytes *model_rows_tensor(safetensors_bytes *tensor, const row_set *rows) {
    *tensor = (safetensors_bytes){.name = MODEL_ROWS_NAME, .bytes = rows->bytes, .size = rows->size};
    return rows->known ? tensor : NULL;
}

clenet_status model_rows_read(row_set *rows, const safetensors_file *file, const char *what, const char *path,
                              clenet_error *error) {
    const safetensors_tensor *tensor = safetensors_find_bytes(file, MODEL_ROWS_NAME);
    if (tensor == NULL) {
        row_set_free(rows);
        return CLENET_OK;
    }
    const char *fault = "is longer than a set of 1,048,576 rows";
    clenet_status status = CLENET_ERROR_FORMAT;
    if (tensor->count <= ROW_SET_BYTES_MOST) {
        uint8_t *bytes = memory_new(tensor->count, 1);
        if (bytes == NULL) return error_memory(error, tensor->count, "the rows that a model was trained on");
        status = safetensors_read_bytes(file, tensor, bytes, error);
        if (status != CLENET_OK) {
            memory_free(bytes);
            return status;
        }
        status = row_set_read(rows, bytes, tensor->count, &fault, error);
    }
    if (status != CLENET_ERROR_FORMAT) return status;
    return error_set(error, status, "%s '%s': tensor '%s' %s; train again or restore a copy", what, path,
                     MODEL_ROWS_NAME, fault);
}

bool clenet_model_knows_rows(const clenet_model *model) {
    return model != NULL && model->trained.known;
}

clenet_status clenet_model_trained_rows(const clenet_model *model, const clenet_dataset *dataset, uint8_t *trained,
                                        size_t *count, clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(dataset, error);
    REQUIRE(trained, error);
    REQUIRE(count, error);
    if (!model->trained.known)
        return error_set(error, CLENET_ERROR_ARGUMENT, "the model does not know which rows it was trained on");
    clenet_status status =
        network_check_images(model->network, dataset->height, dataset->width, dataset->channels, error);
    return status == CLENET_OK ? row_set_find(&model->trained, dataset, trained, count, error) : status;
}
