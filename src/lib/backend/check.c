/* check.c - checks a device's arithmetic, and times LeNet.
 *
 * Small networks, with one or two operations each, run on the device and on the CPU backend, from the same weights and images. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/backend.h"
#include "lib/backend/check.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/base/philox.h"
#include "lib/net/model.h"

/* One check: its operations, a network that needs them, the programs that this network is the first to need, and its training.
 * Networks are few and shapes are small, since a driver compiles each: PoCL takes 0.2 s of processor time for a program and 0.1 s
 * for a kernel. The optimizers share a network. LeNet's programs come last.
 *
 * No training may use a kernel variant that was not checked, so these are the variants of each network:
 *   dense            a head of two layers without dx; relu and none; each optimizer, with and without averages; images as they
 *                    are, and with every move
 *   conv2d           x padded by gather and by a launch; relu, relu with pooling that leaves a rim, and none; a head of one
 *                    layer with dx
 *   batchnorm        behind a convolution with relu, with dropout, whose mask gather draws
 *   relu, ...        batchnorm behind nothing and behind a dense layer, without dropout; pooling and activations as layers of
 *                    their own; dense with dx outside of a head; the loss without a head
 *   globalavgpool2d  x as it is; batchnorm behind a convolution with relu, without dropout
 *   lenet            batchnorm behind pooling, with dropout, in a launch for the sums and one for all numbers; a head of three
 *                    layers with dx */
typedef struct check {
    const char *operation, *blame, *text;
    clenet_optimizer optimizer;
    float weight_decay, weight_average;
    bool augment; /* images, with full augmentation */
} check;

#define DENSE "input 4x4x1\nflatten\ndense 12 relu\ndense 5 softmax\n"

static const check CHECKS[] = {
    {"dense, softmax_cross_entropy, rmsprop", "gather,dense,head,softmax_cross_entropy,optimizer", .text = DENSE},
    {"sgd", "optimizer", .text = DENSE, .optimizer = CLENET_OPTIMIZER_SGD, .weight_decay = 0.5F},
    {"adam", "optimizer", .text = DENSE, .optimizer = CLENET_OPTIMIZER_ADAM, .weight_decay = 0.5F},
    {"adamw, weight average", "optimizer", .text = DENSE, .optimizer = CLENET_OPTIMIZER_ADAMW, .weight_decay = 0.5F,
     .weight_average = 0.15F},
    {"moved images", "gather", .text = DENSE, .augment = true},
    {"conv2d", "conv2d",
     .text = "input 9x9x2\nconv2d 4 3x3 same relu\nconv2d 4 3x3 same relu\nmaxpool2d 2x2\nconv2d 6 3x3 valid\n"
             "flatten\ndense 3 softmax\n"},
    {"batchnorm", "batchnorm",
     .text = "input 6x6x1\nconv2d 3 3x3 same relu\nbatchnorm\ndropout 0.25\nconv2d 3 3x3 valid\nflatten\n"
             "dense 3 softmax\n"},
    {"relu, maxpool2d, avgpool2d, tanh, sigmoid, leaky_relu, dropout", "activation,maxpool2d,avgpool2d,dropout",
     .text = "input 13x13x1\nbatchnorm\nrelu\nmaxpool2d 3x3\navgpool2d 2x2\nflatten\ndense "
             "9\nbatchnorm\ntanh\nsigmoid\nleaky_relu\n"
             "dropout 0.5\nsoftmax\n"},
    {"globalavgpool2d, batchnorm", "globalavgpool2d,batchnorm",
     .text = "input 5x5x1\nconv2d 3 2x2 valid relu\nbatchnorm\nglobalavgpool2d\nsoftmax\n"},
    {"lenet", "all",
     .text = "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 16 5x5 valid "
             "relu\nmaxpool2d 2x2\n"
             "batchnorm\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n"},
};

enum {
    CHECK_COUNT = sizeof CHECKS / sizeof CHECKS[0],
    CHECK_ROWS = 37, /* a whole block of any width, and a short one */
    CHECK_SEED = 3,
    TIMED_FEW = 64,
    TIMED_ROWS = 2048,
    TIMED_BATCH = 32
};

/* Two backends that sum in different orders differ by about 1e-6 of a gradient; with a wrong kernel they differ by all of it. */
static const double TOLERANCE = 1e-3;

/* In LeNet, one of about fifty thousand pool windows may have two largest numbers that are equal except for rounding; each that
 * is chosen differently changes the gradients by a hundredth. */
static const double LENET_TOLERANCE = 0.1;
static const float CHECK_RATE = 1e-3F;

/* The second step shows if the means of the first are kept. */
enum { CHECK_STEPS = 2 };

static const double SLOW_SECONDS =
    0.1; /* for TIMED_FEW images: a fortieth of the speed of the CPU backend on one core */

