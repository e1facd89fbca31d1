/* findings.h - evaluation of a model's answers to labelled images.
 *
 * Accuracy with its interval, the confusion matrix, and the mistakes with their confidence. */
#ifndef CLENET_CMD_FIGURES_FINDINGS_H
#define CLENET_CMD_FIGURES_FINDINGS_H

#include "clenet/clenet.h"

/* One class. */
typedef struct findings_class {
    uint64_t support;   /* images with this label */
    uint64_t predicted; /* images with this prediction */
    uint64_t right;     /* images with both */
    double precision;   /* right / predicted; NaN if predicted is 0 */
    double recall;      /* right / support; NaN if support is 0 */
} findings_class;

/* An image whose most probable class is not its label. */
typedef struct findings_mistake {
    uint32_t row; /* of the data set, from 0 */
    int truth, prediction;
    float probability;       /* probability of the prediction */
    float truth_probability; /* probability of the label */
} findings_mistake;

typedef struct findings {
    size_t rows;
    int classes;
    uint64_t right;
    double accuracy;            /* right / rows */
    double low, high;           /* its 95 % interval: findings_interval */
    uint64_t *confusion;        /* [truth][prediction] of classes x classes */
    findings_class *by_class;   /* [classes] */
    findings_mistake *mistakes; /* all mistakes, by falling confidence, then by row */
    size_t mistake_count;       /* rows - right */
} findings;

/* Evaluates the probabilities [rows][classes] of images with these labels [rows], each below classes. If two classes are equally
 * probable, the lower one is the prediction, as in clenet_predictor_classify. numbers: the row of each image in the data set;
 * NULL if they are 0, 1, 2... The caller frees the result with findings_free. Errors: CLENET_ERROR_ARGUMENT (no rows, a label too
 * high), CLENET_ERROR_MEMORY. */
clenet_status findings_new(findings **found, const uint8_t *labels, const float *probabilities, const uint32_t *numbers,
                           size_t rows, int classes, clenet_error *error);

void findings_free(findings *found); /* takes NULL */

/* The confidence of a mistake: 0 to 1, rounded down to hundredths of a percent, since 99.996 % is not 100 %. */
double findings_sure(const findings_mistake *mistake);

/* The 95 % interval of a share, after `right` of `rows` (rows > 0), by Wilson (1927): it stays within 0 and 1, and is meaningful
 * even if none or all are right. */
void findings_interval(double *low, double *high, uint64_t right, uint64_t rows);

#endif
