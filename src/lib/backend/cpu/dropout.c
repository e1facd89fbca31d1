/* dropout.c - inverted dropout and its gradient. float32.
 *
 * Numbers that are kept are scaled by 1 / (1 - rate).
 *
 * Layout : x, y, dx, dy, mask [features][L]. mask.h makes the masks.
 * Twin   : cl/dropout.cl */
#include "lib/backend/cpu/mask.h"

/* A part is a group of MASK_GROUP features. */
static void NAME(forward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    int size = (int)shape_size(task->op->in);
    const float *x = block_at(task->x, block, (size_t)size);
    float *y = block_at(task->y, block, (size_t)size);
    uint8_t *mask = block_bytes_at(task->mask, block, (size_t)size);
    vec scale = vec_all(1 / (1 - task->op->rate));
    for (int group = begin; group < end; group++) {
        vec_int kept[MASK_GROUP];
        mask_group(kept, task, batch, block, group, mask_threshold(task->op->rate));
        for (int i = 0; i < MASK_GROUP && group * MASK_GROUP + i < size; i++) {
            size_t at = (size_t)(group * MASK_GROUP + i) * LANES;
            vec_store(y + at, (vec)(kept[i] & (vec_int)(vec_load(x + at) * scale)));
            mask_store(mask + at, kept[i]);
        }
    }
}

static void NAME(backward)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    (void)batch;
    size_t size = shape_size(task->op->in);
    const float *dy = block_at(task->dy, block, size);
    const uint8_t *mask = block_bytes_at(task->mask, block, size);
    float *dx = block_at(task->dx, block, size);
    vec scale = vec_all(1 / (1 - task->op->rate));
    size_t stop = (size_t)end * MASK_GROUP < size ? (size_t)end * MASK_GROUP : size;
    for (size_t i = (size_t)begin * MASK_GROUP * LANES; i < stop * LANES; i += LANES)
        vec_store(dx + i, vec_load(dy + i) * vec_from_bytes(mask + i) * scale);
}

void NAME(dropout_forward)(cpu_program *program, const plan_op *op) {
    int groups = ceil_div((int)shape_size(op->in), MASK_GROUP);
    cpu_task *task = cpu_program_add(program, op, NAME(forward), false, groups);
    if (!task) return;
    cpu_task_reads(task, task->x);
    cpu_task_writes(task, task->y);
    cpu_task_writes(task, task->mask);
}

void NAME(dropout_backward)(cpu_program *program, const plan_op *op) {
    int groups = ceil_div((int)shape_size(op->in), MASK_GROUP);
    cpu_task *task = cpu_program_add(program, op, NAME(backward), false, groups);
    if (!task) return;
    cpu_task_reads(task, task->dy);
    cpu_task_reads(task, task->mask);
    cpu_task_writes(task, task->dx);
}
