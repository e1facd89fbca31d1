/* fuzz_model.c - a model file from a stranger: clenet_model_load on any bytes. What it takes for a model can be saved, and loads
 * again as the same. */
#include "fuzz.h"

static void check_model(const clenet_model *model) {
    static char path[] = "/dev/shm/clenet-fuzz-saved-XXXXXX";
    static int file = -1;
    if (file < 0) file = mkstemp(path);
    clenet_error error;
    clenet_model *again = NULL;
    fuzz_require(file >= 0 && clenet_model_save(model, path, &error) == CLENET_OK, "a loaded model cannot be saved");
    fuzz_require(clenet_model_load(&again, path, &error) == CLENET_OK, "a saved model cannot be loaded");
    fuzz_require(clenet_model_tensors(again) == clenet_model_tensors(model), "a saved model has other tensors");
    fuzz_require(clenet_model_members(again) == clenet_model_members(model),
                 "a saved model has another number of networks");
    clenet_model_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    clenet_model *model = NULL;
    clenet_error error;
    clenet_status status = clenet_model_load(&model, fuzz_file(bytes, count), &error);
    fuzz_check_error(status, &error);
    if (status == CLENET_OK) check_model(model);
    clenet_model_free(model);
    return 0;
}
