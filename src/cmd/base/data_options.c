/* data_options.c - see data_options.h. */
#include "cmd/base/data_options.h"

#include <stddef.h>
#include <stdio.h>

#include "cmd/base/say.h"

typedef struct topic_arguments {
    data_arguments read;
} topic_arguments;

static const option_spec topic_options[] = {DATA_OPTIONS(topic_arguments)};

const help_topic data_topic = {
    .name = "data",
    .purpose = "how train, predict, evaluate and show read images and labels",
    .about = "clenet reads these formats, also if packed with gzip, bzip2, xz, zstd or zip:\n"
             "  CSV       one image per line: pixels 0..255, and a column of labels\n"
             "  IDX       MNIST as published: two files, images and labels\n"
             "  NumPy     .npy, or .npz with images and labels\n"
             "  CIFAR     the binary files of CIFAR-10 and CIFAR-100\n"
             "  a folder  one subfolder of pictures per class, named like the class\n"
             "  -         standard input\n\n"
             "A pixel is 0 for the background, 255 for ink. The format is detected from the\n"
             "first bytes; use these options if clenet detects something wrong. A model\n"
             "remembers the options it was trained with: predict and evaluate need them only\n"
             "for data of another form.\n",
    .notes = "examples:\n"
             "  clenet train train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz\n"
             "  clenet train table.csv --label target --skip id,date\n"
             "  clenet train digit-recognizer.zip --member train.csv\n",
    .mention = "labels, columns, scale and colours",
    .options = topic_options,
    .option_count = OPTION_COUNT(topic_options),
};

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