/* A network prepared on a device, with random images and the results of a run. */
typedef struct bench {
    clenet_network *network;
    plan *p;
    executor *run;
    float *values; /* [packed_size] */
    float *update; /* [packed_size]: the sizes of the steps */
    float *logits; /* [rows][classes] */
    uint8_t *images, *labels;
    size_t rows;
} bench;

static void bench_free(bench *b) {
    if (b->run) b->run->functions->free(b->run);
    plan_free(b->p);
    clenet_network_free(b->network);
    memory_free(b->values);
    memory_free(b->update);
    memory_free(b->logits);
    memory_free(b->images);
    memory_free(b->labels);
}

static void randomise(bench *b) {
    size_t size = b->rows * shape_size(b->network->input), classes = (size_t)network_classes(b->network);
    for (size_t i = 0; i < size; i++) {
        uint32_t counter[4] = {(uint32_t)i, 0, 0, 1};
        b->images[i] = (uint8_t)(philox(CHECK_SEED, counter).word[0] >> 24);
    }
    for (size_t i = 0; i < b->rows; i++) b->labels[i] = (uint8_t)(i % classes);
    network_initialise(b->network, CHECK_SEED, b->values);
}

static clenet_status bench_memory(bench *b, clenet_error *error) {
    size_t size = b->rows * shape_size(b->network->input), classes = (size_t)network_classes(b->network);
    b->values = memory_new(b->network->packed_size, sizeof *b->values);
    b->update = memory_new(b->network->packed_size, sizeof *b->update);
    b->logits = memory_new(b->rows * classes, sizeof *b->logits);
    b->images = memory_new(size, 1);
    b->labels = memory_new(b->rows, 1);
    if (b->values && b->update && b->logits && b->images && b->labels) return CLENET_OK;
    return error_memory(error, size, "the check of a device");
}

/* Takes ownership of the network, also on failure; bench_free() it. */
static clenet_status bench_new(bench *b, clenet_network *network, const check *how, const clenet_device *device,
                               size_t rows, size_t batch, clenet_error *error) {
    *b = (bench){.network = network, .rows = rows};
    clenet_status status = bench_memory(b, error);
    if (status != CLENET_OK) return status;
    randomise(b);
    plan_options options = {.training = true,
                            .lanes = device->lanes,
                            .batch = batch,
                            .inference_batch = device->inference_batch,
                            .seed = CHECK_SEED,
                            .optimizer = how->optimizer,
                            .rho = 0.9F,
                            .epsilon = 1e-7F,
                            .momentum = 0.9F,
                            .beta_1 = 0.9F,
                            .beta_2 = 0.9F,
                            .weight_decay = how->weight_decay,
                            .weight_average = how->weight_average};
    if (how->augment) options.augment = augmentation_of(CLENET_AUGMENT_ELASTIC, 1);
    status = plan_new(&b->p, network, &options, error);
    if (status == CLENET_OK) status = device->backend->prepare(&b->run, device, b->p, error);
    if (status == CLENET_OK) status = b->run->functions->write(b->run, REGION_PARAMETERS, b->values, error);
    if (status == CLENET_OK && plan_has(&options, REGION_AVERAGES))
        status = b->run->functions->write(b->run, REGION_AVERAGES, b->values, error);
    if (status == CLENET_OK) status = b->run->functions->bind(b->run, b->images, b->labels, rows, error);
    return status;
}

/* The difference from the initial values of the parameters that inference uses (their averages, if there are any). */
static clenet_status read_update(bench *b, clenet_error *error) {
    clenet_status status = b->run->functions->read(b->run, plan_inferred(&b->p->options), b->update, error);
    for (size_t i = 0; i < b->network->packed_size; i++) b->update[i] -= b->values[i];
    return status;
}

/* Copies the gradients (trained parameters) of the last step, and the moving averages, to values. */
static clenet_status read_values(bench *b, clenet_error *error) {
    const clenet_network *network = b->network;
    const executor_functions *f = b->run->functions;
    size_t moving = network->packed_size - network->trained_size;
    float *parameters = memory_new(network->packed_size, sizeof *parameters);
    if (!parameters) return error_memory(error, network->packed_size * sizeof *parameters, "the check of a device");
    clenet_status status = f->read(b->run, REGION_GRADIENTS, b->values, error);
    if (status == CLENET_OK) status = f->read(b->run, REGION_PARAMETERS, parameters, error);
    if (status == CLENET_OK)
        memcpy(b->values + network->trained_size, parameters + network->trained_size, moving * sizeof *parameters);
    memory_free(parameters);
    return status;
}

