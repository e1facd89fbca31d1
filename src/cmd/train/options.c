/* options.c - clenet train as a command: its help, the table of its options, and the checks of what was given. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/say.h"
#include "cmd/train/options.h"
#include "cmd/figures/canvas.h"

/* The recipes: options that are read before those of the command line, which may say otherwise. The help has the same words. */
#define RECIPE_BEST                                                                                   \
    "--optimizer adamw --learning-rate 0.0015 --weight-decay 0.01 --schedule one-cycle\n            " \
    "--epochs 120 --batch 32 --patience -1 --keep last --weight-average 0.999\n            "          \
    "--augment elastic --dropout 0.05,0.15"
const char *const train_recipes[] = {"notebook", "best", NULL};
static const char *const recipe_words[] = {"", RECIPE_BEST};
enum { RECIPE_WORDS = 64 /* at most */ };

const char *const train_monitors[] = {"accuracy", "loss", "val_accuracy", "val_loss", NULL}; /* clenet_monitor */
const char *const train_optimizers[] = {"rmsprop", "sgd", "adam", "adamw", NULL};            /* clenet_optimizer */
const char *const train_schedules[] = {"constant", "cosine", "one-cycle", NULL};             /* clenet_schedule */
const char *const train_augments[] = {"none", "shift", "affine", "elastic", NULL};           /* clenet_augment */
static const char *const keeps[] = {"best", "last", NULL};                                   /* clenet_keep */

