/* predictor.c - predicts with a trained model.
 *
 * For an ensemble, one executor computes each network in turn. It does so for enough images that the time for writing the
 * parameters does not matter; so memory and threads are those of one network. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/backend.h"
#include "lib/base/memory.h"
#include "lib/base/owner.h"
#include "lib/data/dataset.h"
#include "lib/net/model.h"
#include "lib/train/predictor.h"

enum { CHUNK_IMAGES = 4096 }; /* whose probabilities are in memory at once: 160 KB for ten classes */

struct clenet_predictor {
    pid_t owner;
    const clenet_device *device;
    clenet_device *replacement; /* the CPU, if the device has failed */
    char lost[512];             /* the error of the device */
    clenet_network *network;
    int members;   /* networks of the model */
    float *values; /* [members][packed_size] */
    int written;   /* the network whose values the executor has; -1: not known */
    int copies;    /* of each image */
    uint64_t seed; /* for the moves of copies */
    plan *p;
    executor *run;
    float *probabilities; /* [CHUNK_IMAGES][classes] */
    float *part;          /* the same for one term of a mean; NULL if there is no mean */
    int classes;
    bool of_digits; /* the classes are "0" to "9" */
};

/* Makes the executor, with the values of the first network. */
static clenet_status make_executor(clenet_predictor *predictor, const clenet_device *device, clenet_error *error) {
    plan_options options = {.lanes = device->lanes, .batch = 1, .inference_batch = device->inference_batch};
    if (predictor->copies > 1) {
        options.seed = predictor->seed;
        options.copies = augmentation_of_copies();
    }
    clenet_status status = plan_new(&predictor->p, predictor->network, &options, error);
    if (status == CLENET_OK) status = device->backend->prepare(&predictor->run, device, predictor->p, error);
    if (status == CLENET_OK)
        status = predictor->run->functions->write(predictor->run, REGION_PARAMETERS, predictor->values, error);
    predictor->written = 0;
    return status;
}

static void free_executor(clenet_predictor *predictor) {
    if (predictor->run) predictor->run->functions->free(predictor->run);
    plan_free(predictor->p);
    predictor->run = NULL;
    predictor->p = NULL;
}

/* Replaces the device with the CPU, if that is allowed. True if it has; why is the device's error. */
static bool replace_device(clenet_predictor *predictor, clenet_status failed, const clenet_error *why) {
    if (failed != CLENET_ERROR_DEVICE || !predictor->device->replaceable || predictor->replacement) return false;
    free_executor(predictor);
    snprintf(predictor->lost, sizeof predictor->lost, "%.500s", why->message);
    return device_replacement(&predictor->replacement, predictor->device, NULL) == CLENET_OK &&
           make_executor(predictor, predictor->replacement, NULL) == CLENET_OK;
}

static clenet_status get_memory(clenet_predictor *predictor, const clenet_model *model, clenet_error *error) {
    size_t numbers = (size_t)CHUNK_IMAGES * (size_t)predictor->classes;
    size_t values = (size_t)predictor->members * predictor->network->packed_size;
    predictor->probabilities = memory_new(numbers, sizeof(float));
    if (predictor->members > 1) predictor->part = memory_new(numbers, sizeof(float));
    if (!predictor->probabilities || (predictor->members > 1 && !predictor->part))
        return error_memory(error, numbers * sizeof(float), "probabilities");
    predictor->values = memory_new(values, sizeof *predictor->values);
    if (!predictor->values) return error_memory(error, values * sizeof *predictor->values, "the weights");
    memcpy(predictor->values, model->values, values * sizeof *predictor->values);
    return CLENET_OK;
}

static bool names_digits(const clenet_model *model, int classes) {
    for (int i = 0; i < classes; i++) {
        const char name[] = {(char)('0' + i), '\0'};
        if (classes != 10 || strcmp(clenet_model_class_name(model, i), name) != 0) return false;
    }
    return true;
}

static clenet_status prepare(clenet_predictor *predictor, const clenet_model *model, clenet_error *error) {
    clenet_status status = network_copy(&predictor->network, model->network, error);
    if (status != CLENET_OK) return status;
    predictor->classes = network_classes(predictor->network);
    predictor->of_digits = names_digits(model, predictor->classes);
    predictor->members = model->members;
    predictor->copies = 1;
    status = get_memory(predictor, model, error);
    if (status != CLENET_OK) return status;
    status = make_executor(predictor, predictor->device, error);
    return replace_device(predictor, status, error) ? CLENET_OK : status;
}

