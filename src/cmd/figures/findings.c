/* findings.c - see findings.h. */
#include "cmd/figures/findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double NORMAL_95 = 1.959963984540054; /* standard deviations that hold 95 % of a normal distribution */

void findings_interval(double *low, double *high, uint64_t right, uint64_t rows) {
    double n = (double)rows, share = (double)right / n, z2 = NORMAL_95 * NORMAL_95;
    double centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    double reach = NORMAL_95 / (1.0 + z2 / n) * sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n));
    *low = right == 0 ? 0.0 : centre - reach; /* exact: rounding would give 1e-18 */
    *high = right == rows ? 1.0 : centre + reach;
}

double findings_sure(const findings_mistake *mistake) {
    return floor(1e4 * (double)mistake->probability) / 1e4;
}

static clenet_status no_memory(clenet_error *error) {
    if (error == NULL) return CLENET_ERROR_MEMORY;
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message, "out of memory (the evaluation)");
    return error->status;
}

static clenet_status check(const uint8_t *labels, size_t rows, int classes, clenet_error *error) {
    clenet_error wrong = {.status = CLENET_OK};
    if (rows == 0 || classes < 1) {
        wrong.status = CLENET_ERROR_ARGUMENT;
        (void)snprintf(wrong.message, sizeof wrong.message,
                       "there are no predictions to evaluate: give images with labels");
    }
    for (size_t i = 0; i < rows && wrong.status == CLENET_OK; i++) {
        if (labels[i] < classes) continue;
        wrong.status = CLENET_ERROR_ARGUMENT;
        (void)snprintf(wrong.message, sizeof wrong.message, "label %d of image %zu is out of range 0..%d", labels[i], i,
                       classes - 1);
    }
    if (wrong.status != CLENET_OK && error != NULL) *error = wrong;
    return wrong.status;
}

static int likeliest(const float *probabilities /* [classes] */, int classes) {
    int best = 0;
    for (int i = 1; i < classes; i++) {
        if (probabilities[i] > probabilities[best]) best = i;
    }
    return best;
}

static void count(findings *found, const uint8_t *labels, const float *probabilities) {
    size_t classes = (size_t)found->classes;
    for (size_t i = 0; i < found->rows; i++) {
        size_t prediction = (size_t)likeliest(probabilities + i * classes, found->classes);
        found->confusion[labels[i] * classes + prediction]++;
        found->right += labels[i] == prediction;
    }
    found->mistake_count = found->rows - found->right;
    found->accuracy = (double)found->right / (double)found->rows;
    findings_interval(&found->low, &found->high, found->right, found->rows);
}

static void sum_up_classes(findings *found) {
    size_t classes = (size_t)found->classes;
    for (size_t c = 0; c < classes; c++) {
        findings_class *class = &found->by_class[c];
        for (size_t other = 0; other < classes; other++) {
            class->support += found->confusion[c * classes + other];
            class->predicted += found->confusion[other * classes + c];
        }
        class->right = found->confusion[c * classes + c];
        class->precision = class->predicted > 0 ? (double)class->right / (double)class->predicted : (double)NAN;
        class->recall = class->support > 0 ? (double)class->right / (double)class->support : (double)NAN;
    }
}

static int by_confidence(const void *left, const void *right) {
    const findings_mistake *a = left, *b = right;
    if (a->probability != b->probability) return a->probability > b->probability ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static void collect_mistakes(findings *found, const uint8_t *labels, const float *probabilities,
                             const uint32_t *numbers) {
    findings_mistake *next = found->mistakes;
    for (size_t i = 0; i < found->rows; i++) {
        const float *answer = probabilities + i * (size_t)found->classes;
        int prediction = likeliest(answer, found->classes);
        if (prediction == labels[i]) continue;
        *next++ = (findings_mistake){.row = numbers != NULL ? numbers[i] : (uint32_t)i,
                                     .truth = labels[i],
                                     .prediction = prediction,
                                     .probability = answer[prediction],
                                     .truth_probability = answer[labels[i]]};
    }
    qsort(found->mistakes, found->mistake_count, sizeof *found->mistakes, by_confidence);
}

clenet_status findings_new(findings **found, const uint8_t *labels, const float *probabilities, const uint32_t *numbers,
                           size_t rows, int classes, clenet_error *error) {
    clenet_status status = check(labels, rows, classes, error);
    if (status != CLENET_OK) return status;
    findings *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL) return no_memory(error);
    fresh->rows = rows;
    fresh->classes = classes;
    fresh->confusion = calloc((size_t)classes * (size_t)classes, sizeof *fresh->confusion);
    fresh->by_class = calloc((size_t)classes, sizeof *fresh->by_class);
    bool ready = fresh->confusion != NULL && fresh->by_class != NULL;
    if (ready) {
        count(fresh, labels, probabilities);
        sum_up_classes(fresh);
        fresh->mistakes = calloc(fresh->mistake_count + 1, sizeof *fresh->mistakes); /* + 1: never zero bytes */
        ready = fresh->mistakes != NULL;
    }
    if (!ready) {
        findings_free(fresh);
        return no_memory(error);
    }
    collect_mistakes(fresh, labels, probabilities, numbers);
    *found = fresh;
    return CLENET_OK;
}

void findings_free(findings *found) {
    if (found == NULL) return;
    free(found->mistakes);
    free(found->by_class);
    free(found->confusion);
    free(found);
}
