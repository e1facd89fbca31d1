/* predictor.c - asks a trained model. */
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "net/model.h"

enum { CHUNK_IMAGES = 4096 }; /* whose probabilities are held at once: 160 KB for ten classes */

struct clenet_predictor {
    const clenet_device *device;
    clenet_device *replacement; /* the CPU, where the device has failed */
    char lost[512];             /* how */
    clenet_network *network;
    float *values; /* [packed_size], for a replacement; NULL where the device is not replaceable */
    plan *p;
    executor *run;
    float *probabilities; /* [CHUNK_IMAGES][classes] */
    int classes;
};

static clenet_status make_executor(clenet_predictor *predictor, const clenet_device *device, const float *values,
                                   clenet_error *error) {
    plan_options options = {.lanes = device->lanes, .batch = 1, .inference_batch = device->inference_batch};
    clenet_status status = plan_new(&predictor->p, predictor->network, &options, error);
    if (status == CLENET_OK) status = device->backend->prepare(&predictor->run, device, predictor->p, error);
    if (status == CLENET_OK)
        status = predictor->run->functions->write(predictor->run, REGION_PARAMETERS, values, error);
    return status;
}

static void free_executor(clenet_predictor *predictor) {
    if (predictor->run) predictor->run->functions->free(predictor->run);
    plan_free(predictor->p);
    predictor->run = NULL;
    predictor->p = NULL;
}

/* Whether the CPU has taken the place of the device, which failed as why says. */
static bool replace_device(clenet_predictor *predictor, clenet_status failed, const clenet_error *why) {
    if (failed != CLENET_ERROR_DEVICE || !predictor->values || predictor->replacement) return false;
    free_executor(predictor);
    snprintf(predictor->lost, sizeof predictor->lost, "%.500s", why->message);
    return device_replacement(&predictor->replacement, predictor->device, NULL) == CLENET_OK &&
           make_executor(predictor, predictor->replacement, predictor->values, NULL) == CLENET_OK;
}

static clenet_status prepare(clenet_predictor *predictor, const clenet_model *model, clenet_error *error) {
    clenet_status status = network_copy(&predictor->network, model->network, error);
    if (status != CLENET_OK) return status;
    size_t packed = predictor->network->packed_size;
    predictor->classes = network_classes(predictor->network);
    predictor->probabilities = memory_new((size_t)CHUNK_IMAGES * (size_t)predictor->classes, sizeof(float));
    if (predictor->device->replaceable) predictor->values = memory_new(packed, sizeof *predictor->values);
    if (!predictor->probabilities || (predictor->device->replaceable && !predictor->values))
        return error_memory(error, CHUNK_IMAGES * sizeof(float), "probabilities");
    if (predictor->values) memcpy(predictor->values, model->values, packed * sizeof *predictor->values);
    status = make_executor(predictor, predictor->device, model->values, error);
    return replace_device(predictor, status, error) ? CLENET_OK : status;
}

clenet_status clenet_predictor_new(clenet_predictor **predictor, const clenet_model *model, const clenet_device *device,
                                   clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    if (!predictor || !model || !device)
        return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_predictor_new: a NULL argument");
    clenet_predictor *made = memory_new(1, sizeof *made);
    if (!made) return error_memory(error, sizeof *made, "a predictor");
    made->device = device;
    clenet_status status = prepare(made, model, error);
    if (status != CLENET_OK) {
        clenet_predictor_free(made);
        return status;
    }
    *predictor = made;
    return CLENET_OK;
}

const char *clenet_predictor_device_lost(const clenet_predictor *predictor) {
    return predictor->lost;
}

void clenet_predictor_free(clenet_predictor *predictor) {
    if (!predictor) return;
    free_executor(predictor);
    clenet_device_free(predictor->replacement);
    memory_free(predictor->values);
    clenet_network_free(predictor->network);
    memory_free(predictor->probabilities);
    memory_free(predictor);
}

static clenet_status run_once(const clenet_predictor *predictor, const uint8_t *images, size_t count,
                              float *probabilities, clenet_error *error) {
    const executor_functions *f = predictor->run->functions;
    clenet_status status = f->bind(predictor->run, images, NULL, count, error);
    if (status == CLENET_OK) status = f->infer(predictor->run, 0, count, NULL, probabilities, error);
    return status;
}

