/* train_findings.c - see train_findings.h. */
#include "cli/train_findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Images asked about at once: many enough for every device to be fast, few enough that their copies cost no memory. */
enum { IMAGES_AT_ONCE = 1024 };

/* The answers, and the images that are asked about next. */
typedef struct answers {
    uint8_t *images;      /* [IMAGES_AT_ONCE][height][width][channels] */
    uint8_t *labels;      /* [count] */
    float *probabilities; /* [count][classes] */
} answers;

static bool answers_new(answers *all, size_t image_bytes, size_t count, size_t classes) {
    all->images = malloc(IMAGES_AT_ONCE * image_bytes);
    all->labels = malloc(count);
    all->probabilities = calloc(count, classes * sizeof *all->probabilities);
    return all->images != NULL && all->labels != NULL && all->probabilities != NULL;
}

static void answers_free(answers *all) {
    free(all->probabilities);
    free(all->labels);
    free(all->images);
}

static size_t image_bytes_of(const clenet_dataset *dataset) {
    return (size_t)clenet_dataset_height(dataset) * (size_t)clenet_dataset_width(dataset) *
           (size_t)clenet_dataset_channels(dataset);
}

static clenet_status ask(answers *all, clenet_predictor *predictor, const clenet_dataset *dataset, const uint32_t *rows,
                         size_t count, clenet_error *error) {
    const uint8_t *images = clenet_dataset_images(dataset), *labels = clenet_dataset_labels(dataset);
    size_t bytes = image_bytes_of(dataset), classes = (size_t)clenet_dataset_classes(dataset);
    clenet_status status = CLENET_OK;
    for (size_t first = 0; first < count && status == CLENET_OK; first += IMAGES_AT_ONCE) {
        size_t now = count - first < IMAGES_AT_ONCE ? count - first : IMAGES_AT_ONCE;
        for (size_t i = 0; i < now; i++) {
            memcpy(all->images + i * bytes, images + rows[first + i] * bytes, bytes);
            all->labels[first + i] = labels[rows[first + i]];
        }
        status = clenet_predictor_run(predictor, all->images, now, all->probabilities + first * classes, error);
    }
    return status;
}

clenet_status train_findings_make(findings **found, const clenet_model *model, const clenet_device *device,
                                  const clenet_dataset *dataset, const uint32_t *rows, size_t count,
                                  clenet_error *error) {
    *found = NULL;
    if (count == 0) return CLENET_OK;
    answers all = {NULL, NULL, NULL};
    clenet_predictor *predictor = NULL;
    clenet_status status = CLENET_OK;
    if (!answers_new(&all, image_bytes_of(dataset), count, (size_t)clenet_dataset_classes(dataset))) {
        status = error->status = CLENET_ERROR_MEMORY;
        (void)snprintf(error->message, sizeof error->message,
                       "cannot have memory for the model's answers to %zu images: free memory", count);
    }
    if (status == CLENET_OK) status = clenet_predictor_new(&predictor, model, device, error);
    if (status == CLENET_OK) status = ask(&all, predictor, dataset, rows, count, error);
    if (status == CLENET_OK) {
        status =
            findings_new(found, all.labels, all.probabilities, rows, count, clenet_dataset_classes(dataset), error);
    }
    clenet_predictor_free(predictor);
    answers_free(&all);
    return status;
}