clenet_status clenet_predictor_new(clenet_predictor **predictor, const clenet_model *model, const clenet_device *device,
                                   clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    REQUIRE(predictor, error);
    REQUIRE(model, error);
    REQUIRE(device, error);
    REQUIRE_OWNER(device, "device", error);
    clenet_predictor *made = memory_new(1, sizeof *made);
    if (!made) return error_memory(error, sizeof *made, "a predictor");
    made->owner = getpid();
    made->device = device;
    clenet_status status = prepare(made, model, error);
    if (status != CLENET_OK) {
        clenet_predictor_free(made);
        return status;
    }
    *predictor = made;
    return CLENET_OK;
}

const clenet_network *predictor_network(const clenet_predictor *predictor) {
    return predictor->network;
}

int predictor_classes(const clenet_predictor *predictor) {
    return predictor->classes;
}

bool predictor_of_digits(const clenet_predictor *predictor) {
    return predictor->of_digits;
}

const char *clenet_predictor_device_lost(const clenet_predictor *predictor) {
    return predictor ? predictor->lost : NULL;
}

void clenet_predictor_free(clenet_predictor *predictor) {
    if (!predictor || !owner_is_here(predictor->owner)) return;
    free_executor(predictor);
    clenet_device_free(predictor->replacement);
    memory_free(predictor->values);
    clenet_network_free(predictor->network);
    memory_free(predictor->probabilities);
    memory_free(predictor->part);
    memory_free(predictor);
}

/* Replaces the executor with one for `copies` copies; on failure the old one stays. */
static clenet_status change_copies(clenet_predictor *predictor, int copies, uint64_t seed, clenet_error *error) {
    clenet_predictor before = *predictor;
    predictor->copies = copies;
    predictor->seed = seed;
    predictor->p = NULL;
    predictor->run = NULL;
    const clenet_device *device = predictor->replacement ? predictor->replacement : predictor->device;
    clenet_status status = make_executor(predictor, device, error);
    if (replace_device(predictor, status, error)) status = CLENET_OK;
    if (status == CLENET_OK) {
        free_executor(&before);
        return CLENET_OK;
    }
    free_executor(predictor); /* frees the parts that exist */
    predictor->copies = before.copies;
    predictor->seed = before.seed;
    predictor->p = before.p;
    predictor->run = before.run;
    predictor->written = before.written;
    return status;
}

clenet_status clenet_predictor_set_copies(clenet_predictor *predictor, int copies, uint64_t seed, clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    REQUIRE(predictor, error);
    REQUIRE_OWNER(predictor, "predictor", error);
    if (copies < 1 || copies > CLENET_COPIES_MAX)
        return error_set(error, CLENET_ERROR_ARGUMENT, "%d copies of an image are out of range 1..%d", copies,
                         (int)CLENET_COPIES_MAX);
    if (copies > 1 && !predictor->part) {
        size_t numbers = (size_t)CHUNK_IMAGES * (size_t)predictor->classes;
        predictor->part = memory_new(numbers, sizeof(float));
        if (!predictor->part) return error_memory(error, numbers * sizeof(float), "probabilities");
    }
    return change_copies(predictor, copies, seed, error);
}

/* Writes the values of network `member` into the executor, if it has others. */
static clenet_status write_member(clenet_predictor *predictor, int member, clenet_error *error) {
    if (predictor->written == member) return CLENET_OK;
    const float *values = predictor->values + (size_t)member * predictor->network->packed_size;
    predictor->written = -1;
    clenet_status status = predictor->run->functions->write(predictor->run, REGION_PARAMETERS, values, error);
    if (status == CLENET_OK) predictor->written = member;
    return status;
}

/* The number of terms of the mean: every network on every copy. */
static int terms_of(const clenet_predictor *predictor) {
    return predictor->members * predictor->copies;
}

/* Adds the output of a network on a copy of positions first .. first + count to probabilities [count][classes]; term 0 sets them.
 * The copies of one network follow each other. */
static clenet_status add_term(clenet_predictor *predictor, int term, size_t first, size_t count, float *probabilities,
                              clenet_error *error) {
    float *said = term == 0 ? probabilities : predictor->part;
    clenet_status status = write_member(predictor, term / predictor->copies, error);
    if (status != CLENET_OK) return status;
    predictor->run->functions->set_copy(predictor->run, (uint32_t)(term % predictor->copies));
    status = predictor->run->functions->infer(predictor->run, first, count, NULL, said, error);
    if (term == 0 || status != CLENET_OK) return status;
    for (size_t i = 0; i < count * (size_t)predictor->classes; i++) probabilities[i] += said[i];
    return CLENET_OK;
}

/* probabilities [count][classes] of positions first .. first + count; at most CHUNK_IMAGES if there is a mean. */
static clenet_status infer(clenet_predictor *predictor, size_t first, size_t count, float *probabilities,
                           clenet_error *error) {
    int terms = terms_of(predictor);
    clenet_status status = CLENET_OK;
    for (int term = 0; term < terms && status == CLENET_OK; term++)
        status = add_term(predictor, term, first, count, probabilities, error);
    if (terms == 1 || status != CLENET_OK) return status;
    for (size_t i = 0; i < count * (size_t)predictor->classes; i++) probabilities[i] /= (float)terms;
    return CLENET_OK;
}

