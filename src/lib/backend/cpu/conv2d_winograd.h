/* conv2d_winograd.h - what 5x5 convolutions with fused pooling by fewer products share; conv2d_winograd.c explains them.
 *
 * For kernel files only. An image gets the same bits alone (single_winograd.c) as among others (conv2d_winograd.c), because both
 * use these transforms, x down the columns first and then along the rows, and sum over the channels in their order. */
#ifndef CLENET_LIB_BACKEND_CPU_CONV2D_WINOGRAD_H
#define CLENET_LIB_BACKEND_CPU_CONV2D_WINOGRAD_H

#include "lib/backend/cpu/conv2d.h"

enum {
    WINDOW = 6,                  /* numbers of x for two y, by each axis */
    KERNEL = 5,                  /* taps by each axis */
    PLANES = 36,                 /* WINDOW * WINDOW */
    WINOGRAD_LEAST_CHANNELS = 3, /* with fewer, the transforms cost more than the products saved */
    WINOGRAD_MOST_CHANNELS = 32, /* V of a window is on the stack: 72 KB */
    WINOGRAD_LEAST_FILTERS = 4
};

/* True for a convolution that is computed this way. In inference the first layer is not, because alone it is computed by
 * single_first.c. */
static inline bool winograd_fits(const cpu_program *program, const plan_op *op) {
    bool inference = op >= program->p->inference && op < program->p->inference + program->p->inference_count;
    if (inference && op > program->p->inference && op[-1].kind == OP_GATHER) return false;
    return op->pool && op->kernel_height == KERNEL && op->kernel_width == KERNEL &&
           op->in.channels >= WINOGRAD_LEAST_CHANNELS && op->in.channels <= WINOGRAD_MOST_CHANNELS &&
           op->out.channels >= WINOGRAD_LEAST_FILTERS;
}

/* B^T d. */
INLINE void winograd_x(vec y[WINDOW], const vec d[WINDOW]) {
    vec four = vec_all(4), five = vec_all(5), two = vec_all(2);
    vec even = d[4] - four * d[2], odd = d[3] - four * d[1];
    y[0] = four * d[0] + (d[4] - five * d[2]);
    y[1] = even + odd;
    y[2] = even - odd;
    even = d[4] - d[2];
    odd = d[3] - d[1];
    y[3] = even + two * odd;
    y[4] = even - two * odd;
    y[5] = four * d[1] + (d[5] - five * d[3]);
}

/* G g. */
INLINE void winograd_g(vec y[WINDOW], const vec g[KERNEL]) {
    vec even = (g[0] + g[2] + g[4]) * vec_all(-1.0F / 6), odd = (g[1] + g[3]) * vec_all(-1.0F / 6);
    y[0] = g[0] * vec_all(0.25F);
    y[1] = even + odd;
    y[2] = even - odd;
    even = (g[0] + vec_all(4) * g[2] + vec_all(16) * g[4]) * vec_all(1.0F / 24);
    odd = (g[1] + vec_all(4) * g[3]) * vec_all(1.0F / 12);
    y[3] = even + odd;
    y[4] = even - odd;
    y[5] = g[4];
}

/* A^T m. */
INLINE void winograd_m(vec y[2], const vec m[WINDOW]) {
    y[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    y[1] = (m[1] - m[2]) + m[5] + vec_all(2) * (m[3] - m[4]);
}

/* The numbers of up to L filters starting at f; 0 after the last. */
INLINE vec load_filters(const float *from, int f, int filters) {
    vec v = vec_zero();
    if (f + LANES <= filters) return vec_load_anywhere(from + f);
    memcpy(&v, from + f, (size_t)(filters - f) * sizeof(float));
    return v;
}

/* u = G g G^T of channel c, for L filters starting at f. */
INLINE void winograd_kernel(vec u[WINDOW][WINDOW], const cpu_task *task, const conv *k, int c, int f) {
    vec half[WINDOW][KERNEL], column[WINDOW], g[KERNEL];
    size_t tap = (size_t)k->c * (size_t)k->filters;
    for (int b = 0; b < KERNEL; b++) {
        for (int a = 0; a < KERNEL; a++)
            g[a] =
                load_filters(task->kernel + (size_t)(a * KERNEL + b) * tap + (size_t)(c * k->filters), f, k->filters);
        winograd_g(column, g);
        for (int i = 0; i < WINDOW; i++) half[i][b] = column[i];
    }
    for (int i = 0; i < WINDOW; i++) winograd_g(u[i], half[i]);
}

/* Adds the tasks of a convolution that winograd_fits(). `padded`: conv2d_padded_x(). */
void NAME(conv2d_winograd_forward)(cpu_program *program, const plan_op *op, float *padded);

#endif
