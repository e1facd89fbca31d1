/* data_options.c - see data_options.h. */
#include "cmd/base/data_options.h"

#include <stddef.h>

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
