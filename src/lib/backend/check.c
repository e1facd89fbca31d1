/* check.c - checks the arithmetic of a device: the self-test of all operations.
 *
 * Small networks, with one or two operations each, run on the device and on the CPU backend, from the same weights and images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/check.h"
#include "lib/backend/check_bench.h"
#include "lib/backend/job.h"

/* One check: its operations, a network that needs them, the programs that this network is the first to need, and its training.
 * Networks are few and shapes are small, since a driver compiles each: PoCL takes 0.2 s of processor time for a program and 0.1 s
 * for a kernel. The optimizers share a network. LeNet's programs come last.
 *
 * No training may use a kernel variant that was not checked, so these are the variants of each network:
 *   dense            a head of two layers without dx; relu and none; each optimizer, with and without averages; images as they
 *                    are, and with every move
 *   conv2d           x padded by gather and by a launch; relu, relu with pooling that leaves a rim, and none; a head of one
 *                    layer with dx
 *   conv2d_general   a stride, groups and depthwise; relu and none; with dx and without
 *   batchnorm        behind a convolution with relu, with dropout, whose mask gather draws
 *   relu, ...        batchnorm behind nothing and behind a dense layer, without dropout; pooling and activations as layers of
 *                    their own; windows that overlap and reach beyond the image, and that do not; dense with dx outside of a head;
 *                    the loss without a head
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
    {"conv2d with a stride and groups", "conv2d_general",
     .text = "input 8x9x2\nconv2d 4 3x3 same stride=2 relu\nconv2d 8 3x3 padding=1,0,0,1 groups=2 relu\n"
             "conv2d 8 2x2 valid groups=8\nflatten\ndense 3 softmax\n"},
    {"batchnorm", "batchnorm",
     .text = "input 6x6x1\nconv2d 3 3x3 same relu\nbatchnorm\ndropout 0.25\nconv2d 3 3x3 valid\nflatten\n"
             "dense 3 softmax\n"},
    {"relu, zeropad2d, maxpool2d, avgpool2d, tanh, sigmoid, leaky_relu, dropout",
     "activation,zeropad2d,maxpool2d,avgpool2d,dropout",
     .text =
         "input 13x13x1\nbatchnorm\nrelu\nzeropad2d 1,0,0,1\nmaxpool2d 3x3 same stride=2\navgpool2d 3x3 same stride=2\n"
         "maxpool2d 2x2\nflatten\ndense 9\nbatchnorm\ntanh\nsigmoid\nleaky_relu\ndropout 0.5\nsoftmax\n"},
    {"globalavgpool2d, batchnorm", "globalavgpool2d,batchnorm",
     .text = "input 5x5x1\nconv2d 3 2x2 valid relu\nbatchnorm\nglobalavgpool2d\nsoftmax\n"},
    {"lenet", "all",
     .text = "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 16 5x5 valid "
             "relu\nmaxpool2d 2x2\n"
             "batchnorm\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n"},
};

enum {
    CHECK_COUNT = sizeof CHECKS / sizeof CHECKS[0],
    CHECK_OPERATIONS = CHECK_COUNT - 1 /* the last is LeNet */
};

/* Two backends that sum in different orders differ by about 1e-6 of a gradient; with a wrong kernel they differ by all of it. */
static const double TOLERANCE = 1e-3;

/* In LeNet, one of about fifty thousand pool windows may have two largest numbers that are equal except for rounding; each that
 * is chosen differently changes the gradients by a hundredth. */
static const double LENET_TOLERANCE = 0.1;
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
    list_results(results, got, expected, checked == &CHECKS[CHECK_OPERATIONS]);
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

static clenet_status run_on(bench *b, const clenet_network *network, const check *checked, const clenet_device *device,
                            clenet_error *error) {
    plan_options options = bench_options();
    options.batch = CHECK_ROWS;
    options.optimizer = checked->optimizer;
    options.weight_decay = checked->weight_decay;
    options.weight_average = checked->weight_average;
    if (checked->augment) options.augment = augmentation_of(CLENET_AUGMENT_ELASTIC, 1);
    clenet_status status = bench_new(b, network, &options, device, CHECK_ROWS, CHECK_SEED, error);
    return status == CLENET_OK ? bench_run(b, CHECK_ROWS, error) : status;
}

static clenet_status check_operation(const clenet_device *device, const clenet_device *cpu, const check *checked,
                                     const observer *to, clenet_error *error) {
    bench got = {0}, expected = {0};
    clenet_network *network = NULL;
    clenet_status status = clenet_network_parse(&network, checked->text, "check", error);
    if (status == CLENET_OK) status = run_on(&got, network, checked, device, error);
    if (status == CLENET_OK) status = run_on(&expected, network, checked, cpu, error);
    if (status == CLENET_OK) status = compare(&got, &expected, checked, device->description, to, error);
    bench_free(&got);
    bench_free(&expected);
    clenet_network_free(network);
    return status;
}

/* Runs the first `count` checks. */
static clenet_status run_checks(size_t count, const clenet_device *device, clenet_checking_callback *on_checking,
                                void *user, const observer *to, clenet_error *error) {
    clenet_device *cpu;
    const clenet_device_options one_thread = {.size = sizeof one_thread, .threads = 1};
    clenet_status status = clenet_device_open(&cpu, "cpu", &one_thread, error);
    if (status != CLENET_OK) return status;
    for (size_t i = 0; i < count && status == CLENET_OK; i++) {
        const char *blame = i == 0 && device->products ? device->products : CHECKS[i].blame;
        if (on_checking) on_checking(blame, user);
        status = check_operation(device, cpu, &CHECKS[i], to, error);
    }
    clenet_device_free(cpu);
    return status;
}

clenet_status clenet_device_check_job(const clenet_device *device, const char *job, clenet_device_verdict *verdict,
                                      clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(job, error);
    REQUIRE(verdict, error);
    REQUIRE_OWNER(device, "device", error);
    double images_per_second = 0;
    clenet_status status = check_job(device, job, &images_per_second, error);
    if (status == CLENET_OK)
        *verdict = (clenet_device_verdict){device->products ? device->products : "", images_per_second};
    return status;
}

clenet_status clenet_device_time(const clenet_device *device, clenet_device_verdict *verdict, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(verdict, error);
    REQUIRE_OWNER(device, "device", error);
    char *job = job_default_text();
    if (!job) return error_memory(error, sizeof(plan_options), "the check of a device");
    clenet_status status = clenet_device_check_job(device, job, verdict, error);
    free(job);
    return status;
}

/* LeNet is checked as a job, more strictly than as the last of the checks. */
clenet_status clenet_device_check(const clenet_device *device, clenet_checking_callback *on_checking, void *user,
                                  clenet_device_verdict *verdict, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE(verdict, error);
    REQUIRE_OWNER(device, "device", error);
    clenet_status status = run_checks(CHECK_OPERATIONS, device, on_checking, user, NULL, error);
    if (status == CLENET_OK && on_checking) on_checking("all", user);
    return status == CLENET_OK ? clenet_device_time(device, verdict, error) : status;
}

clenet_status clenet_device_compare(const clenet_device *device, clenet_checking_callback *on_checking,
                                    clenet_difference_callback *on_difference, void *user, clenet_error *error) {
    REQUIRE(device, error);
    REQUIRE_OWNER(device, "device", error);
    const observer to = {.on_difference = on_difference, .user = user};
    return run_checks(CHECK_COUNT, device, on_checking, user, &to, error);
}