/* Binds rows of the data, unless the device was lost and could not be replaced. */
static clenet_status bind(const clenet_predictor *predictor, const uint8_t *images, const uint8_t *labels, size_t rows,
                          clenet_error *error) {
    if (!predictor->run)
        return error_set(error, CLENET_ERROR_DEVICE, "%s; the CPU could not replace it", predictor->lost);
    return predictor->run->functions->bind(predictor->run, images, labels, rows, error);
}

static clenet_status run_once(clenet_predictor *predictor, const uint8_t *images, size_t count, float *probabilities,
                              clenet_error *error) {
    size_t most = terms_of(predictor) > 1 ? CHUNK_IMAGES : count;
    clenet_status status = bind(predictor, images, NULL, count, error);
    for (size_t first = 0; first < count && status == CLENET_OK; first += most) {
        size_t now = count - first < most ? count - first : most;
        status = infer(predictor, first, now, probabilities + first * (size_t)predictor->classes, error);
    }
    return status;
}

clenet_status clenet_predictor_run(clenet_predictor *predictor, const uint8_t *images, size_t count,
                                   float *probabilities, clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    REQUIRE(predictor, error);
    if (count > 0) {
        REQUIRE(images, error);
        REQUIRE(probabilities, error);
    }
    REQUIRE_OWNER(predictor, "predictor", error);
    clenet_status status = run_once(predictor, images, count, probabilities, error);
    if (replace_device(predictor, status, error)) status = run_once(predictor, images, count, probabilities, error);
    return status;
}

uint8_t predictor_likeliest(const float *probabilities, int classes) {
    int best = 0;
    for (int i = 1; i < classes; i++)
        if (probabilities[i] > probabilities[best]) best = i;
    return (uint8_t)best;
}

/* Receives the class of row i, and the probabilities of all classes. */
typedef void class_sink(void *context, size_t row, uint8_t predicted, const float *probabilities);

/* Runs the network over the bound rows, and calls the sink with every row's class. */
static clenet_status each_class(clenet_predictor *predictor, size_t rows, class_sink *sink, void *context,
                                clenet_error *error) {
    for (size_t first = 0; first < rows; first += CHUNK_IMAGES) {
        size_t count = rows - first < CHUNK_IMAGES ? rows - first : CHUNK_IMAGES;
        clenet_status status = infer(predictor, first, count, predictor->probabilities, error);
        if (status != CLENET_OK) return status;
        for (size_t i = 0; i < count; i++) {
            const float *row = predictor->probabilities + i * (size_t)predictor->classes;
            sink(context, first + i, predictor_likeliest(row, predictor->classes), row);
        }
    }
    return CLENET_OK;
}

static clenet_status classify_once(clenet_predictor *predictor, const clenet_dataset *dataset, class_sink *sink,
                                   void *context, clenet_error *error) {
    clenet_status status = bind(predictor, dataset->images, NULL, dataset->rows, error);
    return status == CLENET_OK ? each_class(predictor, dataset->rows, sink, context, error) : status;
}

static void store_class(void *context, size_t row, uint8_t predicted, const float *probabilities) {
    (void)probabilities;
    ((uint8_t *)context)[row] = predicted;
}

clenet_status clenet_predictor_classify(clenet_predictor *predictor, const clenet_dataset *dataset, uint8_t *classes,
                                        clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    REQUIRE(predictor, error);
    REQUIRE(dataset, error);
    REQUIRE(classes, error);
    REQUIRE_OWNER(predictor, "predictor", error);
    clenet_status status =
        network_check_images(predictor->network, dataset->height, dataset->width, dataset->channels, error);
    if (status != CLENET_OK) return status;
    status = classify_once(predictor, dataset, store_class, classes, error);
    if (replace_device(predictor, status, error))
        status = classify_once(predictor, dataset, store_class, classes, error);
    return status;
}

/* The rows that on_prediction has got so far, and whether it ended the call. */
typedef struct each_prediction {
    clenet_prediction_callback *on_prediction;
    void *user;
    size_t done;
    bool ended;
} each_prediction;

static void give_row(each_prediction *each, int predicted, const float *probabilities) {
    if (each->on_prediction != NULL)
        each->ended = each->on_prediction(each->done, predicted, probabilities, each->user) != 0;
    each->done++;
}

