/* bench.c - clenet bench: the speed of training, prediction and reading.
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
#include "cmd/device/speed_reading.h"
#include "clenet/clenet.h"
#include "lib/base/clock.h"

enum {
    TRAINING_ROWS = 33600, /* four fifths of Kaggle's train.csv; its test.csv has 5 rows for every 6 of these */
    SINGLES = 500,         /* images predicted one by one */
    CSV_ROWS_MOST = 42000, /* rows of Kaggle's train.csv; more take room on the disk, and do not change the speed */
    BATCHES = 3,
    SPECS_MOST = 16,
    JSON_DIGITS = 12,
    SCHEMA_VERSION = 1
};

static const int batches[BATCHES] = {32, 128, 512};
static const bool has_gain[BATCHES] = {true, false, true};

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
    int threads;           /* of a CPU; otherwise 0 */
    char isa[16];          /* of a CPU; otherwise "" */
    double start;          /* until the first step can begin, with or without programs in the cache */
    double epoch[BATCHES]; /* median */
    double prediction;     /* of test_rows() images; median */
    double single;         /* one image; median */
    double gain[BATCHES];  /* of two CPU threads over one; 0: not measured */
    clenet_device_limits limits;
} figures;

/* All measurements. */
typedef struct bench_results {
    figures devices[SPECS_MOST];
    int count;
    size_t rows;           /* that were trained on */
    speed_reading reading; /* seconds: 0 if it failed */
    clenet_error why;      /* of reading */
} bench_results;

static size_t test_rows(size_t training_rows) {
    return training_rows / 6 * 5;
}

/* Kaggle's train.csv has 5 rows for every 4 that are trained on. */
static size_t csv_rows(size_t training_rows) {
    size_t rows = training_rows / 4 * 5;
    return rows < CSV_ROWS_MOST ? rows : CSV_ROWS_MOST;
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
    return f->threads > 0;
}

/* Takes the description apart, as "cpu, 2 threads, avx512: no OpenCL device found". */
static void describe(figures *f, const char *description) {
    (void)snprintf(f->description, sizeof f->description, "%s", description);
    if (sscanf(description, "cpu, %d %*[threads], %15[a-z0-9]", &f->threads, f->isa) != 2) f->threads = 0;
}

/* The time of one thread divided by that of two, for some batches. */
static clenet_status measure_gains(figures *f, clenet_model *model, const clenet_dataset *digits,
                                   const clenet_device_options *device_options, clenet_error *error) {
    double seconds[2][BATCHES] = {{0}};
    clenet_status status = CLENET_OK;
    for (int i = 0; i < 2 && status == CLENET_OK; i++) {
        clenet_device *device = NULL;
        clenet_device_options own = *device_options;
        own.threads = i + 1;
        if (f->threads == own.threads) { /* measured already */
            memcpy(seconds[i], f->epoch, sizeof f->epoch);
            continue;
        }
        status = clenet_device_open(&device, "cpu", &own, error);
        for (int j = 0; j < BATCHES && status == CLENET_OK; j++)
            if (has_gain[j]) status = speed_epoch(&seconds[i][j], model, digits, device, batches[j], error);
        clenet_device_free(device);
    }
    for (int j = 0; j < BATCHES && status == CLENET_OK; j++)
        if (has_gain[j]) f->gain[j] = seconds[0][j] / seconds[1][j];
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
    if (status == CLENET_OK) describe(f, clenet_device_description(device));
    if (status == CLENET_OK && f->threads > 1) status = measure_gains(f, model, digits, device_options, error);
    clenet_model_free(model);
    clenet_network_free(network);
    clenet_device_free(device);
    return status;
}

/* ---- printing ---- */

/* The columns of the table, in characters. */
enum { WHAT = 27, TIME = 9, SPEED = 11, SHARE = 7, PEERS_FROM = WHAT + TIME + SPEED + SHARE };

/* True if other programs were compared with clenet that uses this instruction set. */
static bool has_peers(const char *isa) {
    for (int i = 0; i < PEERS; i++)
        if (strcmp(peers[i].isa, isa) == 0) return true;
    return false;
}

