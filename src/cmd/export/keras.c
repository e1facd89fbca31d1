/* keras.c - clenet export --format keras: a model as Keras 3 saves it. */
#include "cmd/export/export.h"

#include <stdio.h>
#include <string.h>

#include "cmd/base/say.h"
#include "cmd/base/text.h"

static const char weights_ending[] = ".weights.h5";

static bool wants_weights(const char *out) {
    size_t length = strlen(out), ending = strlen(weights_ending);
    return length > ending && strcmp(out + length - ending, weights_ending) == 0;
}

static void print_use(const char *out, bool weights, size_t size, int members) {
    char bytes[TEXT_SIZE];
    const char *slash = strrchr(out, '/'), *name = slash != NULL ? slash + 1 : out;
    (void)printf("%s: %s\n\n", out, text_bytes(bytes, size));
    if (weights) {
        (void)printf("In Python, for a model of the same layers:\n  model.load_weights('%s')\n", name);
    } else {
        (void)printf("In Python (pixels are 0 to 255; the model divides by 255):\n"
                     "  model = keras.saving.load_model('%s')\n"
                     "  probabilities = model.predict(images)\n",
                     name);
        if (members > 1) (void)printf("The model averages the answers of %d networks.\n", members);
    }
}

int export_to_keras(const clenet_model *model, const export_arguments *arguments) {
    clenet_error error;
    clenet_export_options to;
    clenet_export *exported = NULL;
    clenet_export_options_init(&to, sizeof to);
    to.weights_only = wants_weights(arguments->out);
    clenet_status status = clenet_export_keras(&exported, model, &to, &error);
    if (status == CLENET_OK) status = clenet_export_save(exported, arguments->out, &error);
    size_t size = clenet_export_size(exported);
    clenet_export_free(exported);
    if (status != CLENET_OK) return say_error(&error);
    print_use(arguments->out, to.weights_only, size, clenet_model_members(model));
    return EXIT_DONE;
}
