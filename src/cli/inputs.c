/* inputs.c - devices and data sets, opened or explained. */
#include "cli/inputs.h"

#include <stdlib.h>

#include "cli/say.h"

int inputs_open_device(clenet_device **device, const device_arguments *arguments, bool quiet) {
    const char *spec = arguments->spec, *wish = getenv("CLENET_DEVICE");
    bool wished = spec == NULL && wish != NULL && wish[0] != '\0';
    if (spec == NULL) spec = wished ? wish : "auto";
    device_setting setting;
    int status = device_setting_make(&setting, arguments);
    if (status != EXIT_DONE) return status;
    if (quiet) setting.options.on_check = NULL;

    clenet_error error;
    if (clenet_device_open(device, spec, &setting.options, &error) != CLENET_OK)
        status = say_failed("%s%s", error.message, wished ? " (the device is CLENET_DEVICE's)" : "");
    device_setting_free(&setting);
    return status;
}

int inputs_load(clenet_dataset **dataset, const char *path, const char *labels_path, int classes) {
    clenet_load_options options = clenet_load_options_default();
    options.labels_path = labels_path;
    options.classes = classes;
    clenet_error error;
    if (clenet_dataset_load(dataset, path, &options, &error) == CLENET_OK) return EXIT_DONE;
    return say_error(&error);
}

int inputs_load_labelled(clenet_dataset **dataset, const char *path, const char *labels_path, int classes) {
    clenet_dataset *loaded = NULL;
    int status = inputs_load(&loaded, path, labels_path, classes);
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