clenet_status clenet_predictor_run(clenet_predictor *predictor, const uint8_t *images, size_t count,
                                   float *probabilities, clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    if (!predictor || (count > 0 && (!images || !probabilities)))
        return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_predictor_run: a NULL argument");
    clenet_status status = run_once(predictor, images, count, probabilities, error);
    if (replace_device(predictor, status, error)) status = run_once(predictor, images, count, probabilities, error);
    return status;
}

/* The first of the largest probabilities. */
static uint8_t likeliest(const float *probabilities, int classes) {
    int best = 0;
    for (int i = 1; i < classes; i++)
        if (probabilities[i] > probabilities[best]) best = i;
    return (uint8_t)best;
}

/* What to do with the class of row i. */
typedef void class_sink(void *context, size_t row, uint8_t predicted);

/* Runs the network over the bound rows, and hands every row's class to the sink. */
static clenet_status each_class(clenet_predictor *predictor, size_t rows, class_sink *sink, void *context,
                                clenet_error *error) {
    for (size_t first = 0; first < rows; first += CHUNK_IMAGES) {
        size_t count = rows - first < CHUNK_IMAGES ? rows - first : CHUNK_IMAGES;
        clenet_status status =
            predictor->run->functions->infer(predictor->run, first, count, NULL, predictor->probabilities, error);
        if (status != CLENET_OK) return status;
        for (size_t i = 0; i < count; i++)
            sink(context, first + i,
                 likeliest(predictor->probabilities + i * (size_t)predictor->classes, predictor->classes));
    }
    return CLENET_OK;
}

static clenet_status classify_once(clenet_predictor *predictor, const clenet_dataset *dataset, class_sink *sink,
                                   void *context, clenet_error *error) {
    clenet_status status = predictor->run->functions->bind(predictor->run, dataset->images, NULL, dataset->rows, error);
    return status == CLENET_OK ? each_class(predictor, dataset->rows, sink, context, error) : status;
}

static void store_class(void *context, size_t row, uint8_t predicted) {
    ((uint8_t *)context)[row] = predicted;
}

clenet_status clenet_predictor_classify(clenet_predictor *predictor, const clenet_dataset *dataset, uint8_t *classes,
                                        clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    if (!predictor || !dataset || !classes)
        return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_predictor_classify: a NULL argument");
    clenet_status status =
        network_check_images(predictor->network, dataset->height, dataset->width, dataset->channels, error);
    if (status != CLENET_OK) return status;
    status = classify_once(predictor, dataset, store_class, classes, error);
    if (replace_device(predictor, status, error))
        status = classify_once(predictor, dataset, store_class, classes, error);
    return status;
}

typedef struct confusion_sink {
    const uint8_t *labels;
    uint64_t *confusion; /* [truth][prediction], or NULL */
    size_t classes;
} confusion_sink;

static void count_class(void *context, size_t row, uint8_t predicted) {
    const confusion_sink *sink = context;
    if (sink->confusion) sink->confusion[sink->labels[row] * sink->classes + predicted]++;
}

/* Labels must be classes of the network. */
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

static clenet_status evaluate_once(clenet_predictor *predictor, const clenet_dataset *dataset, run_metrics *metrics,
                                   confusion_sink *sink, clenet_error *error) {
    const executor_functions *f = predictor->run->functions;
    if (sink->confusion) memset(sink->confusion, 0, sink->classes * sink->classes * sizeof *sink->confusion);
    clenet_status status = f->bind(predictor->run, dataset->images, dataset->labels, dataset->rows, error);
    if (status == CLENET_OK) status = f->metrics_reset(predictor->run, error);
    if (status == CLENET_OK) status = each_class(predictor, dataset->rows, count_class, sink, error);
    return status == CLENET_OK ? f->metrics(predictor->run, metrics, error) : status;
}

clenet_status clenet_predictor_evaluate(clenet_predictor *predictor, const clenet_dataset *dataset,
                                        clenet_evaluation *evaluation, uint64_t *confusion, clenet_error *error) {
    clenet_error why;
    if (!error) error = &why;
    if (!predictor || !dataset || !evaluation)
        return error_set(error, CLENET_ERROR_ARGUMENT, "clenet_predictor_evaluate: a NULL argument");
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
