/* The check that a device passes before it is used. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/backend.h"

static clenet_error error;

Test(check, the_cpu_agrees_with_itself_on_every_instruction_set) {
    static const char *const isas[] = {"baseline", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        clenet_device *device;
        clenet_device_verdict verdict = {0};
        const clenet_device_options options = {.size = sizeof options, .isa = isas[i], .threads = 2};
        if (clenet_device_open(&device, "cpu", &options, &error) != CLENET_OK) continue;
        cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_OK, "%s", error.message);
        cr_expect(verdict.images_per_second > 0);
        clenet_device_free(device);
    }
}

/* A backend that is the CPU's but for one thing: what its read() gives is a little off. */
static const executor_functions *honest;
static clenet_status read_wrong(executor *e, plan_region region, float *values, clenet_error *why) {
    clenet_status status = honest->read(e, region, values, why);
    if (region == REGION_GRADIENTS) values[0] += 1;
    return status;
}

static clenet_status prepare_wrong(executor **out, const clenet_device *device, const plan *p, clenet_error *why) {
    static executor_functions wrong;
    clenet_status status = cpu_backend.prepare(out, device, p, why);
    if (status != CLENET_OK) return status;
    honest = (*out)->functions;
    wrong = *honest;
    wrong.read = read_wrong;
    (*out)->functions = &wrong;
    return status;
}

Test(check, a_device_that_computes_wrong_gradients_is_refused_with_the_operation) {
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    backend wrong = cpu_backend;
    wrong.prepare = prepare_wrong;
    device->backend = &wrong;
    cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_ERROR_DEVICE);
    cr_expect(strstr(error.message, "dense") && strstr(error.message, "gradients"), "%s", error.message);
    device->backend = &cpu_backend;
    clenet_device_free(device);
}

/* What clenet_device_compare tells. */
typedef struct told {
    int results, parts, wrong;
    char first_wrong[160], operations[1024];
} told;

static void note_difference(const clenet_difference *d, void *user) {
    told *t = user;
    t->results += d->tolerance > 0;
    t->parts += d->tolerance == 0;
    cr_expect(d->difference >= 0 && d->largest >= 0);
    if (!strstr(t->operations, d->operation)) strcat(strcat(t->operations, d->operation), "; ");
    if (d->tolerance == 0 || d->difference <= d->tolerance) return;
    if (t->wrong++ == 0) (void)snprintf(t->first_wrong, sizeof t->first_wrong, "%s of %s", d->result, d->operation);
}

Test(check, every_difference_from_the_cpu_is_told_with_its_operation) {
    clenet_device *device;
    told t = {0};
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    cr_expect(clenet_device_compare(device, NULL, note_difference, &t, &error) == CLENET_OK, "%s", error.message);
    cr_expect(t.wrong == 0 && t.results >= 30 && t.parts > 100, "%d wrong, %d results, %d parts", t.wrong, t.results,
              t.parts);
    for (size_t i = 0; i < 3; i++) {
        static const char *const some[] = {"conv2d", "globalavgpool2d", "lenet"};
        cr_expect(strstr(t.operations, some[i]), "%s is not among %s", some[i], t.operations);
    }
    cr_expect(clenet_device_compare(device, NULL, NULL, NULL, &error) == CLENET_OK);
    clenet_device_free(device);
}

Test(check, a_wrong_gradient_is_told_and_is_not_an_error) {
    clenet_device *device;
    told t = {0};
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    backend wrong = cpu_backend;
    wrong.prepare = prepare_wrong;
    device->backend = &wrong;
    cr_expect(clenet_device_compare(device, NULL, note_difference, &t, &error) == CLENET_OK, "%s", error.message);
    cr_expect(t.wrong >= 10, "%d wrong", t.wrong);
    cr_expect_str_eq(t.first_wrong, "gradients of dense, softmax_cross_entropy, rmsprop");
    device->backend = &cpu_backend;
    clenet_device_free(device);
}

