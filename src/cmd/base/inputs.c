/* inputs.c - see inputs.h. */
#include "cmd/base/inputs.h"

#include "cmd/base/say.h"

int inputs_load(clenet_dataset **dataset, const char *path, const char *labels_path, int classes, int threads) {
    clenet_load_options options = clenet_load_options_default();
    options.labels_path = labels_path;
    options.classes = classes;
    options.threads = threads;
    clenet_error error;
    if (clenet_dataset_load(dataset, path, &options, &error) == CLENET_OK) return EXIT_DONE;
    return say_error(&error);
}

int inputs_load_labelled(clenet_dataset **dataset, const char *path, const char *labels_path, int classes,
                         int threads) {
    clenet_dataset *loaded = NULL;
    int status = inputs_load(&loaded, path, labels_path, classes, threads);
    if (status != EXIT_DONE) return status;
    if (clenet_dataset_labels(loaded) == NULL) {
        clenet_dataset_free(loaded);
        return say_failed("'%s' has no labels: give a CSV with a column \"label\", or IDX images with --labels FILE",
                          path);
    }
    *dataset = loaded;
    return EXIT_DONE;
}

int inputs_model_classes(const clenet_model *model) {
    const clenet_network *network = clenet_model_network(model);
    return clenet_network_output(network, clenet_network_layers(network) - 1).channels;
}