/* Ends a line of the table, which is PEERS_FROM long, with the other programs; each further program has a line. */
static void end_row(const figures *f, peer_figure figure) {
    int count = 0;
    for (int i = 0; i < PEERS; i++) {
        if (peers[i].figure != figure || strcmp(peers[i].isa, f->isa) != 0) continue;
        if (count++ > 0) (void)printf("%*s", PEERS_FROM, "");
        (void)printf("  %4.1f  %s\n", peers[i].seconds / peers[i].ours, peers[i].name);
    }
    if (count == 0) (void)printf("\n");
}

/* flop: per image; 0 if the figure has no share of the limit. */
static void print_row(const figures *f, const char *what, double seconds, double images, double flop,
                      peer_figure figure) {
    char speed[TEXT_SIZE], time[TEXT_SIZE], share[TEXT_SIZE] = "-";
    if (seconds < 1e-3)
        (void)snprintf(time, sizeof time, "%.1f us", seconds * 1e6);
    else
        (void)snprintf(time, sizeof time, "%.3f s", seconds);
    if (flop > 0) (void)snprintf(share, sizeof share, "%.0f %%", 100 * flop * images / seconds / f->limits.flops);
    (void)printf("%-*s%*s%*s%*s", WHAT, what, TIME, time, SPEED, text_count(speed, (uint64_t)(images / seconds)), SHARE,
                 share);
    end_row(f, figure);
}

static void print_device(const bench_results *all, const figures *f) {
    char what[64], number[TEXT_SIZE];
    double predicted = (double)test_rows(all->rows);
    if (f != all->devices) (void)printf("\n");
    (void)printf("device: %s\n", f->description);
    (void)printf("limits: %.0f GFLOP/s, %.1f GB/s copied\n\n", f->limits.flops * 1e-9,
                 f->limits.bytes_per_second * 1e-9);
    (void)printf("%-*s%*s%*s%*s%s\n", WHAT, "", TIME, "time", SPEED, "images/s", SHARE, "limit",
                 has_peers(f->isa) ? "  times as long with" : "");
    for (int i = 0; i < BATCHES; i++) {
        (void)snprintf(what, sizeof what, "epoch, batch %d", batches[i]);
        print_row(f, what, f->epoch[i], (double)all->rows, TRAINING_FLOP, (peer_figure)(PEER_EPOCH_32 + i));
    }
    (void)snprintf(what, sizeof what, "%s images predicted", text_count(number, test_rows(all->rows)));
    print_row(f, what, f->prediction, predicted, PREDICTION_FLOP, PEER_PREDICTION);
    print_row(f, "one image predicted", f->single, 1, PREDICTION_FLOP, PEER_SINGLE);
    (void)snprintf(what, sizeof what, "%s rows of CSV read", text_count(number, all->reading.rows));
    if (all->reading.seconds > 0)
        print_row(f, what, all->reading.seconds, (double)all->reading.rows, 0, PEER_READING);
    else
        (void)printf("%-*s  not measured, see below\n", WHAT, what);
    for (int i = 0; i < BATCHES; i++)
        if (f->gain[i] > 0)
            (void)printf("two threads, batch %-*d%*.2f  times as fast as one\n", WHAT - 19, batches[i], TIME - 2,
                         f->gain[i]);
    (void)printf("%-*s%*.3f s\n", WHAT, "opening, with compiling", TIME - 2, f->start);
}

/* What the lines and columns mean. */
static void print_notes(const bench_results *all) {
    char number[TEXT_SIZE];
    const char *isa = "";
    for (int i = 0; i < all->count; i++)
        if (is_cpu(&all->devices[i])) isa = all->devices[i].isa;
    (void)printf("\nepoch: training with %s random digits\n"
                 "limit: the arithmetic, as a share of the GFLOP/s above. An algorithm that needs\n"
                 "  less arithmetic can pass 100 %%.\n",
                 text_count(number, all->rows));
    if (all->reading.seconds <= 0) (void)printf("CSV: %s\n", all->why.message);
    if (has_peers(isa))
        (void)printf("times as long with: the time of the other program divided by clenet's, both with\n"
                     "  two threads and clenet with %s, on %s.\n"
                     "  Your machine may differ. bench/README.md has all figures.\n",
                     isa, PEERS_MACHINE);
    else if (isa[0] != '\0')
        (void)printf("Other programs were compared only with clenet's avx512 and avx2: see\n"
                     "  bench/README.md.\n");
}

