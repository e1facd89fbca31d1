/* findings.h - what a model's answers to labelled images come to: how many are right and how sure that figure is, which classes
 * are taken for which, and where the model was wrong and did not doubt it. */
#ifndef CLENET_CMD_FIGURES_FINDINGS_H
#define CLENET_CMD_FIGURES_FINDINGS_H

#include "clenet/clenet.h"

/* One class. */
typedef struct findings_class {
    uint64_t support;   /* images that show it */
    uint64_t predicted; /* images that were taken for it */
    uint64_t right;     /* both */
    double precision;   /* right / predicted; NaN where nothing was taken for it */
    double recall;      /* right / support; NaN where nothing shows it */
} findings_class;

/* An image whose likeliest class is not its label. */
typedef struct findings_mistake {
    uint32_t row; /* of the data set, from 0 */
    int truth, prediction;
    float probability;       /* that the model gave its prediction */
    float truth_probability; /* and the truth */
} findings_mistake;

typedef struct findings {
    size_t rows;
    int classes;
    uint64_t right;
    double accuracy;            /* right / rows */
    double low, high;           /* its 95 % interval: findings_interval */
    uint64_t *confusion;        /* [truth][prediction] of classes x classes */
    findings_class *by_class;   /* [classes] */
    findings_mistake *mistakes; /* all of them, the most confident first, then by row */
    size_t mistake_count;       /* rows - right */
} findings;

/* Looks over the probabilities [rows][classes] of images with these labels [rows], each below classes. Of two classes that are
 * as likely the lower is the prediction, as in clenet_predictor_classify. numbers: the row of the data set that each image is,
 * or NULL where they are 0, 1, 2... The result is yours, and goes with findings_free.
 * Errors: CLENET_ERROR_ARGUMENT (no rows, a label too high), CLENET_ERROR_MEMORY. */
clenet_status findings_new(findings **found, const uint8_t *labels, const float *probabilities, const uint32_t *numbers,
                           size_t rows, int classes, clenet_error *error);

void findings_free(findings *found); /* takes NULL */

/* How sure the model was of what it got wrong: 0 to 1, cut to hundredths of a percent, as 99.996 % is not 100 %. */
double findings_sure(const findings_mistake *mistake);

/* The 95 % interval of a share of which `right` of `rows` were seen (rows > 0), by Wilson (1927): it stays within 0 and 1, and
 * says something where nothing or everything was right. */
void findings_interval(double *low, double *high, uint64_t right, uint64_t rows);

#endif
