/* gather.c - a batch's images from bytes to numbers: y = x / 255, rows to lanes. float32.
 *
 * Layout : images [rows][features] of uint8, y [features][L].
 * Twin   : cl/gather.cl */
#include "backend/cpu/vec.h"

enum { PART_FEATURES = 64 };

static const float SCALE = 1.0F / 255.0F; /* multiplied, since every device rounds a product alike */

/* A part is PART_FEATURES pixels. Lanes behind a short batch repeat its last image: finite, and counted nowhere. */
static void NAME(run_gather)(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    size_t size = shape_size(task->op->in);
    size_t first = (size_t)(block - batch->first_block) * LANES;
    const uint8_t *image[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        size_t i = first + lane < batch->count ? first + lane : batch->count - 1;
        image[lane] = batch->images + (batch->rows ? batch->rows[i] : batch->first_row + i) * size;
    }
    size_t stop = (size_t)end * PART_FEATURES < size ? (size_t)end * PART_FEATURES : size;
    float *y = block_at(task->y, block, size);
    for (size_t i = (size_t)begin * PART_FEATURES; i < stop; i++) {
        vec_byte pixel;
        for (int lane = 0; lane < LANES; lane++) pixel[lane] = image[lane][i];
        vec_store(y + i * LANES, __builtin_convertvector(pixel, vec) * vec_all(SCALE));
    }
}

void NAME(gather)(cpu_program *program, const plan_op *op) {
    int parts = ceil_div((int)shape_size(op->in), PART_FEATURES);
    cpu_task_writes(cpu_program_add(program, op, NAME(run_gather), false, parts),
                    program->arena + program->p->buffers[op->y].offset);
}