/* Runs inference, then training: fills logits, update and values. The last step's gradients depend on the first one's update. */
static clenet_status bench_run(bench *b, clenet_error *error) {
    const executor_functions *f = b->run->functions;
    training_range range = {.count = b->rows, .epoch = 1, .learning_rate = CHECK_RATE};
    clenet_status status = f->infer(b->run, 0, b->rows, b->logits, NULL, error);
    for (; range.step < CHECK_STEPS && status == CLENET_OK; range.step++) status = f->train(b->run, &range, error);
    if (status == CLENET_OK) status = read_update(b, error);
    return status == CLENET_OK ? read_values(b, error) : status;
}

/* A result of both runs: logits, or packed values of the network from `first` on. */
typedef struct result {
    const char *what, *of; /* "gradients"; "gradient of ", for one parameter's part, NULL: it has no such parts */
    const float *got, *expected;
    size_t first, count;
    double tolerance; /* 0: the check does not judge it */
} result;

enum { RESULTS = 4 };

static void list_results(result results[RESULTS], const bench *got, const bench *expected, bool lenet) {
    const clenet_network *network = got->network;
    size_t logits = got->rows * (size_t)network_classes(network), trained = network->trained_size;
    double tolerance = lenet ? LENET_TOLERANCE : TOLERANCE;
    const result all[RESULTS] = {
        {"inference", NULL, got->logits, expected->logits, 0, logits, tolerance},
        {"gradients", "gradient of ", got->values, expected->values, 0, trained, tolerance},
        {"moving averages", "", got->values + trained, expected->values + trained, trained,
         network->packed_size - trained, tolerance},
        /* rmsprop makes the smallest gradients as large as any */
        {"update", "update of ", got->update, expected->update, 0, trained, lenet ? 0 : tolerance},
    };
    memcpy(results, all, sizeof all);
}

/* The receiver of the differences; on_difference NULL: none. */
typedef struct observer {
    clenet_difference_callback *on_difference;
    void *user;
} observer;

/* Fills the differences of `count` numbers of the result, from `at` on. */
static void measure(clenet_difference *d, const result *r, size_t at, size_t count) {
    double off = 0, size = 1e-12, apart = 0, most = 1e-30;
    for (size_t i = 0; i < r->count; i++) {
        double e = fabs((double)r->expected[i]), away = fabs((double)r->got[i] - (double)r->expected[i]);
        size += e * e;
        if (e > most) most = e;
        if (i < at || i >= at + count) continue;
        off += away * away;
        if (away > apart || isnan(away)) apart = isnan(away) ? (double)INFINITY : away;
    }
    d->difference = isfinite(off) ? sqrt(off / size) : (double)INFINITY;
    d->largest = apart / most;
}

/* Tells the differences of the whole result, and of each parameter's part. */
static void tell(const observer *to, const result *r, const clenet_network *network, const char *operation) {
    clenet_difference d = {.operation = operation, .result = r->what, .tolerance = r->tolerance};
    if (r->count == 0) return;
    measure(&d, r, 0, r->count);
    to->on_difference(&d, to->user);
    for (int i = 0; r->of && i < network->parameter_count; i++) {
        const parameter *p = &network->parameters[i];
        char name[NETWORK_NAME_SIZE + 16];
        if (p->offset < r->first || p->offset >= r->first + r->count) continue;
        snprintf(name, sizeof name, "%s%s", r->of, p->name);
        d.result = name;
        d.tolerance = 0;
        measure(&d, r, p->offset - r->first, p->count);
        to->on_difference(&d, to->user);
    }
}

/* Fails if a result differs by too much. With an observer (NULL: none), it tells every difference instead. */
static clenet_status compare(const bench *got, const bench *expected, const check *checked, const char *device,
                             const observer *to, clenet_error *error) {
    result results[RESULTS];
    list_results(results, got, expected, checked == &CHECKS[CHECK_COUNT - 1]);
    for (int i = 0; i < RESULTS; i++) {
        const result *r = &results[i];
        if (to && to->on_difference) tell(to, r, got->network, checked->operation);
        if (to || r->tolerance == 0) continue;
        clenet_difference d;
        measure(&d, r, 0, r->count);
        if (d.difference > r->tolerance)
            return error_set(
                error, CLENET_ERROR_DEVICE,
                "%s: %s: %s differs from the CPU's by %.2g of its size, more than %.0e: the driver computes "
                "wrong numbers; use another device, or cpu",
                device, checked->operation, r->what, d.difference, r->tolerance);
    }
    return CLENET_OK;
}

static clenet_status run_on(bench *b, const check *checked, const clenet_device *device, clenet_error *error) {
    clenet_network *network = NULL;
    clenet_status status = clenet_network_parse(&network, checked->text, "check", error);
    if (status == CLENET_OK) status = bench_new(b, network, checked, device, CHECK_ROWS, CHECK_ROWS, error);
    if (status == CLENET_OK) status = bench_run(b, error);
    return status;
}

