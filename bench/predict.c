/* predict.c - times the prediction of images: from their bytes to ten probabilities each. By turns (turns.h).
 *
 * predict [--count N] [--repeats N] [--threads N] [--isa NAME] [--device SPEC] MODEL.safetensors DATA.csv
 *
 * MODEL is a LeNet for 28x28 digits, DATA has labels. --count images per call, default 28000; the rows of DATA
 * repeat when they are fewer. A measurement is the median of --repeats calls. The programs *_predict.py
 * in bench/peers do the same. */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "clenet/clenet.h"
#include "turns.h"

enum { PIXELS = 28 * 28, CLASSES = 10, MAX_REPEATS = 100000 };

typedef struct arguments {
    size_t count;
    int repeats;
    const char *device, *model, *data;
    clenet_device_options device_options;
} arguments;

/* The repeated prediction; if there are more images than it takes, each call begins one image further. */
typedef struct question {
    clenet_predictor *predictor;
    uint8_t *images;      /* [rows][PIXELS] */
    float *probabilities; /* [count][CLASSES] */
    size_t rows, count;
} question;

static void check(clenet_status status, const clenet_error *error) {
    if (status == CLENET_OK) return;
    fprintf(stderr, "predict: %s\n", error->message);
    exit(1);
}

static arguments parse(int argc, char **argv) {
    static const struct option known[] = {{"count", 1, NULL, 'c'}, {"repeats", 1, NULL, 'r'}, {"threads", 1, NULL, 't'},
                                          {"isa", 1, NULL, 'i'},   {"device", 1, NULL, 'd'},  {NULL, 0, NULL, 0}};
    arguments a = {.count = 28000, .repeats = 1, .device = "cpu"};
    clenet_device_options_init(&a.device_options, sizeof a.device_options);
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 'c')
            a.count = strtoul(optarg, NULL, 10);
        else if (c == 'r')
            a.repeats = atoi(optarg);
        else if (c == 't')
            a.device_options.threads = atoi(optarg);
        else if (c == 'i')
            a.device_options.isa = optarg;
        else if (c == 'd')
            a.device = optarg;
        else
            exit(2);
    }
    if (optind + 2 != argc || a.count < 1 || a.repeats < 1 || a.repeats > MAX_REPEATS) exit(2);
    a.model = argv[optind];
    a.data = argv[optind + 1];
    return a;
}

/* At least `count` images: the data set's, again and again. */
static void take_images(question *q, const clenet_dataset *digits) {
    size_t rows = clenet_dataset_rows(digits);
    q->rows = q->count > rows ? q->count : rows;
    q->images = malloc(q->rows * PIXELS);
    q->probabilities = malloc(q->count * CLASSES * sizeof *q->probabilities);
    if (!q->images || !q->probabilities) exit(1);
    for (size_t i = 0; i < q->rows; i++)
        memcpy(q->images + i * PIXELS, clenet_dataset_images(digits) + i % rows * PIXELS, PIXELS);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the calls' seconds. */
static double ask(const question *q, int repeats) {
    static double seconds[MAX_REPEATS];
    clenet_error error;
    for (int i = 0; i < repeats; i++) {
        size_t first = (size_t)i % (q->rows - q->count + 1);
        double began = clock_seconds();
        check(clenet_predictor_run(q->predictor, q->images + first * PIXELS, q->count, q->probabilities, &error),
              &error);
        seconds[i] = clock_seconds() - began;
    }
    qsort(seconds, (size_t)repeats, sizeof *seconds, ascending);
    return seconds[repeats / 2];
}

int main(int argc, char **argv) {
    arguments a = parse(argc, argv);
    question q = {.count = a.count};
    clenet_error error;
    clenet_dataset *digits;
    clenet_device *device;
    clenet_model *model;
    clenet_evaluation evaluation;
    check(clenet_dataset_load(&digits, a.data, NULL, &error), &error);
    check(clenet_device_open(&device, a.device, &a.device_options, &error), &error);
    check(clenet_model_load(&model, a.model, &error), &error);
    check(clenet_predictor_new(&q.predictor, model, device, &error), &error);
    check(clenet_predictor_evaluate(q.predictor, digits, &evaluation, NULL, &error), &error);
    take_images(&q, digits);
    (void)ask(&q, a.repeats);
    printf("{\"peer\":\"clenet\",\"version\":\"%s\",\"device\":\"%s\",\"count\":%zu,\"accuracy\":%.4f}\n",
           clenet_version(), clenet_device_description(device), a.count, evaluation.accuracy);
    while (turns_wait()) turns_say(ask(&q, a.repeats));
    clenet_predictor_free(q.predictor);
    clenet_model_free(model);
    clenet_device_free(device);
    clenet_dataset_free(digits);
    free(q.probabilities);
    free(q.images);
    return 0;
}
