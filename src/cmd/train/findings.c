/* findings.c - see findings.h. */
#include "cmd/train/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Images predicted at once: enough to be fast on every device, few enough to need little memory. */
enum { IMAGES_AT_ONCE = 1024 };

static size_t image_bytes_of(const clenet_dataset *dataset) {
    return (size_t)clenet_dataset_height(dataset) * (size_t)clenet_dataset_width(dataset) *
           (size_t)clenet_dataset_channels(dataset);
}

static clenet_status no_memory(size_t count, clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message,
                   "cannot have memory for the model's answers to %zu images: free memory", count);
    return error->status;
}

/* images [IMAGES_AT_ONCE][height][width][channels]: the next images to predict. */
static clenet_status ask(float *probabilities, uint8_t *images, clenet_predictor *predictor,
                         const clenet_dataset *dataset, const uint32_t *rows, size_t count, clenet_error *error) {
    size_t bytes = image_bytes_of(dataset), classes = (size_t)clenet_dataset_classes(dataset);
    clenet_status status = CLENET_OK;
    for (size_t first = 0; first < count && status == CLENET_OK; first += IMAGES_AT_ONCE) {
        size_t now = count - first < IMAGES_AT_ONCE ? count - first : IMAGES_AT_ONCE;
        for (size_t i = 0; i < now; i++)
            memcpy(images + i * bytes, clenet_dataset_images(dataset) + rows[first + i] * bytes, bytes);
        status = clenet_predictor_run(predictor, images, now, probabilities + first * classes, error);
    }
    return status;
}

clenet_status train_findings_ask(float *probabilities, const clenet_model *model, const clenet_device *device,
                                 const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                 clenet_error *error) {
    clenet_predictor *predictor = NULL;
    uint8_t *images = malloc(IMAGES_AT_ONCE * image_bytes_of(dataset));
    if (images == NULL) return no_memory(count, error);
    clenet_status status = clenet_predictor_new(&predictor, model, device, error);
    if (status == CLENET_OK) status = ask(probabilities, images, predictor, dataset, rows, count, error);
    clenet_predictor_free(predictor);
    free(images);
    return status;
}

clenet_status train_findings_of(findings **found, const float *probabilities, const clenet_dataset *dataset,
                                const uint32_t *rows, size_t count, clenet_error *error) {
    uint8_t *labels = malloc(count);
    if (labels == NULL) return no_memory(count, error);
    for (size_t i = 0; i < count; i++) labels[i] = clenet_dataset_labels(dataset)[rows[i]];
    clenet_status status =
        findings_new(found, labels, probabilities, rows, count, clenet_dataset_classes(dataset), error);
    free(labels);
    return status;
}

clenet_status train_findings_make(findings **found, const clenet_model *model, const clenet_device *device,
                                  const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                  clenet_error *error) {
    *found = NULL;
    if (count == 0) return CLENET_OK;
    float *probabilities = calloc(count, (size_t)clenet_dataset_classes(dataset) * sizeof *probabilities);
    if (probabilities == NULL) return no_memory(count, error);
    clenet_status status = train_findings_ask(probabilities, model, device, dataset, rows, count, error);
    if (status == CLENET_OK) status = train_findings_of(found, probabilities, dataset, rows, count, error);
    free(probabilities);
    return status;
}
