/* fuzz_import.c - a model of another program from a stranger: clenet_import on any bytes, with a network and without. What it takes for a
 * model can be saved. */
#include "fuzz.h"

static const char text[] = "input 4x4x1\nconv2d 2 3x3 stride=2 padding=1\nbatchnorm epsilon=1e-05\nrelu\n"
                           "flatten\ndense 2\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static clenet_network *network;
    clenet_import_options options;
    clenet_error error;
    if (network == NULL)
        fuzz_require(clenet_network_parse(&network, text, "text", &error) == CLENET_OK, "the network is wrong");
    clenet_import_options_init(&options, sizeof options);
    for (int with = 0; with < 2; with++) {
        clenet_model *model = NULL;
        size_t size = 0;
        options.network = with ? network : NULL;
        clenet_status status = clenet_import(&model, fuzz_file(bytes, count), &options, &error);
        fuzz_check_error(status, &error);
        fuzz_require((model != NULL) == (status == CLENET_OK), "a failed import gave a model");
        if (model != NULL)
            fuzz_require(clenet_model_save_memory(model, NULL, 0, &size, &error) == CLENET_OK,
                         "an imported model cannot be saved");
        clenet_model_free(model);
    }
    return 0;
}
