/* options.c - clenet train: help, table of options, and checks. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/say.h"
#include "cmd/train/options.h"
#include "cmd/figures/canvas.h"

/* A recipe sets, over the defaults, what the command line may then set otherwise. */
typedef void set_recipe(train_arguments *arguments);

static void set_notebook(train_arguments *arguments) {
    (void)arguments; /* the defaults */
}

static void set_best(train_arguments *arguments) {
    clenet_training_options *o = &arguments->options;
    o->epochs = 120;
    o->learning_rate = 0.0015F;
    o->optimizer = CLENET_OPTIMIZER_ADAMW;
    o->weight_decay = 0.01F;
    o->schedule = CLENET_SCHEDULE_ONE_CYCLE;
    o->weight_average = 0.999F;
    o->augment = CLENET_AUGMENT_ELASTIC;
    o->patience = -1;
    o->keep = CLENET_KEEP_LAST;
    arguments->dropout[0] = 0.05;
    arguments->dropout[1] = 0.15;
}

/* 99 % in the fewest epochs: docs/accuracy.md has what was tried. Labels that are smoothed, and images that are shifted by up to a
 * pixel, do more in this few steps than dropout, which slows them down. */
static void set_fast(train_arguments *arguments) {
    clenet_training_options *o = &arguments->options;
    o->epochs = 3;
    o->learning_rate = 0.1F;
    o->optimizer = CLENET_OPTIMIZER_SGD;
    o->schedule = CLENET_SCHEDULE_ONE_CYCLE;
    o->label_smoothing = 0.1F;
    o->augment = CLENET_AUGMENT_SHIFT;
    o->augment_strength = 0.5F;
    o->patience = -1;
    o->keep = CLENET_KEEP_LAST;
    arguments->dropout[0] = arguments->dropout[1] = 0;
    const char *wish = getenv("CLENET_DEVICE");
    bool chosen = wish != NULL && wish[0] != '\0';
    if (!chosen) arguments->device.spec = "cpu"; /* looking for a GPU takes 0.04 to 0.15 s of 1.2 s */
}

const char *const train_recipes[] = {"notebook", "best", "fast", NULL};
static set_recipe *const set_recipes[] = {set_notebook, set_best, set_fast};
_Static_assert(sizeof train_recipes / sizeof train_recipes[0] == sizeof set_recipes / sizeof set_recipes[0] + 1,
               "a function for each recipe");

