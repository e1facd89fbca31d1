/* stage_run.h - runs the stages of a model for one image, in double.
 *
 * Doubles hold integers below 2^53 exactly, so the same loops compute the network with its weights and the one with 8-bit integers
 * (int8_run.h). */
#ifndef CLENET_LIB_EXPORT_STAGE_RUN_H
#define CLENET_LIB_EXPORT_STAGE_RUN_H

#include "lib/export/stages.h"

/* Kernels and biases of all stages, with filters innermost, so that compilers make vectors of them. */
typedef struct stage_weights {
    double **kernels; /* [stages], each [groups][weights][filters of a group]; NULL: the stage has no weights; owned */
    double **biases;  /* [stages], each [filters]; owned */
} stage_weights;

/* Allocates all arrays, zeroed. Errors: CLENET_ERROR_MEMORY. */
clenet_status stage_weights_new(stage_weights *weights, const stage_list *list, clenet_error *error);
/* The same, filled with the weights of the model's first network. */
clenet_status stage_weights_take(stage_weights *weights, const stage_list *list, clenet_error *error);
void stage_weights_free(stage_weights *weights, const stage_list *list);

/* The weight k of filter f in the kernel of the stage. */
double *stage_weight_at(double *kernel, const stage *s, size_t k, size_t f);

/* Arrays for the numbers of a stage: each is large enough for the input, the output and what is between. */
typedef struct stage_arrays {
    double *x, *computed, *y, *patch;
} stage_arrays;

clenet_status stage_arrays_new(stage_arrays *arrays, const stage_list *list, clenet_error *error);
void stage_arrays_free(stage_arrays *arrays);

/* computed [height][width][channels] of the stage's source from x; outside of x, a convolution reads 0. */
void stage_run_source(double *computed, double *patch, const stage *s, int i, const stage_weights *weights,
                      const double *x);

/* y [out] of what is before the pool. `mean` makes the mean of a sum of count numbers. */
void stage_run_pool(double *y, const stage *s, const double *computed, double (*mean)(double sum, int count));

/* Fills logits [classes] of the image with the model's weights. ranges: NULL, or [2 * (stages + steps)]: the least and the largest number
 * at each of stage_point()'s points so far, which the numbers of this image widen. */
void stage_run(double *logits, const stage_list *list, const stage_weights *weights, stage_arrays *arrays,
               const uint8_t *image, double *ranges);

/* The point after the first `steps` steps of stage i, at which numbers may become bytes. Step 0 is the source, or if the pool is a maximum
 * of it, the pool. */
size_t stage_point(const stage_list *list, int i, int steps);
size_t stage_points(const stage_list *list);

/* True if the stage takes the maximum of the source's numbers before any step. */
bool stage_pools_first(const stage *s);

/* The index of the largest; the first of equal ones. */
int stage_largest(const double *numbers, int count);

#endif
