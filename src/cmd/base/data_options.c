/* data_options.c - see data_options.h. */
#include "cmd/base/data_options.h"

#include <stdio.h>

#include "cmd/base/say.h"

clenet_load_options data_options_make(const data_arguments *a, const clenet_model *model, clenet_part part,
                                      int threads) {
    clenet_load_options options;
    clenet_load_options_init(&options, sizeof options);
    clenet_model_load_options(model, &options, sizeof options);
    if (a->label != NULL || a->skip != NULL) {
        options.label = a->label;
        options.skip = a->skip;
        options.columns_optional = false;
    }
    if (a->scale > 0.0) options.scale = a->scale;
    if (a->side > 0) options.picture_side = a->side;
    options.invert = options.invert || a->invert;
    options.transpose = options.transpose || a->transpose;
    options.color = options.color || a->color;
    options.labels_path = a->labels;
    options.member = a->member;
    options.part = part;
    options.threads = threads;
    return options;
}

enum { ADVICE_SIZE = 64 };

/* What mends it, or "". */
static const char *advice(char text[ADVICE_SIZE], const clenet_finding *finding) {
    text[0] = '\0';
    if (finding->kind == CLENET_FINDING_INVERTED) return "; if so, add --invert";
    if (finding->kind == CLENET_FINDING_TRANSPOSED) return "; if so, add --transpose";
    if (finding->kind == CLENET_FINDING_SCALE) (void)snprintf(text, ADVICE_SIZE, ": add --scale %.6g", finding->scale);
    return text;
}

typedef struct warning_place {
    const char *path;
    clenet_part part;
} warning_place;

static void warn(const clenet_finding *finding, void *user) {
    const warning_place *place = user;
    char text[ADVICE_SIZE];
    if (finding->kind == CLENET_FINDING_MISSING_CLASS && place->part == CLENET_PART_TEST) return;
    say_line("%s: %s%s", place->path, finding->message, advice(text, finding));
}

/* Whether the model takes images of this size. */
static bool is_for(const clenet_model *model, const clenet_dataset *dataset) {
    clenet_shape input = clenet_network_input(clenet_model_network(model));
    return model == NULL ||
           (input.height == clenet_dataset_height(dataset) && input.width == clenet_dataset_width(dataset) &&
            input.channels == clenet_dataset_channels(dataset));
}

int data_options_warn(const data_arguments *arguments, const char *path, const clenet_dataset *dataset,
                      const clenet_model *model, clenet_part part) {
    clenet_error error;
    warning_place place = {path, part};
    if (arguments->no_warnings || !is_for(model, dataset)) return EXIT_DONE;
    clenet_status status = clenet_dataset_examine(dataset, model, warn, &place, &error);
    return status == CLENET_OK ? EXIT_DONE : say_error(&error);
}