#define AT(member) .offset = offsetof(train_arguments, member)
static const option_spec train_options[] = {
    {.name = "test",
     .kind = OPTION_TEXT,
     AT(test),
     .value = "FILE",
     .help = "images to predict with the trained model",
     .group = GROUP_DATA},
    {.name = "arch",
     .kind = OPTION_TEXT,
     AT(arch),
     .value = "FILE",
     .suffix = ".txt",
     .help = "text file with the network, one layer per line (default: LeNet)",
     .group = GROUP_NETWORK},
    {.name = "dropout",
     .kind = OPTION_PAIR,
     AT(dropout),
     .range = {FROM(0), BELOW(1)},
     .value = "A,B",
     .help = "dropout rates of LeNet's two dropout layers (default 0.1,0.3)",
     .group = GROUP_NETWORK},
    {.name = "from",
     .kind = OPTION_TEXT,
     AT(from),
     .value = "MODEL",
     .help = "begin with the weights of a model: model.safetensors, or the folder of a run",
     .group = GROUP_NETWORK},
    {.name = "freeze",
     .kind = OPTION_TEXT,
     AT(freeze),
     .value = "LAYER,...",
     .help = "with --from: layers that stay as they are, named as in clenet summary; A..B is a range",
     .group = GROUP_NETWORK},
    {.name = "new-head",
     .kind = OPTION_FLAG,
     AT(new_head),
     .help = "with --from: begin with a new last layer, although the classes have the names of the model's",
     .group = GROUP_NETWORK},
    {.name = "models",
     .kind = OPTION_INTEGER,
     AT(models),
     .range = {FROM(1), TO(MODELS_MOST)},
     .value = "N",
     .help =
         "train an ensemble of N networks with consecutive seeds, each with other images held out; their predictions "
         "are averaged (default 1)",
     .group = GROUP_NETWORK},
    {.name = "folds",
     .kind = OPTION_INTEGER,
     AT(folds),
     .range = {FROM(2), TO(MODELS_MOST)},
     .value = "K",
     .help = "K-fold cross-validation: each image is judged by a network that did not train on it",
     .group = GROUP_NETWORK},
    {.name = "recipe",
     .kind = OPTION_CHOICE,
     AT(recipe),
     .choices = train_recipes,
     .value = "NAME",
     .help = "preset for the options you do not give: notebook (the defaults; it saves the best epoch), best (the most "
             "accurate) or fast (99 % in seconds); the last two are listed below (default notebook)",
     .group = GROUP_TRAINING},
#define FIELD(...)
#define CALLER(...)
#define OPTION(field_, kind_, default_, low_, high_, words_, resume_, label_, name_, alias_, value_, help_, manual_) \
    {.name = name_,                                                                                                  \
     .kind = OPTION_##kind_,                                                                                         \
     AT(options.field_),                                                                                             \
     .range = {low_, high_},                                                                                         \
     .choices = words_,                                                                                              \
     .value = value_,                                                                                                \
     .help = help_,                                                                                                  \
     .usual = &training_defaults.field_,                                                                             \
     .alias = alias_,                                                                                                \
     .group = GROUP_TRAINING},
#include "lib/base/training_options.def"
#undef FIELD
#undef CALLER
#undef OPTION
    {.name = "out",
     .alias = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     AT(out),
     .value = "FOLDER",
     .help = "folder for the results, made if it does not exist (default: runs/1, runs/2, ...: a new one for each run)",
     .group = GROUP_RUN},
    {.name = "overwrite",
     .kind = OPTION_FLAG,
     AT(overwrite),
     .help = "replace the run in the folder of --out, once the first epoch is done",
     .group = GROUP_RUN},
    {.name = "resume",
     .kind = OPTION_TEXT,
     AT(resume),
     .value = "FOLDER",
     .help = "resume the run in FOLDER where it stopped, with its images and options",
     .group = GROUP_RUN},
    {.name = "checkpoint-seconds",
     .kind = OPTION_INTEGER,
     AT(checkpoint_seconds),
     .range = {FROM(0), TO(CHECKPOINT_SECONDS_MOST)},
     .value = "N",
     .help = "within an epoch, write a checkpoint every N seconds (default 300)",
     .group = GROUP_RUN},
    {.name = "figures",
     .kind = OPTION_CHOICE,
     AT(figures),
     .choices = figure_formats,
     .value = "FORMAT",
     .help = "format of the figures: svg, png, pdf or none (default svg)",
     .group = GROUP_RUN},
    {.name = "json",
     .kind = OPTION_FLAG,
     AT(json),
     .help = "print the record of the run, run.json, on standard output at the end",
     .group = GROUP_RUN},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_FLAG,
     AT(quiet),
     .help = "print nothing but errors",
     .group = GROUP_RUN},
    DATA_OPTIONS(train_arguments),
    DEVICE_OPTIONS(train_arguments),
};
enum { CHECKPOINT_SECONDS = 300 }; /* this much lost work is acceptable */

static bool is_standard_input(const char *path) {
    return path != NULL && strcmp(path, "-") == 0;
}

static bool is_given(const bool *given, const char *name) {
    return options_given(&train_command, given, name);
}

