/* train_epoch.c - times training epochs of the design's LeNet, and prints one JSON line.
 *
 * train_epoch [--rows N] [--batch N] [--threads N] [--isa NAME] [--device SPEC] [--tiles TEXT] [--cache FOLDER --probe clenet]
 *             [--data train.csv.gz] [--epochs N | --turns]
 *
 * --cache, --probe: where what is known of the devices is kept, and the command that measures them, for --device auto.
 * --tiles: of OpenCL kernels, as clenet_device_options has them, "vector8,filters=3".
 * --turns: one epoch at a time (turns.h).
 * Without --data the digits are random bytes, a fifth of them ink, as in MNIST: the time does not depend on them. The
 * first epoch warms up and is not counted. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clenet/clenet.h"
#include "turns.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10, MAX_EPOCHS = 1000 };

typedef struct arguments {
    size_t rows;
    int batch, epochs;
    bool turns;
    const char *data, *device;
    clenet_device_options device_options;
} arguments;

typedef struct timing {
    const arguments *a;
    const clenet_device *device;
    size_t rows;
    double seconds[MAX_EPOCHS];
    double loss;
    int count;
} timing;

static void check(clenet_status status, const clenet_error *error) {
    if (status == CLENET_OK) return;
    fprintf(stderr, "train_epoch: %s\n", error->message);
    exit(1);
}

static arguments parse(int argc, char **argv) {
    static const struct option known[] = {{"rows", 1, NULL, 'r'},  {"batch", 1, NULL, 'b'},  {"threads", 1, NULL, 't'},
                                          {"isa", 1, NULL, 'i'},   {"device", 1, NULL, 'd'}, {"epochs", 1, NULL, 'e'},
                                          {"data", 1, NULL, 'f'},  {"cache", 1, NULL, 'c'},  {"probe", 1, NULL, 'p'},
                                          {"turns", 0, NULL, 'T'}, {"tiles", 1, NULL, 'l'},  {NULL, 0, NULL, 0}};
    arguments a = {.rows = 33600, .batch = 32, .epochs = 5, .device = "cpu"};
    clenet_device_options_init(&a.device_options, sizeof a.device_options);
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (c) {
        case 'r':
            a.rows = strtoul(optarg, NULL, 10);
            break;
        case 'b':
            a.batch = atoi(optarg);
            break;
        case 't':
            a.device_options.threads = atoi(optarg);
            break;
        case 'i':
            a.device_options.isa = optarg;
            break;
        case 'd':
            a.device = optarg;
            break;
        case 'e':
            a.epochs = atoi(optarg);
            break;
        case 'f':
            a.data = optarg;
            break;
        case 'c':
            a.device_options.cache_folder = optarg;
            break;
        case 'l':
            a.device_options.tiles = optarg;
            break;
        case 'p':
            a.device_options.probe_command = optarg;
            break;
        case 'T':
            a.turns = true;
            a.epochs = MAX_EPOCHS - 1;
            break;
        default:
            exit(2);
        }
    if (a.epochs < 1 || a.epochs >= MAX_EPOCHS || a.rows < 1) exit(2);
    return a;
}

static clenet_dataset *random_digits(size_t rows, clenet_error *error) {
    uint8_t *images = malloc(rows * PIXELS), *labels = malloc(rows);
    if (!images || !labels) exit(1);
    unsigned state = 1;
    for (size_t i = 0; i < rows * PIXELS; i++) {
        state = state * 1664525U + 1013904223U;
        images[i] = state >> 24 < 205 ? 0 : (uint8_t)(state >> 16);
    }
    for (size_t i = 0; i < rows; i++) labels[i] = (uint8_t)(i % CLASSES);
    clenet_dataset *dataset;
    check(clenet_dataset_new(&dataset, images, labels, rows, SIDE, SIDE, 1, CLASSES, error), error);
    free(images);
    free(labels);
    return dataset;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What is measured, as JSON without its end. */
static void say_what(const timing *t) {
    printf("{\"peer\":\"clenet\",\"version\":\"%s\",\"device\":\"%s\",\"batch\":%d,\"rows\":%zu", clenet_version(),
           clenet_device_description(t->device), t->a->batch, t->rows);
}

static void say_times(timing *t) {
    qsort(t->seconds, (size_t)t->count, sizeof t->seconds[0], ascending);
    double median = t->seconds[t->count / 2];
    say_what(t);
    printf(",\"epochs\":%d,\"minimum_seconds\":%.4f,\"median_seconds\":%.4f,", t->count, t->seconds[0], median);
    printf("\"images_per_second\":%.0f,\"last_loss\":%.4f}\n", (double)t->rows / median, t->loss);
}

/* Epoch 1 warms up. */
static int on_epoch(const clenet_epoch *epoch, void *user) {
    timing *t = user;
    if (epoch->epoch > 1) t->seconds[t->count++] = epoch->seconds;
    t->loss = epoch->loss;
    if (!t->a->turns) return 0;
    if (epoch->epoch > 1) {
        turns_say(epoch->seconds);
    } else {
        say_what(t);
        puts("}");
    }
    return !turns_wait();
}

int main(int argc, char **argv) {
    arguments a = parse(argc, argv);
    clenet_error error;
    clenet_dataset *dataset;
    clenet_device *device;
    clenet_network *network;
    clenet_model *model;
    clenet_trainer *trainer;
    if (a.data)
        check(clenet_dataset_load(&dataset, a.data, NULL, &error), &error);
    else
        dataset = random_digits(a.rows, &error);
    check(clenet_device_open(&device, a.device, &a.device_options, &error), &error);
    check(clenet_network_lenet(&network, SIDE, SIDE, 1, CLASSES, &error), &error);
    check(clenet_model_new(&model, network, 1, &error), &error);

    size_t all = clenet_dataset_rows(dataset), rows = a.rows < all ? a.rows : all;
    timing t = {.a = &a, .device = device, .rows = rows};
    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.epochs = a.epochs + 1;
    options.batch = a.batch;
    options.patience = -1;
    options.validation = (double)(all - rows) / (double)all; /* validated too where there are more rows */
    options.on_epoch = on_epoch;
    options.user = &t;
    check(clenet_trainer_new(&trainer, model, dataset, device, &options, &error), &error);
    check(clenet_trainer_run(trainer, NULL, &error), &error);
    if (!a.turns) say_times(&t);
    clenet_trainer_free(trainer);
    clenet_model_free(model);
    clenet_network_free(network);
    clenet_device_free(device);
    clenet_dataset_free(dataset);
    return 0;
}
