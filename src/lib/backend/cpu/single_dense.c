/* single_dense.c - a fully connected layer of one image, with fused relu. float32.
 *
 * After relu many numbers of x are 0. Their weights are not read: that is most of the time, since the weights of a large layer come
 * from the second cache.
 *
 *     x  [I]    0   .7   0   1.2          list  1 3
 *     kernel    row 0: [O]                not read
 *               row 1: [O]                y += .7 * row 1
 *
 * Layout : x [I], y [O], kernel [I][O]; work[0] the list [I + L], as int32.
 * Blocking: up to 12 vectors of neurons stay in registers, and one x is multiplied by a row of their weights. The last vector may
 *          reach into the next row, or past the weights: the arena has room. */
#include "lib/backend/cpu/single.h"

enum { TILE = 12 /* sums: vectors of neurons */ };

static int inputs_of(const cpu_task *task) {
    return task->op->in.channels;
}
static int outputs_of(const cpu_task *task) {
    return task->op->out.channels;
}

/* Lists the x that are not 0; returns how many. The list has room for L more. */
INLINE int list_nonzero(int32_t *list, const float *x, int inputs) {
    int count = 0, i = 0;
#if defined(__AVX512F__)
    for (vec_int at = vec_lane_numbers(); i + LANES <= inputs; i += LANES, at += LANES) {
        __mmask16 kept = _mm512_movepi32_mask((__m512i)(vec_load_anywhere(x + i) != vec_zero()));
        _mm512_storeu_si512(list + count, _mm512_maskz_compress_epi32(kept, (__m512i)at));
        count += __builtin_popcount(kept);
    }
#endif
    for (; i < inputs; i++) {
        list[count] = i;
        count += x[i] != 0; /* no branch, which would often be mispredicted */
    }
    return count;
}

/* y of `vectors` vectors of neurons starting at o. */
INLINE void tile(const cpu_task *task, const int32_t *list, int count, int o, int vectors) {
    const float *x = task->x, *bias = task->bias + o;
    size_t outputs = (size_t)outputs_of(task);
    vec sum[TILE];
#pragma GCC unroll 12
    for (int v = 0; v < vectors; v++) sum[v] = vec_zero();
    for (int i = 0; i < count; i++) {
        vec xi = vec_all(x[list[i]]);
        const float *row = task->kernel + (size_t)list[i] * outputs + o;
#pragma GCC unroll 12
        for (int v = 0; v < vectors; v++) sum[v] += xi * vec_load_anywhere(row + v * LANES);
    }
#pragma GCC unroll 12
    for (int v = 0; v < vectors; v++) {
        vec z = sum[v] + vec_load_anywhere(bias + v * LANES);
        if (task->op->relu) z = vec_select(z < vec_zero(), vec_zero(), z); /* keeps NaN, so that it shows */
        store_some(task->y + o + v * LANES, z, outputs_of(task) - o - v * LANES, true);
    }
}

static void NAME(single_dense_run)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch, (void)block, (void)begin, (void)end;
    int32_t *list = (int32_t *)(void *)task->work[0];
    int count = list_nonzero(list, task->x, inputs_of(task));
    int vectors = ceil_div(outputs_of(task), LANES), tiles = ceil_div(vectors, TILE);
    for (int t = 0; t < tiles; t++) {
        int o = part_at(t, vectors, tiles) * LANES;
#define CASE(n)                        \
    case n:                            \
        tile(task, list, count, o, n); \
        break
        switch (part_at(t + 1, vectors, tiles) - part_at(t, vectors, tiles)) {
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
            CASE(7);
            CASE(8);
            CASE(9);
            CASE(10);
            CASE(11);
            CASE(12);
        default:
            break;
        }
#undef CASE
    }
}

void NAME(single_dense)(cpu_program *program, const plan_op *op) {
    cpu_task *task = cpu_program_add(program, op, NAME(single_dense_run), false, 1);
    if (task) task->work[0] = cpu_program_workspace(program, (size_t)inputs_of(task) + LANES);
}