/* Begins behind the rows that a lost device has done. */
static clenet_status predict_rest(clenet_predictor *predictor, const clenet_dataset *dataset, each_prediction *each,
                                  clenet_error *error) {
    clenet_status status = bind(predictor, dataset->images, NULL, dataset->rows, error);
    while (status == CLENET_OK && !each->ended && each->done < dataset->rows) {
        size_t rest = dataset->rows - each->done, count = rest < CHUNK_IMAGES ? rest : CHUNK_IMAGES;
        status = infer(predictor, each->done, count, predictor->probabilities, error);
        for (size_t i = 0; i < count && status == CLENET_OK && !each->ended; i++) {
            const float *row = predictor->probabilities + i * (size_t)predictor->classes;
            give_row(each, predictor_likeliest(row, predictor->classes), row);
        }
    }
    return status;
}

clenet_status clenet_predictor_each(clenet_predictor *predictor, const clenet_dataset *dataset,
                                    clenet_prediction_callback *on_prediction, void *user, clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    REQUIRE(predictor, error);
    REQUIRE(dataset, error);
    REQUIRE_OWNER(predictor, "predictor", error);
    each_prediction each = {.on_prediction = on_prediction, .user = user};
    clenet_status status =
        network_check_images(predictor->network, dataset->height, dataset->width, dataset->channels, error);
    if (status != CLENET_OK) return status;
    status = predict_rest(predictor, dataset, &each, error);
    if (replace_device(predictor, status, error)) status = predict_rest(predictor, dataset, &each, error);
    return status;
}

typedef struct confusion_sink {
    const uint8_t *labels;
    uint64_t *confusion; /* [truth][prediction], or NULL */
    size_t classes;
    run_metrics metrics; /* from the probabilities */
} confusion_sink;

static void count_class(void *context, size_t row, uint8_t predicted, const float *probabilities) {
    confusion_sink *sink = context;
    uint8_t truth = sink->labels[row];
    if (sink->confusion) sink->confusion[truth * sink->classes + predicted]++;
    sink->metrics.loss -= log(fmax((double)probabilities[truth], (double)FLT_MIN)); /* finite for probability 0, too */
    sink->metrics.correct += predicted == truth;
}

/* Checks that labels are classes of the network. */
static clenet_status check_labels(const clenet_predictor *predictor, const clenet_dataset *dataset,
                                  clenet_error *error) {
    if (!dataset->labels)
        return error_set(error, CLENET_ERROR_ARGUMENT, "the data have no labels; evaluation needs a label column");
    for (size_t i = 0; i < dataset->rows; i++)
        if (dataset->labels[i] >= predictor->classes)
            return error_set(error, CLENET_ERROR_ARGUMENT, "row %zu has the label %d, but the network has %d classes",
                             i + 1, dataset->labels[i], predictor->classes);
    return network_check_images(predictor->network, dataset->height, dataset->width, dataset->channels, error);
}

/* The executor sums the metrics of one network, from its logits; those of a mean come from the probabilities. */
static clenet_status evaluate_once(clenet_predictor *predictor, const clenet_dataset *dataset, run_metrics *metrics,
                                   confusion_sink *sink, clenet_error *error) {
    if (sink->confusion) memset(sink->confusion, 0, sink->classes * sink->classes * sizeof *sink->confusion);
    sink->metrics = (run_metrics){0};
    bool mean = terms_of(predictor) > 1;
    clenet_status status = bind(predictor, dataset->images, mean ? NULL : dataset->labels, dataset->rows, error);
    if (status == CLENET_OK) status = predictor->run->functions->metrics_reset(predictor->run, error);
    if (status == CLENET_OK) status = each_class(predictor, dataset->rows, count_class, sink, error);
    *metrics = sink->metrics;
    return status == CLENET_OK && !mean ? predictor->run->functions->metrics(predictor->run, metrics, error) : status;
}

clenet_status clenet_predictor_evaluate(clenet_predictor *predictor, const clenet_dataset *dataset,
                                        clenet_evaluation *evaluation, uint64_t *confusion, clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    REQUIRE(predictor, error);
    REQUIRE(dataset, error);
    REQUIRE(evaluation, error);
    REQUIRE_OWNER(predictor, "predictor", error);
    clenet_status status = check_labels(predictor, dataset, error);
    if (status != CLENET_OK) return status;
    size_t classes = (size_t)predictor->classes;
    run_metrics metrics = {0};
    confusion_sink sink = {.labels = dataset->labels, .classes = classes};
    if (confusion && !(sink.confusion = memory_new(classes * classes, sizeof *confusion)))
        return error_memory(error, classes * classes * sizeof *confusion, "the confusion matrix");
    status = evaluate_once(predictor, dataset, &metrics, &sink, error);
    if (replace_device(predictor, status, error)) status = evaluate_once(predictor, dataset, &metrics, &sink, error);
    if (status == CLENET_OK) {
        double rows = (double)dataset->rows;
        *evaluation = (clenet_evaluation){dataset->rows, metrics.loss / rows, (double)metrics.correct / rows};
        if (confusion) memcpy(confusion, sink.confusion, classes * classes * sizeof *confusion);
    }
    memory_free(sink.confusion);
    return status;
}
