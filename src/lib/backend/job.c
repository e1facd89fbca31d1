/* job.c - see job.h. */
#include "lib/backend/job.h"

#include <string.h>

#include "lib/base/json_print.h"
#include "lib/base/json_read.h"
#include "lib/base/training_options.h"

enum {
    DEFAULT_SIDE = 28, /* pixels */
    DEFAULT_CLASSES = 10,
    DEFAULT_BATCH = 32
};

/* Numbers that are arguments of kernels are the same in every check: only if they are 0 matters. All are large enough that a
 * kernel which ignores them computes other numbers. Below epsilon, a step grows evenly with the gradient: a gradient that is
 * nothing but rounding errors does not decide the direction of a step. */
static const plan_options CHECKED = {
    .seed = 3, .rho = 0.9F, .epsilon = 1e-3F, .momentum = 0.9F, .beta_1 = 0.9F, .beta_2 = 0.9F};
static const float DECAY = 0.5F, AVERAGE = 0.15F;

/* ---- writing -------------------------------------------------------------------------------------------------------- */

/* "none", "affine" or "elastic": they have other programs; a shift has that of affine moves. */
static const char *augment_word(const augmentation *a) {
    if (a->elastic > 0) return training_augments[CLENET_AUGMENT_ELASTIC];
    return training_augments[augmentation_moves(a) ? CLENET_AUGMENT_AFFINE : CLENET_AUGMENT_NONE];
}

static char *print(json_t *object) {
    char *text = json_print(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(object);
    return text;
}

char *job_text(const clenet_network *network, const plan_options *o) {
    if (!o->training)
        return print(json_pack("{s:s, s:b}", "network", network->text, "copies", (int)augmentation_moves(&o->copies)));
    return print(json_pack("{s:s, s:I, s:s, s:b, s:b, s:f, s:s}", "network", network->text, "batch",
                           (json_int_t)o->batch, "optimizer", training_optimizers[o->optimizer], "decay",
                           (int)(o->weight_decay > 0), "average", (int)(o->weight_average > 0), "smoothing",
                           (double)o->label_smoothing, "augment", augment_word(&o->augment)));
}

char *job_inference_text(const char *job) {
    json_error_t reason;
    json_t *object = json_read(job, strlen(job), 0, &reason);
    bool trains = json_object_get(object, "batch") != NULL;
    char *text =
        trains ? print(json_pack("{s:O, s:b}", "network", json_object_get(object, "network"), "copies", 0)) : NULL;
    json_decref(object);
    return text;
}

char *job_with_batch(const char *job, int batch) {
    json_error_t reason;
    json_t *object = json_read(job, strlen(job), 0, &reason);
    const json_t *before = json_object_get(object, "batch");
    bool larger = before != NULL && json_integer_value(before) < batch &&
                  json_object_set_new(object, "batch", json_integer(batch)) == 0;
    if (larger) return print(object);
    json_decref(object);
    return NULL;
}

char *job_default_text(void) {
    const plan_options options = {.training = true, .batch = DEFAULT_BATCH};
    clenet_network *network = NULL;
    if (clenet_network_lenet(&network, DEFAULT_SIDE, DEFAULT_SIDE, 1, DEFAULT_CLASSES, NULL) != CLENET_OK) return NULL;
    char *text = job_text(network, &options);
    clenet_network_free(network);
    return text;
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

/* False if a member is missing or wrong. */
static bool read_training(plan_options *o, const json_t *object) {
    json_t *batch = json_object_get(object, "batch"), *smoothing = json_object_get(object, "smoothing");
    const char *optimizer = json_string_value(json_object_get(object, "optimizer"));
    const char *augment = json_string_value(json_object_get(object, "augment"));
    int kind = optimizer ? setting_word(training_optimizers, optimizer) : -1;
    int moves = augment ? setting_word(training_augments, augment) : -1;
    json_int_t images = json_integer_value(batch);
    double share = json_number_value(smoothing);
    if (kind < 0 || moves < 0 || images < 1 || images > 65536 || !json_is_number(smoothing)) return false;
    if (!(share >= 0.0 && share < 1.0)) return false;
    o->training = true;
    o->batch = (size_t)images;
    o->optimizer = (clenet_optimizer)kind;
    o->augment = augmentation_of((clenet_augment)moves, 1);
    o->label_smoothing = (float)share;
    o->weight_decay = json_is_true(json_object_get(object, "decay")) ? DECAY : 0;
    o->weight_average = json_is_true(json_object_get(object, "average")) ? AVERAGE : 0;
    return true;
}

static clenet_status read_object(device_job *read, const json_t *object, clenet_error *error) {
    const char *network = json_string_value(json_object_get(object, "network"));
    bool trains = json_object_get(object, "batch") != NULL;
    read->options = CHECKED;
    read->options.batch = 1;
    if (json_is_true(json_object_get(object, "copies"))) read->options.copies = augmentation_of_copies();
    if (network == NULL || (trains && !read_training(&read->options, object)))
        return error_set(error, CLENET_ERROR_FORMAT,
                         "the text is not a job: it lacks a network, or a setting is wrong");
    clenet_status status = clenet_network_parse(&read->network, network, "job", error);
    return status == CLENET_OK ? network_check_complete(read->network, error) : status;
}

clenet_status job_read(device_job *read, const char *text, clenet_error *error) {
    json_error_t reason;
    json_t *object = json_read(text, strlen(text), JSON_REJECT_DUPLICATES, &reason);
    *read = (device_job){.network = NULL};
    if (object == NULL) return error_set(error, CLENET_ERROR_FORMAT, "the text is not a job: %s", reason.text);
    clenet_status status = read_object(read, object, error);
    json_decref(object);
    if (status != CLENET_OK) job_free(read);
    return status;
}

void job_free(device_job *j) {
    clenet_network_free(j->network);
    j->network = NULL;
}
