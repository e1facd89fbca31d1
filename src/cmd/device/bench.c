/* bench.c - clenet bench: the speed of training and prediction.
 *
 * It compares machines and devices. Next to the figures of a CPU are the ratios of other programs (peers.h). Digits are drawn at
 * random, as many as Kaggle's. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/device_setting.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/device/peers.h"
#include "cmd/device/speed.h"
#include "clenet/clenet.h"
#include "lib/base/clock.h"

enum {
    TRAINING_ROWS = 33600, /* four fifths of Kaggle's train.csv; its test.csv has 5 rows for every 6 of these */
    SINGLES = 500,         /* images predicted one by one */
    BATCHES = 3,
    SPECS_MOST = 16,
    JSON_DIGITS = 12,
    SCHEMA_VERSION = 1
};

static const int batches[BATCHES] = {32, 128, 512};

/* Floating-point operations of the default LeNet per image: training and prediction. A multiply-add counts as 2. */
static const double TRAINING_FLOP = 2.264e6, PREDICTION_FLOP = 0.833e6;

typedef struct bench_arguments {
    device_arguments device;
    int images;
    bool json;
} bench_arguments;

static const option_spec options[] = {
    OPTION_ROW(INTEGER, bench_arguments, images, "images", "N",
               "train on N random digits and predict 5/6 N (default 33600)", .range = {FROM(6), TO(10000000)}),
    OPTION_ROW(FLAG, bench_arguments, json, "json", NULL, "print one JSON object instead of the table"),
    DEVICE_OPTIONS(bench_arguments),
};

/* The measurements of one device; seconds. */
typedef struct figures {
    char description[512];
    double start;          /* until the first step can begin, with or without programs in the cache */
    double epoch[BATCHES]; /* median */
    double prediction;     /* of test_rows() images; median */
    double single;         /* one image; median */
    double gain;           /* of two CPU threads over one, batch 32; 0: not measured */
    clenet_device_limits limits;
} figures;

static size_t test_rows(size_t training_rows) {
    return training_rows / 6 * 5;
}

/* ---- measuring ---- */

static clenet_status time_predictions(figures *f, const clenet_model *model, const clenet_dataset *digits,
                                      const clenet_device *device, clenet_error *error) {
    enum { REPEATS = 5 };
    clenet_predictor *predictor = NULL;
    const uint8_t *images = clenet_dataset_images(digits);
    size_t rows = clenet_dataset_rows(digits), count = test_rows(rows);
    float *probabilities = malloc(count * SPEED_CLASSES * sizeof *probabilities);
    double many[REPEATS + 1], one[SINGLES];
    clenet_status status = clenet_predictor_new(&predictor, model, device, error);
    if (probabilities == NULL) {
        (void)snprintf(error->message, sizeof error->message, "out of memory (the predictions)");
        status = CLENET_ERROR_MEMORY;
    }
    for (int i = 0; i <= REPEATS && status == CLENET_OK; i++) {
        double began = clock_seconds();
        status = clenet_predictor_run(predictor, images, count, probabilities, error);
        many[i] = clock_seconds() - began;
    }
    for (size_t i = 0; i < SINGLES && status == CLENET_OK; i++) {
        double began = clock_seconds();
        status = clenet_predictor_run(predictor, images + i % rows * SPEED_PIXELS, 1, probabilities, error);
        one[i] = clock_seconds() - began;
    }
    clenet_predictor_free(predictor);
    free(probabilities);
    if (status != CLENET_OK) return status;
    f->prediction = speed_median(many + 1, REPEATS);
    f->single = speed_median(one, SINGLES);
    return CLENET_OK;
}

static bool is_cpu(const figures *f) {
    return strncmp(f->description, "cpu,", 4) == 0;
}

/* An epoch at batch 32 with one CPU thread, over the same with two. */
static clenet_status measure_gain(figures *f, clenet_model *model, const clenet_dataset *digits,
                                  const clenet_device_options *device_options, clenet_error *error) {
    double seconds[2] = {0, 0};
    clenet_status status = CLENET_OK;
    for (int i = 0; i < 2 && status == CLENET_OK; i++) {
        clenet_device *device = NULL;
        clenet_device_options own = *device_options;
        own.threads = i + 1;
        status = clenet_device_open(&device, "cpu", &own, error);
        if (status == CLENET_OK) status = speed_epoch(&seconds[i], model, digits, device, batches[0], error);
        clenet_device_free(device);
    }
    if (status == CLENET_OK) f->gain = seconds[0] / seconds[1];
    return status;
}