#define AT(member) .offset = offsetof(train_arguments, member)
static const option_spec train_options[] = {
    {.name = "test",
     .kind = OPTION_TEXT,
     AT(test),
     .value = "FILE",
     .help = "images to predict with the trained model"},
    {.name = "out",
     .letter = 'o',
     .kind = OPTION_TEXT,
     AT(out),
     .value = "FOLDER",
     .help = "where the results go; made where it is not there\n(default run)"},
    {.name = "labels",
     .kind = OPTION_TEXT,
     AT(labels),
     .value = "FILE",
     .help = "the IDX file of the labels, where TRAIN is IDX images"},
    {.name = "arch",
     .kind = OPTION_TEXT,
     AT(arch),
     .value = "FILE",
     .help = "the network, as text, a layer a line (default LeNet)"},
    {.name = "recipe",
     .kind = OPTION_CHOICE,
     AT(recipe),
     .choices = train_recipes,
     .value = "NAME",
     .help = "what the settings are that are not given: notebook, the\ndefaults below; or best, as said at the end "
             "(default\n"
             "notebook)"},
    {.name = "dropout",
     .kind = OPTION_PAIR,
     AT(dropout),
     .low = 0,
     .high = 1,
     .below_high = true,
     .value = "A,B",
     .help = "the rates of LeNet's two dropout layers (default\n0.1,0.3)"},
    {.name = "models",
     .kind = OPTION_INTEGER,
     AT(models),
     .low = 1,
     .high = MODELS_MOST,
     .value = "N",
     .help =
         "train N networks, from --seed and the seeds after it,\neach with another part of the images held out; their\n"
         "predictions are averaged (default 1)"},
    {.name = "folds",
     .kind = OPTION_INTEGER,
     AT(folds),
     .low = 2,
     .high = MODELS_MOST,
     .value = "K",
     .help = "train K networks, each with another K-th of the images\nheld out: how well each image is read that a "
             "network\n"
             "has not seen; in place of --models and --validation"},
    {.name = "epochs",
     .kind = OPTION_INTEGER,
     AT(epochs),
     .low = 1,
     .high = 1000000,
     .value = "N",
     .help = "train for N epochs at most (default 50)"},
    {.name = "batch",
     .kind = OPTION_INTEGER,
     AT(batch),
     .low = 1,
     .high = 65536,
     .value = "N",
     .help = "images a step (default 32)"},
    {.name = "learning-rate",
     .kind = OPTION_REAL,
     AT(learning_rate),
     .low = 1e-12,
     .high = 1000,
     .value = "RATE",
     .help = "how far a step goes (default 0.001)"},
    {.name = "optimizer",
     .kind = OPTION_CHOICE,
     AT(optimizer),
     .choices = train_optimizers,
     .value = "KIND",
     .help = "how a step goes: rmsprop, sgd (momentum 0.9), adam or\nadamw (default rmsprop)"},
    {.name = "weight-decay",
     .kind = OPTION_REAL,
     AT(weight_decay),
     .low = 0,
     .high = 1,
     .value = "DECAY",
     .help =
         "how weights shrink: decoupled with adamw, L2 with the\nothers (default 0.01 with adamw, 0 with the others)"},
    {.name = "schedule",
     .kind = OPTION_CHOICE,
     AT(schedule),
     .choices = train_schedules,
     .value = "KIND",
     .help =
         "how the learning rate goes over the --epochs: constant;\ncosine, down to 0; or one-cycle, up and down to 0\n"
         "(default constant)"},
    {.name = "warmup",
     .kind = OPTION_REAL,
     AT(warmup),
     .low = 0,
     .high = 100000,
     .value = "EPOCHS",
     .help = "let the learning rate rise to what it is in the first\nEPOCHS, or a part of one (default 0)"},
    {.name = "label-smoothing",
     .kind = OPTION_REAL,
     AT(label_smoothing),
     .low = 0,
     .high = 1,
     .below_high = true,
     .value = "SHARE",
     .help = "share of each label that goes to all classes alike\n(default 0)"},
    {.name = "weight-average",
     .kind = OPTION_REAL,
     AT(weight_average),
     .low = 0,
     .high = 1,
     .below_high = true,
     .value = "DECAY",
     .help =
         "try and keep the moving average of the weights, which\nhas DECAY of itself a step, such as 0.999; 0: the\n"
         "weights themselves (default 0)"},
    {.name = "augment",
     .kind = OPTION_CHOICE,
     AT(augment),
     .choices = train_augments,
     .value = "KIND",
     .help = "move the images of each epoch a little: shift; affine,\nwith turns, scales and shear; elastic, with "
             "pushes, too;\n"
             "or none (default none)"},
    {.name = "augment-strength",
     .kind = OPTION_REAL,
     AT(augment_strength),
     .low = 0.01,
     .high = 3,
     .value = "FACTOR",
     .help = "how far, as a multiple of the usual (default 1)"},
    {.name = "validation",
     .kind = OPTION_REAL,
     AT(validation),
     .low = 0,
     .high = 1,
     .below_high = true,
     .value = "SHARE",
     .help = "share of the images held out, drawn at random;\n0: none (default 0.2)"},
    {.name = "monitor",
     .kind = OPTION_CHOICE,
     AT(monitor),
     .choices = train_monitors,
     .value = "FIGURE",
     .help = "what must get better for the run to go on: accuracy,\nloss, val_accuracy or val_loss (default "
             "accuracy)"},
    {.name = "patience",
     .kind = OPTION_INTEGER,
     AT(patience),
     .low = -1,
     .high = 1000000,
     .value = "N",
     .help = "stop after N epochs in which it did not; -1: never\n(default 5)"},
    {.name = "keep",
     .kind = OPTION_CHOICE,
     AT(keep),
     .choices = keeps,
     .value = "WHICH",
     .help = "best: the epoch with the best validation accuracy\n(the last where none are held out);\n"
             "last: the last epoch (default best)"},
    {.name = "seed",
     .kind = OPTION_SEED,
     AT(seed),
     .value = "N",
     .help = "of everything random; the same seed gives the same\nmodel, bit by bit (default 1)"},
    {.name = "resume",
     .kind = OPTION_TEXT,
     AT(resume),
     .value = "FOLDER",
     .help = "go on with the run in FOLDER, where it was stopped, with\nall that it was begun with"},
    {.name = "checkpoint-seconds",
     .kind = OPTION_INTEGER,
     AT(checkpoint_seconds),
     .low = 0,
     .high = CHECKPOINT_SECONDS_MOST,
     .value = "N",
     .help = "write a checkpoint every N seconds within an epoch, too\n(default 300)"},
    {.name = "figures",
     .kind = OPTION_CHOICE,
     AT(figures),
     .choices = figure_formats,
     .value = "FORMAT",
     .help = "of the pictures of the run in FOLDER: svg, png, pdf or\nnone (default svg)"},
    DEVICE_OPTIONS(train_arguments),
    {.name = "quiet", .letter = 'q', .kind = OPTION_FLAG, AT(quiet), .help = "say nothing but errors"},
};
enum { CHECKPOINT_SECONDS = 300 }; /* a lost piece of work that can be borne */