/* Numbers by batch, without the zeros. */
static json_t *by_batch(const double values[BATCHES]) {
    json_t *object = json_object();
    char name[16];
    for (int i = 0; i < BATCHES && object != NULL; i++) {
        (void)snprintf(name, sizeof name, "%d", batches[i]);
        if (values[i] <= 0 || json_object_set_new(object, name, json_real(values[i])) == 0) continue;
        json_decref(object);
        object = NULL;
    }
    return object;
}

static json_t *peers_json(const figures *f) {
    static const char *const names[PEER_FIGURES] = {"epoch 32",   "epoch 128", "epoch 512",
                                                    "prediction", "single",    "csv"};
    json_t *array = json_array();
    int failures = 0;
    for (int i = 0; i < PEERS; i++)
        if (strcmp(peers[i].isa, f->isa) == 0)
            failures +=
                json_array_append_new(array, json_pack("{s:s, s:s, s:f}", "figure", names[peers[i].figure], "name",
                                                       peers[i].name, "ratio", peers[i].seconds / peers[i].ours)) != 0;
    if (failures == 0) return array;
    json_decref(array);
    return NULL;
}

static json_t *figures_json(const figures *f) {
    return json_pack("{s:o, s:f, s:f, s:o, s:f, s:f, s:f, s:o, s:o}", "device", json_text(f->description), "flops",
                     f->limits.flops, "bytes_per_second", f->limits.bytes_per_second, "epoch_seconds",
                     by_batch(f->epoch), "prediction_seconds", f->prediction, "single_seconds", f->single,
                     "start_seconds", f->start, "two_threads_gain", by_batch(f->gain), "peers", peers_json(f));
}

static json_t *reading_json(const bench_results *all) {
    if (all->reading.seconds <= 0) return json_pack("{s:o}", "error", json_text(all->why.message));
    return json_pack("{s:I, s:I, s:f}", "rows", (json_int_t)all->reading.rows, "bytes", (json_int_t)all->reading.bytes,
                     "seconds", all->reading.seconds);
}

static int print_json(const bench_results *all) {
    json_t *devices = json_array();
    int failures = 0;
    for (int i = 0; i < all->count; i++)
        failures += json_array_append_new(devices, figures_json(&all->devices[i])) != 0;
    json_t *root = json_pack("{s:i, s:s, s:I, s:I, s:o, s:o}", "schema_version", SCHEMA_VERSION, "version",
                             clenet_version(), "training_images", (json_int_t)all->rows, "prediction_images",
                             (json_int_t)test_rows(all->rows), "csv", reading_json(all), "devices", devices);
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
    static bench_results all;
    clenet_dataset *digits = NULL;
    clenet_error error;
    device_setting setting;
    int status = device_setting_make(&setting, &arguments->device);
    if (status != EXIT_DONE) return status;
    all.rows = (size_t)arguments->images;
    if (speed_digits(&digits, all.rows, &error) != CLENET_OK) status = say_error(&error);
    if (status == EXIT_DONE)
        (void)speed_of_reading(&all.reading, digits, csv_rows(all.rows), setting.options.threads, &all.why);
    for (; all.count < count && status == EXIT_DONE; all.count++) {
        figures *f = &all.devices[all.count];
        if (measure(f, digits, specs[all.count], &setting.options, &error) != CLENET_OK) status = say_error(&error);
        if (status == EXIT_DONE && !arguments->json) print_device(&all, f);
        (void)fflush(stdout);
    }
    if (status == EXIT_DONE && arguments->json) status = print_json(&all);
    if (status == EXIT_DONE && !arguments->json) print_notes(&all);
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
    .purpose = "measure the speed of training, prediction and reading",
    .about = "Trains and predicts with LeNet on random digits: one epoch at three batch sizes,\n"
             "many images, one image, the start of a run, and the most the device can do; and\n"
             "reads a CSV of the size of Kaggle's train.csv. Each figure is a median. For a\n"
             "CPU it also prints the gain of two threads, and how many times as long other\n"
             "programs take, on the machine of bench/README.md. It takes about 10 seconds per\n"
             "device. Other programs that run at the same time make the figures worse.\n",
    .notes = "example:\n"
             "  clenet bench --device cpu,gpu\n",
    .operands_most = 0,
    OPTION_TABLE(options),
    .run = run_bench,
};