static clenet_status measure(figures *f, const clenet_dataset *digits, const char *spec,
                             const clenet_device_options *device_options, clenet_error *error) {
    clenet_device *device = NULL;
    clenet_network *network = NULL;
    clenet_model *model = NULL;
    clenet_training_options training;
    clenet_training_options_init(&training, sizeof training);
    double began = clock_seconds();
    clenet_status status = clenet_device_open(&device, spec, device_options, error);
    if (status == CLENET_OK) status = clenet_network_lenet(&network, SPEED_SIDE, SPEED_SIDE, 1, SPEED_CLASSES, error);
    if (status == CLENET_OK) status = clenet_device_warm_up(device, network, &training, error);
    f->start = clock_seconds() - began;
    if (status == CLENET_OK) status = clenet_device_measure(device, &f->limits, error);
    if (status == CLENET_OK) status = clenet_model_new(&model, network, 1, error);
    for (int i = 0; i < BATCHES && status == CLENET_OK; i++)
        status = speed_epoch(&f->epoch[i], model, digits, device, batches[i], error);
    if (status == CLENET_OK) status = time_predictions(f, model, digits, device, error);
    if (status == CLENET_OK)
        (void)snprintf(f->description, sizeof f->description, "%s", clenet_device_description(device));
    if (status == CLENET_OK && is_cpu(f) && !strstr(f->description, "cpu, 1 thread,"))
        status = measure_gain(f, model, digits, device_options, error);
    clenet_model_free(model);
    clenet_network_free(network);
    clenet_device_free(device);
    return status;
}

/* ---- printing ---- */

/* row: of the peers; PEER_ROWS without one. */
static void print_row(const char *what, double seconds, double images, double flop, double limit, peer_row row) {
    char speed[TEXT_SIZE], time[TEXT_SIZE];
    if (seconds < 1e-3) {
        (void)snprintf(time, sizeof time, "%.1f us", seconds * 1e6);
    } else {
        (void)snprintf(time, sizeof time, "%.3f s", seconds);
    }
    (void)printf("  %-34s %10s  %10s images/s  %3.0f %%", what, time, text_count(speed, (uint64_t)(images / seconds)),
                 100 * flop * images / seconds / limit);
    if (row != PEER_ROWS)
        (void)printf("   %s: %.1f times as long", peers[row].name, peers[row].seconds / peers[row].ours);
    (void)printf("\n");
}

static void print_figures(const figures *f, size_t rows) {
    char what[64], number[TEXT_SIZE];
    (void)printf("device: %s\n", f->description);
    (void)printf("  limits: %.0f GFLOP/s, %.1f GB/s copied; %% is the share of these GFLOP/s\n", f->limits.flops * 1e-9,
                 f->limits.bytes_per_second * 1e-9);
    for (int i = 0; i < BATCHES; i++) {
        (void)snprintf(what, sizeof what, "epoch of %s images, batch %d", text_count(number, rows), batches[i]);
        print_row(what, f->epoch[i], (double)rows, TRAINING_FLOP, f->limits.flops,
                  is_cpu(f) ? (peer_row)(PEER_EPOCH_32 + i) : PEER_ROWS);
    }
    (void)snprintf(what, sizeof what, "prediction of %s images", text_count(number, test_rows(rows)));
    print_row(what, f->prediction, (double)test_rows(rows), PREDICTION_FLOP, f->limits.flops,
              is_cpu(f) ? PEER_PREDICTION : PEER_ROWS);
    print_row("prediction of one image", f->single, 1, PREDICTION_FLOP, f->limits.flops,
              is_cpu(f) ? PEER_SINGLE : PEER_ROWS);
    if (f->gain > 0) (void)printf("  %-34s %8.2f times as fast\n", "two threads over one, batch 32", f->gain);
    (void)printf("  %-34s %8.3f s\n", "opening the device, with compiling", f->start);
    if (is_cpu(f))
        (void)printf("  Other programs: time over clenet's, measured on %s. Your machine's ratios may differ.\n",
                     PEERS_MACHINE);
}

