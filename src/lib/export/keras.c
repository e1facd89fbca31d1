/* keras.c - a model as a file of Keras 3: a .keras archive, or the weights alone. */
#include <string.h>

#include "lib/base/memory.h"
#include "lib/export/export.h"
#include "lib/export/keras_config.h"
#include "lib/export/zip_store.h"

/* The first version that reads these files, and so do all later ones. */
static const char metadata[] = "{\"keras_version\": \"3.0.0\"}\n";

static clenet_status write_archive(uint8_t **bytes, size_t *count, const keras_config *config, clenet_error *error) {
    uint8_t *weights = NULL;
    size_t weights_count = 0;
    clenet_status status = hdf5_write(&weights, &weights_count, config->weights, config->count, error);
    if (status != CLENET_OK) return status;
    const zip_file files[] = {{"metadata.json", (const uint8_t *)metadata, strlen(metadata)},
                              {"config.json", (const uint8_t *)config->json.bytes, config->json.count},
                              {"model.weights.h5", weights, weights_count}};
    status = zip_store(bytes, count, files, sizeof files / sizeof files[0], error);
    memory_free(weights);
    return status;
}

clenet_status clenet_export_keras(clenet_export **exported, const clenet_model *model,
                                  const clenet_export_options *options, clenet_error *error) {
    clenet_export_options taken;
    keras_config config;
    uint8_t *bytes = NULL;
    size_t count = 0;
    REQUIRE(exported, error);
    REQUIRE(model, error);
    clenet_status status = export_options_take(&taken, options, error);
    if (status != CLENET_OK) return status;
    status = keras_config_new(&config, model, error);
    if (status == CLENET_OK && taken.weights_only)
        status = hdf5_write(&bytes, &count, config.weights, config.count, error);
    else if (status == CLENET_OK)
        status = write_archive(&bytes, &count, &config, error);
    keras_config_free(&config);
    return status == CLENET_OK ? export_new(exported, (char *)bytes, count, error) : status;
}