Test(check, the_cpu_has_no_driver_to_report) {
    clenet_device *device;
    clenet_launch_times times;
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    cr_expect(clenet_device_properties(device, NULL, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_device_programs(device, NULL, NULL, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(clenet_device_launch_times(device, &times, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(strstr(error.message, "name an OpenCL device"), "%s", error.message);
    clenet_device_free(device);
}

/* A backend that is the CPU's but for one setting of a plan, which it takes no notice of. */
static void (*forget)(plan *p);
static clenet_status prepare_forgetful(executor **out, const clenet_device *device, const plan *p, clenet_error *why) {
    static plan forgetful; /* lent to the executor, of which there is one at a time */
    static plan_op training[64];
    cr_assert(p->training_count <= 64);
    memcpy(training, p->training, (size_t)p->training_count * sizeof *training);
    forgetful = *p;
    forgetful.training = training;
    forget(&forgetful);
    return cpu_backend.prepare(out, device, &forgetful, why);
}

static void forget_moves(plan *p) {
    p->training[0].augment = (augmentation){.shift = 0};
}

static void forget_grid(plan *p) {
    p->training[0].augment.elastic = 0;
}

static void forget_decay_of_adamw(plan *p) {
    if (p->options.optimizer == CLENET_OPTIMIZER_ADAMW) p->options.weight_decay = 0;
}

static void forget_l2_of_sgd(plan *p) {
    if (p->options.optimizer == CLENET_OPTIMIZER_SGD) p->options.weight_decay = 0;
}

static void forget_l2_of_adam(plan *p) {
    if (p->options.optimizer == CLENET_OPTIMIZER_ADAM) p->options.weight_decay = 0;
}

static void forget_momentum_of_sgd(plan *p) {
    if (p->options.optimizer == CLENET_OPTIMIZER_SGD) p->options.momentum = 0;
}

static void forget_square_of_rmsprop(plan *p) {
    if (p->options.optimizer == CLENET_OPTIMIZER_RMSPROP) p->options.rho = 0;
}

static void forget_average(plan *p) {
    if (p->options.weight_average > 0) p->options.weight_average = 1e-6F;
}

Test(check, a_device_that_leaves_out_what_a_run_may_ask_for_is_refused_with_it) {
    static const struct {
        void (*forget)(plan *p);
        const char *operation;
    } cases[] = {{forget_moves, "moved images"},        {forget_grid, "moved images"},
                 {forget_decay_of_adamw, "adamw"},      {forget_l2_of_sgd, "sgd"},
                 {forget_l2_of_adam, "adam"},           {forget_momentum_of_sgd, "sgd"},
                 {forget_square_of_rmsprop, "rmsprop"}, {forget_average, "weight average"}};
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    backend forgetful = cpu_backend;
    forgetful.prepare = prepare_forgetful;
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    device->backend = &forgetful;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        forget = cases[i].forget;
        cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_ERROR_DEVICE, "%zu passes", i);
        cr_expect(strstr(error.message, cases[i].operation), "%zu: %s", i, error.message);
    }
    device->backend = &cpu_backend;
    clenet_device_free(device);
}

Test(check, the_opencl_device_under_test_passes) {
    const char *spec = getenv("CLENET_TEST_DEVICE");
    if (!spec) cr_skip_test("CLENET_TEST_DEVICE names no device");
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    cr_assert(clenet_device_open(&device, spec, NULL, &error) == CLENET_OK, "%s", error.message);
    cr_expect(clenet_device_check(device, NULL, NULL, &verdict, &error) == CLENET_OK, "%s", error.message);
    cr_expect(verdict.images_per_second > 0);
    clenet_device_free(device);
}

/* ---- a job -------------------------------------------------------------------------------------------------------- */

#define JOB(more) \
    "{\"network\": \"input 6x6x1\\nconv2d 3 3x3 same relu\\nbatchnorm\\nflatten\\ndense 3 softmax\\n\"" more "}"
#define TRAINING(optimizer, decay, average, augment)                                                     \
    JOB(", \"batch\": 20, \"optimizer\": \"" optimizer "\", \"decay\": " decay ", \"average\": " average \
        ", \"smoothing\": 0.1, \"augment\": \"" augment "\"")

static const char *const jobs[] = {
    JOB(""),
    JOB(", \"copies\": true"),
    TRAINING("rmsprop", "false", "false", "none"),
    TRAINING("adamw", "true", "true", "elastic"),
    JOB(", \"batch\": 1, \"optimizer\": \"sgd\", \"decay\": false, \"average\": false, \"smoothing\": 0, \"augment\": "
        "\"affine\""),
};
enum { JOBS = sizeof jobs / sizeof jobs[0] };

Test(check, a_job_of_any_kind_passes_on_the_cpu) {
    clenet_device *device;
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    for (int i = 0; i < JOBS; i++) {
        clenet_device_verdict verdict = {0};
        cr_expect(clenet_device_check_job(device, jobs[i], &verdict, &error) == CLENET_OK, "%d: %s", i, error.message);
        cr_expect(verdict.images_per_second > 0);
    }
    clenet_device_free(device);
}

Test(check, a_job_with_one_wrong_number_is_refused_with_the_parameter) {
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    backend wrong = cpu_backend;
    wrong.prepare = prepare_wrong;
    device->backend = &wrong;
    cr_expect(clenet_device_check_job(device, jobs[2], &verdict, &error) == CLENET_ERROR_DEVICE);
    cr_expect(strstr(error.message, "the gradient of conv2d_1.kernel"), "%s", error.message);
    device->backend = &cpu_backend;
    clenet_device_free(device);
}

static void forget_decay(plan *p) {
    p->options.weight_decay = 0;
}

Test(check, a_job_whose_settings_are_ignored_is_refused) {
    void (*const cases[])(plan * p) = {forget_moves, forget_grid, forget_decay, forget_average};
    clenet_device *device;
    clenet_device_verdict verdict = {0};
    backend forgetful = cpu_backend;
    forgetful.prepare = prepare_forgetful;
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    device->backend = &forgetful;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        forget = cases[i];
        cr_expect(clenet_device_check_job(device, jobs[3], &verdict, &error) == CLENET_ERROR_DEVICE, "%zu passes", i);
    }
    device->backend = &cpu_backend;
    clenet_device_free(device);
}

Test(check, what_is_no_job_is_refused) {
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        "{\"network\": 1}",
                                        "{\"network\": \"input 4x4x1\"}",
                                        JOB(", \"batch\": 0"),
                                        JOB(", \"batch\": 32"),
                                        TRAINING("newton", "false", "false", "none"),
                                        TRAINING("adam", "false", "false", "upside-down")};
    clenet_device *device;
    cr_assert(clenet_device_open(&device, "cpu", NULL, &error) == CLENET_OK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        clenet_device_verdict verdict = {0};
        clenet_status status = clenet_device_check_job(device, texts[i], &verdict, &error);
        cr_expect(status == CLENET_ERROR_FORMAT || status == CLENET_ERROR_ARGUMENT, "%s", texts[i]);
    }
    clenet_device_free(device);
}