int train_check_arguments(const train_arguments *arguments, const char *data) {
    if (data == NULL && arguments->resume == NULL)
        return say_wrong_usage("train", "TRAIN is missing: clenet train %s", train_command.synopsis);
    if (data == NULL)
        return say_wrong_usage("train", "the run in '%s' read its images from standard input: give TRAIN again",
                               arguments->resume);
    bool on_validation = arguments->options.monitor == CLENET_MONITOR_VAL_ACCURACY ||
                         arguments->options.monitor == CLENET_MONITOR_VAL_LOSS;
    if (on_validation && !(arguments->options.validation > 0.0)) {
        return say_wrong_usage("train", "--monitor %s needs validation images: use --validation above 0",
                               training_monitors[arguments->options.monitor]);
    }
    if (arguments->options.warmup > (double)arguments->options.epochs)
        return say_wrong_usage("train", "--warmup %g is longer than the run: use at most %d, the number of --epochs",
                               arguments->options.warmup, arguments->options.epochs);
    if (arguments->options.warmup > 0.0 && arguments->options.schedule == CLENET_SCHEDULE_ONE_CYCLE)
        return say_wrong_usage("train", "--schedule one-cycle already warms up: remove --warmup");
    int reads =
        is_standard_input(data) + is_standard_input(arguments->test) + is_standard_input(arguments->read.labels);
    if (reads > 1) return say_wrong_usage("train", "standard input can be read only once: replace one '-' with a file");
    return OPTIONS_GO_ON;
}

int train_check_given(const bool *given) {
    bool models = is_given(given, "models"), folds = is_given(given, "folds");
    if (is_given(given, "resume")) {
        if (is_given(given, "out"))
            return say_wrong_usage("train", "--resume continues in the same folder: remove --out");
        if (is_given(given, "overwrite"))
            return say_wrong_usage("train", "--resume continues a run and --overwrite replaces it: remove one of them");
        if (is_given(given, "recipe"))
            return say_wrong_usage("train", "--resume keeps the settings of the run: remove --recipe");
        if (models || folds)
            return say_wrong_usage("train", "--resume keeps the networks of the run: remove --%s",
                                   models ? "models" : "folds");
    }
    if (is_given(given, "from") && is_given(given, "dropout"))
        return say_wrong_usage("train", "--from keeps the network of the model: remove --dropout");
    if (is_given(given, "freeze") && !is_given(given, "from") && !is_given(given, "resume"))
        return say_wrong_usage("train", "--freeze keeps layers of a model: name the model with --from");
    if (is_given(given, "new-head") && !is_given(given, "from") && !is_given(given, "resume"))
        return say_wrong_usage("train", "--new-head replaces the last layer of a model: name the model with --from");
    if (folds && models) return say_wrong_usage("train", "--folds sets the number of networks: remove --models");
    if (folds && is_given(given, "validation"))
        return say_wrong_usage("train", "--folds sets the share held out: remove --validation");
    if (is_given(given, "overwrite") && !is_given(given, "out"))
        return say_wrong_usage("train", "--overwrite replaces the run in a folder: name the folder with --out");
    return OPTIONS_GO_ON;
}

char *train_member_name(char name[TRAIN_MEMBER_NAME], int member) {
    (void)snprintf(name, TRAIN_MEMBER_NAME, "model-%d", member);
    return name;
}

/* PyTorch's: AdamW differs from Adam by its decay, so a default of 0 would make no sense. */
static const float ADAMW_DECAY = 0.01F;

void train_complete_arguments(train_arguments *arguments) {
    if (arguments->folds > 0) {
        arguments->models = arguments->folds;
        arguments->options.validation = 1.0 / arguments->folds;
    }
    if (arguments->arch != NULL || arguments->from != NULL) arguments->dropout[0] = arguments->dropout[1] = -1.0;
    if (arguments->options.weight_decay < 0)
        arguments->options.weight_decay = arguments->options.optimizer == CLENET_OPTIMIZER_ADAMW ? ADAMW_DECAY : 0;
}

train_arguments train_recipe_arguments(int recipe) {
    train_arguments arguments = {.options = training_defaults,
                                 .recipe = recipe,
                                 .dropout = {0.1, 0.3}, /* clenet_network_lenet's */
                                 .models = 1,
                                 .checkpoint_seconds = CHECKPOINT_SECONDS};
    arguments.options.weight_decay = -1;
    set_recipes[recipe](&arguments);
    return arguments;
}

/* Prints a word of the list of options, on a new line if the line is full. */
static void print_word(int *column, const char *word) {
    enum { INDENT = 2, COLUMNS = 80 };
    int length = (int)strlen(word);
    if (*column == 0 || *column + 1 + length > COLUMNS)
        *column = printf("\n%*s%s", INDENT, "", word) - 1;
    else
        *column += printf(" %s", word);
}