static clenet_status check_operation(const clenet_device *device, const clenet_device *cpu, const check *checked,
                                     const observer *to, clenet_error *error) {
    bench got = {0}, expected = {0};
    clenet_status status = run_on(&got, checked, device, error);
    if (status == CLENET_OK) status = run_on(&expected, checked, cpu, error);
    if (status == CLENET_OK) status = compare(&got, &expected, checked, device->description, to, error);
    bench_free(&got);
    bench_free(&expected);
    return status;
}

/* Trains on a few images, twice, and then on many: the first run compiles, the third warms up, and the best of the later ones
 * counts, since other work on the machine only adds time. A device that is slow with the few images does not get the many, which
 * would take minutes. */
static clenet_status time_lenet(const clenet_device *device, double *images_per_second, bool infers,
                                clenet_error *error) {
    static const size_t rows[] = {TIMED_FEW, TIMED_FEW, TIMED_ROWS, TIMED_ROWS, TIMED_ROWS, TIMED_ROWS};
    enum { RUNS = sizeof rows / sizeof rows[0], COUNTED = 3 };
    bench b = {0};
    clenet_network *network = NULL;
    clenet_status status = clenet_network_lenet(&network, 28, 28, 1, 10, error);
    if (status == CLENET_OK)
        status = bench_new(&b, network, &(check){.text = NULL}, device, TIMED_ROWS, TIMED_BATCH, error);
    for (int run = 0; run < RUNS && status == CLENET_OK; run++) {
        const training_range range = {.count = rows[run], .epoch = 1, .learning_rate = CHECK_RATE};
        run_metrics waited_for;
        double began = clock_seconds();
        status = b.run->functions->train(b.run, &range, error);
        if (status == CLENET_OK) status = b.run->functions->metrics(b.run, &waited_for, error);
        double seconds = clock_seconds() - began;
        double speed = (double)rows[run] / seconds;
        if (run <= COUNTED || speed > *images_per_second) *images_per_second = speed;
        if (run == 1 && seconds > SLOW_SECONDS) break;
    }
    if (status == CLENET_OK && infers) status = b.run->functions->infer(b.run, 0, TIMED_FEW, NULL, NULL, error);
    bench_free(&b);
    return status;
}

clenet_status device_time(const clenet_device *device, double *images_per_second, clenet_error *error) {
    return time_lenet(device, images_per_second, false, error);
}

/* Runs the checks from `first` on. */
static clenet_status run_checks(size_t first, const clenet_device *device, clenet_checking_callback *on_checking,
                                void *user, const observer *to, clenet_error *error) {
    clenet_device *cpu;
    const clenet_device_options one_thread = {.size = sizeof one_thread, .threads = 1};
    clenet_status status = clenet_device_open(&cpu, "cpu", &one_thread, error);
    if (status != CLENET_OK) return status;
    for (size_t i = first; i < CHECK_COUNT && status == CLENET_OK; i++) {
        const char *blame = i == 0 && device->products ? device->products : CHECKS[i].blame;
        if (on_checking) on_checking(blame, user);
        status = check_operation(device, cpu, &CHECKS[i], to, error);
    }
    clenet_device_free(cpu);
    return status;
}

/* Runs the checks from `first` on, and the timing. If only LeNet is checked, it infers once more at the end, which tells a
 * backend that its programs are complete, so that it stores them. */
static clenet_status check_from(size_t first, const clenet_device *device, clenet_checking_callback *on_checking,
                                void *user, clenet_device_verdict *verdict, clenet_error *error) {
    clenet_status status = run_checks(first, device, on_checking, user, NULL, error);
    double images_per_second = 0;
    if (status == CLENET_OK) status = time_lenet(device, &images_per_second, first > 0, error);
    if (status == CLENET_OK)
        *verdict = (clenet_device_verdict){device->products ? device->products : "", images_per_second};
    return status;
}

clenet_status clenet_device_check(const clenet_device *device, clenet_checking_callback *on_checking, void *user,
                                  clenet_device_verdict *verdict, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(verdict, error);
    REQUIRE_OWNER(device, "device", error);
    return check_from(0, device, on_checking, user, verdict, error);
}

clenet_status clenet_device_time(const clenet_device *device, clenet_device_verdict *verdict, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(verdict, error);
    REQUIRE_OWNER(device, "device", error);
    return check_from(CHECK_COUNT - 1, device, NULL, NULL, verdict, error);
}

clenet_status clenet_device_compare(const clenet_device *device, clenet_checking_callback *on_checking,
                                    clenet_difference_callback *on_difference, void *user, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE_OWNER(device, "device", error);
    const observer to = {.on_difference = on_difference, .user = user};
    return run_checks(0, device, on_checking, user, &to, error);
}