static bool is_standard_input(const char *path) {
    return path != NULL && strcmp(path, "-") == 0;
}

/* Wrong together, though each is right alone. */
int train_check_arguments(const train_arguments *arguments, const char *data) {
    if (data == NULL && arguments->resume == NULL)
        return say_wrong_usage("train", "TRAIN is missing: clenet train %s", train_command.synopsis);
    if (data == NULL)
        return say_wrong_usage("train",
                               "the run in '%s' read its images from standard input: give them again, as TRAIN",
                               arguments->resume);
    bool on_validation =
        arguments->monitor == CLENET_MONITOR_VAL_ACCURACY || arguments->monitor == CLENET_MONITOR_VAL_LOSS;
    if (on_validation && !(arguments->validation > 0.0)) {
        return say_wrong_usage("train", "--monitor %s needs images held out: give a --validation above 0",
                               train_monitors[arguments->monitor]);
    }
    if (arguments->warmup > (double)arguments->epochs)
        return say_wrong_usage("train", "--warmup %g is more than the run has: give at most the %d of --epochs",
                               arguments->warmup, arguments->epochs);
    if (arguments->warmup > 0.0 && arguments->schedule == CLENET_SCHEDULE_ONE_CYCLE)
        return say_wrong_usage("train", "--schedule one-cycle has a rise of its own: leave --warmup away");
    int reads = is_standard_input(data) + is_standard_input(arguments->test) + is_standard_input(arguments->labels);
    if (reads > 1) return say_wrong_usage("train", "standard input can be read once: name a file in place of one '-'");
    return OPTIONS_GO_ON;
}

int train_check_given(const train_arguments *given) {
    bool resumes = given->resume != NULL;
    if (resumes && given->out != NULL)
        return say_wrong_usage("train", "--resume goes on in its own folder: leave --out away");
    if (resumes && given->recipe >= 0)
        return say_wrong_usage("train", "--resume goes on with the run's own settings: leave --recipe away");
    if (resumes && (given->models > 0 || given->folds > 0))
        return say_wrong_usage("train", "--resume goes on with the run's own networks: leave --%s away",
                               given->models > 0 ? "models" : "folds");
    if (given->folds > 0 && given->models > 0)
        return say_wrong_usage("train", "--folds says how many networks there are: leave --models away");
    if (given->folds > 0 && given->validation >= 0.0)
        return say_wrong_usage("train", "--folds says which share is held out: leave --validation away");
    return OPTIONS_GO_ON;
}

int train_apply_recipe(train_arguments *arguments, int recipe) {
    char words[512], *rest = NULL, *argv[RECIPE_WORDS] = {(char[]){"train"}};
    const char *operands[OPERANDS_MOST];
    int argc = 1;
    (void)snprintf(words, sizeof words, "%s", recipe_words[recipe]);
    for (char *word = strtok_r(words, " \n", &rest); word != NULL && argc < RECIPE_WORDS;
         word = strtok_r(NULL, " \n", &rest))
        argv[argc++] = word;
    return options_read(&train_command, argc, argv, arguments, operands);
}

char *train_member_name(char name[TRAIN_MEMBER_NAME], int member) {
    (void)snprintf(name, TRAIN_MEMBER_NAME, "model-%d", member);
    return name;
}

int train_fold(const train_arguments *arguments) {
    int parts = clenet_validation_parts(arguments->validation);
    return arguments->member > 0 && parts > 0 ? (arguments->member - 1) % parts : 0;
}