/* What a recipe sets. */
static void print_recipe(int recipe) {
    const train_arguments usual = train_recipe_arguments(0), preset = train_recipe_arguments(recipe);
    int column = 0;
    char words[64 + 2 * SETTING_TEXT], text[2][SETTING_TEXT];
    (void)printf("\n--recipe %s sets these options; your own options replace them:", train_recipes[recipe]);
    for (int i = 0; i < TRAINING_OPTIONS; i++) {
        const training_option *row = &training_options[i];
        (void)training_option_text(text[0], row, &usual.options, SETTING_DIGITS);
        (void)training_option_text(text[1], row, &preset.options, SETTING_DIGITS);
        if (row->name == NULL || strcmp(text[0], text[1]) == 0) continue;
        (void)snprintf(words, sizeof words, "--%s %s", row->name, text[1]);
        print_word(&column, words);
    }
    (void)snprintf(words, sizeof words, "--dropout %g,%g", preset.dropout[0], preset.dropout[1]);
    print_word(&column, words);
    if (preset.device.spec != NULL) {
        (void)snprintf(words, sizeof words, "--device %s", preset.device.spec);
        print_word(&column, words);
    }
    (void)putchar('\n');
}

/* All but the defaults. */
static void print_recipes(void) {
    for (int i = 1; train_recipes[i] != NULL; i++) print_recipe(i);
}

const command_spec train_command = {
    .name = "train",
    .synopsis = "TRAIN [--test FILE] [--out FOLDER] [OPTION]...",
    .purpose = "train a network on labelled images: LeNet, or your own",
    .about = "  TRAIN  labelled images: CSV, IDX, NumPy, zip, or a folder of pictures per\n"
             "         class; - is standard input (see clenet help data)\n\n"
             "Writes into a new folder, runs/1, runs/2, ... (runs/latest is the newest):\n"
             "  model.safetensors       the trained model, for clenet predict\n"
             "  report.html             results, figures and mistakes: open it in a browser\n"
             "  draw.html               a page to draw on: the network answers in the browser\n"
             "  history.csv             accuracy, loss and learning rate per epoch\n"
             "  run.json                settings, data and result, for programs\n"
             "  submission.csv          with --test: the predicted labels, for Kaggle\n"
             "  checkpoint.safetensors  what --resume needs\n",
    .notes = "Each epoch prints one line; * marks the epochs whose weights were kept. Ctrl-C\n"
             "stops the run and saves it: --resume continues it. A second Ctrl-C quits at\n"
             "once.\n\n"
             "examples:\n"
             "  clenet train train.csv --test test.csv\n"
             "  clenet train train.csv --recipe best\n"
             "  clenet train train.csv --test test.csv --recipe fast\n"
             "  clenet train train.csv --recipe best --models 8 --out ensemble\n"
             "  clenet train train.csv --folds 5\n"
             "  clenet train train.csv --arch wide.txt\n"
             "  clenet train letters.csv --from runs/1 --freeze conv2d_1..batchnorm_2\n"
             "  clenet train --resume runs/latest\n\n"
             "A network file, one layer per line; # begins a comment:\n"
             "  input 28x28x1            # height x width x channels\n"
             "  conv2d 6 5x5 same relu   # filters, kernel, same or valid, activation;\n"
             "                           # options: stride=2 groups=6 padding=2\n"
             "  zeropad2d 0,1,0,1        # zeros: top, bottom, left, right; or one number\n"
             "  maxpool2d 2x2            # or avgpool2d; options: same stride=1 padding=1\n"
             "  batchnorm                # options: momentum=0.99 epsilon=0.001\n"
             "  dropout 0.1\n"
             "  flatten                  # or globalavgpool2d\n"
             "  dense 120 tanh           # units, and an activation or nothing\n"
             "  relu                     # activations: relu, tanh, sigmoid, leaky_relu 0.1\n"
             "  dense 10 softmax         # last: one unit per class\n",
    .print_more = print_recipes,
    .operands = {"TRAIN"},
    .operands_least = 0,
    .operands_most = 1,
    OPTION_TABLE(train_options),
    .run = train_main,
};