static json_t *figures_json(const figures *f) {
    json_t *epochs = json_object();
    char name[16];
    int failures = 0;
    for (int i = 0; i < BATCHES; i++) {
        (void)snprintf(name, sizeof name, "%d", batches[i]);
        failures += json_object_set_new(epochs, name, json_real(f->epoch[i])) != 0;
    }
    json_t *object = json_pack("{s:o, s:f, s:f, s:o, s:f, s:f, s:f, s:f}", "device", json_text(f->description), "flops",
                               f->limits.flops, "bytes_per_second", f->limits.bytes_per_second, "epoch_seconds", epochs,
                               "prediction_seconds", f->prediction, "single_seconds", f->single, "start_seconds",
                               f->start, "two_threads_gain", f->gain);
    if (failures == 0) return object;
    json_decref(object);
    return NULL;
}

static int print_json(const figures *all, int count, size_t rows) {
    json_t *devices = json_array();
    int failures = 0;
    for (int i = 0; i < count; i++) failures += json_array_append_new(devices, figures_json(&all[i])) != 0;
    json_t *root = json_pack("{s:i, s:s, s:I, s:I, s:o}", "schema_version", SCHEMA_VERSION, "version", clenet_version(),
                             "training_images", (json_int_t)rows, "prediction_images", (json_int_t)test_rows(rows),
                             "devices", devices);
    return say_json(root, failures == 0, JSON_REAL_PRECISION(JSON_DIGITS), "figures");
}

/* ---- the command ---- */

/* Splits "cpu,0.0" into its specs. Returns their number; -1 if there are too many or one is empty. */
static int cut(char *list, const char *specs[SPECS_MOST]) {
    int count = 0;
    for (char *at = list; at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL) *comma++ = '\0';
        if (*at == '\0' || count == SPECS_MOST) return -1;
        specs[count++] = at;
        at = comma;
    }
    return count;
}

static int bench(const bench_arguments *arguments, const char *const specs[], int count) {
    static figures all[SPECS_MOST];
    clenet_dataset *digits = NULL;
    clenet_error error;
    device_setting setting;
    int status = device_setting_make(&setting, &arguments->device);
    if (status != EXIT_DONE) return status;
    if (speed_digits(&digits, (size_t)arguments->images, &error) != CLENET_OK) status = say_error(&error);
    for (int i = 0; i < count && status == EXIT_DONE; i++) {
        if (measure(&all[i], digits, specs[i], &setting.options, &error) != CLENET_OK) status = say_error(&error);
        if (status == EXIT_DONE && !arguments->json) print_figures(&all[i], (size_t)arguments->images);
        (void)fflush(stdout);
    }
    if (status == EXIT_DONE && arguments->json) status = print_json(all, count, (size_t)arguments->images);
    clenet_dataset_free(digits);
    device_setting_free(&setting);
    return status;
}

static int run_bench(int argc, char **argv) {
    bench_arguments arguments = {.images = TRAINING_ROWS};
    const char *operands[OPERANDS_MOST], *specs[SPECS_MOST];
    int status = options_read(&bench_command, argc, argv, &arguments, operands);
    if (status != OPTIONS_GO_ON) return status;
    const char *wish = getenv("CLENET_DEVICE");
    if (arguments.device.spec == NULL) arguments.device.spec = wish != NULL && wish[0] != '\0' ? wish : "auto";
    char *list = strdup(arguments.device.spec);
    if (list == NULL) return say_failed("out of memory (the names of the devices)");
    int count = cut(list, specs);
    status = count < 0 ? say_wrong_usage("bench", "--device must be up to %d comma-separated devices, not '%s'",
                                         SPECS_MOST, arguments.device.spec)
                       : bench(&arguments, specs, count);
    free(list);
    return status;
}

const command_spec bench_command = {
    .name = "bench",
    .synopsis = "[--device DEVICE[,DEVICE]...] [OPTION]...",
    .purpose = "measure the speed of training and prediction",
    .about = "Trains and predicts with LeNet on random digits: one epoch at three batch sizes,\n"
             "many images, one image, the start of a run, and the most the device can do. Each\n"
             "figure is a median. For a CPU it also prints how much longer other programs\n"
             "take, on the machine of bench/README.md. It takes some seconds per device. Other\n"
             "programs that run at the same time make the figures worse.\n",
    .notes = "example:\n"
             "  clenet bench --device cpu,gpu\n",
    .operands_most = 0,
    OPTION_TABLE(options),
    .run = run_bench,
};