/* PyTorch's: a decay is what makes AdamW of Adam, so 0 would not be what was asked for. */
static const double ADAMW_DECAY = 0.01;

void train_complete_arguments(train_arguments *arguments) {
    if (arguments->out == NULL) arguments->out = "run";
    if (arguments->folds > 0) {
        arguments->models = arguments->folds;
        arguments->validation = 1.0 / arguments->folds;
    }
    if (arguments->arch != NULL) arguments->dropout[0] = arguments->dropout[1] = -1.0;
    if (arguments->weight_decay < 0.0)
        arguments->weight_decay = arguments->optimizer == CLENET_OPTIMIZER_ADAMW ? ADAMW_DECAY : 0.0;
}

train_arguments train_default_arguments(void) {
    clenet_training_options defaults;
    clenet_training_options_init(&defaults, sizeof defaults);
    return (train_arguments){.dropout = {0.1, 0.3}, /* clenet_network_lenet's */
                             .models = 1,
                             .checkpoint_seconds = CHECKPOINT_SECONDS,
                             .epochs = defaults.epochs,
                             .batch = defaults.batch,
                             .patience = defaults.patience,
                             .monitor = (int)defaults.monitor,
                             .keep = (int)defaults.keep,
                             .learning_rate = (double)defaults.learning_rate,
                             .validation = defaults.validation,
                             .optimizer = (int)defaults.optimizer,
                             .weight_decay = -1.0,
                             .schedule = (int)defaults.schedule,
                             .warmup = defaults.warmup,
                             .label_smoothing = (double)defaults.label_smoothing,
                             .weight_average = (double)defaults.weight_average,
                             .augment = (int)defaults.augment,
                             .augment_strength = (double)defaults.augment_strength,
                             .seed = defaults.seed};
}

train_arguments train_no_arguments(void) {
    return (train_arguments){.recipe = -1, .dropout = {-1.0, -1.0}, .validation = -1.0};
}

const command_spec train_command = {
    .name = "train",
    .synopsis = "TRAIN [--test FILE] [--out FOLDER] [OPTION]...",
    .purpose = "Train a network on labelled images: a LeNet, or your own.",
    .about = "  TRAIN  images with labels: CSV, or IDX with --labels; plain or gzip; - is standard input\n\n"
             "Writes into FOLDER model.safetensors, history.csv (a row an epoch) and, with --test,\n"
             "submission.csv; report.html, for a browser, shows what the run came to. What an earlier run left\n"
             "there is replaced when the first epoch is done.\n"
             "checkpoint.safetensors is what --resume goes on from: TRAIN and options are then those of the\n"
             "run; --epochs may be more, and the device another.\n",
    .notes = "An epoch's line ends in * where its weights are the ones kept. Ctrl-C stops the run, and saves\n"
             "what it has come to; a second Ctrl-C ends it at once.\n\n"
             "examples:\n"
             "  clenet train train.csv --test test.csv --out run --seed 1\n"
             "  clenet train --resume run\n"
             "  clenet train train.csv --test test.csv --recipe best --models 8\n"
             "  clenet train train.csv --folds 5\n"
             "  clenet train train.csv --arch wide.txt\n\n"
             "--recipe best, where an option of the command line does not say otherwise:\n"
             "            " RECIPE_BEST "\n\n"
             "A network as text, a layer a line; what follows # is a comment:\n"
             "  input 28x28x1\n"
             "  conv2d 6 5x5 same relu        # FILTERS KHxKW, same or valid, relu, tanh or nothing\n"
             "  maxpool2d 2x2                 # or avgpool2d\n"
             "  batchnorm                     # momentum=0.99 epsilon=0.001\n"
             "  dropout 0.1\n"
             "  flatten\n"
             "  dense 120 tanh                # UNITS, and relu, tanh or nothing\n"
             "  relu                          # or tanh, as a layer of its own\n"
             "  dense 10 softmax              # a unit a class\n",
    .operands = {"TRAIN"},
    .operands_least = 0,
    .operands_most = 1,
    .options = train_options,
    .option_count = sizeof train_options / sizeof train_options[0],
    .run = train_main,
};
