/* program.h - a plan's list of operations as tasks for the CPU.
 *
 * An operation becomes one or more tasks. A task is a kernel and its number of parts. Parts write different numbers and never add
 * to the same one, so the bits do not depend on the thread that runs a part.
 * - A task by block works on one block of L images; several such tasks of the same block may follow one another on the
 *   same thread while the block is in its cache.
 * - A task over the batch sees all blocks; its parts are divided among the threads.
 * - A serial task sees all blocks, and takes less time than a barrier: the last thread that arrives at the barrier before it runs
 *   it alone, and then opens the barrier.
 *
 * The buffers that a task reads and writes decide if a barrier must be placed before it (program.c). With few blocks,
 * tasks over the batch run as late as these buffers allow, so that several of them share a barrier.
 *
 * Each layer's file has the kernels, and the function that lowers the operation to tasks. It is compiled once for every
 * instruction set, and CPU_ISA is part of its names. */
#ifndef CLENET_LIB_BACKEND_CPU_PROGRAM_H
#define CLENET_LIB_BACKEND_CPU_PROGRAM_H

#include "lib/net/plan.h"

/* The values that differ from batch to batch. */
typedef struct cpu_batch {
    const uint8_t *images; /* [rows][h][w][c] */
    const uint8_t *labels; /* [rows], or NULL */
    const uint32_t *rows;  /* row of each image of the batch, from the batch's first; NULL: first_row + i */
    size_t first_row;
    size_t count;    /* images */
    int blocks;      /* of L images */
    int first_block; /* the slot in the buffers of the first block: 0, or an inferring thread's slot */
    uint32_t step;   /* of the training: a key of dropout's masks */
    uint32_t round;  /* epoch of the training, or copy in inference: a key of augmentation */
    plan_update update;
    bool
        stretched; /* a thread takes one block after the other through several tasks; otherwise all threads share each task */
    int thread;        /* stretched: the thread */
    int first_run;     /* stretched: the thread's first block */
    double *loss;      /* [blocks] sum of the block's losses, counted from first_block */
    uint32_t *correct; /* [blocks] */
} cpu_batch;

typedef struct cpu_task cpu_task;

/* Runs parts begin .. end of the task; block is the slot in the buffers, or 0 for a task over the batch. */
typedef void cpu_kernel(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end);

/* Blocks of a step. With more, its barriers and the move of weights between cores take a small part of the time, and memory that is
 * used late has left the cache. */
enum { CPU_FEW_BLOCKS = 8 };

enum { TASK_USES = 8 };

struct cpu_task {
    cpu_kernel *run;
    cpu_kernel *prepare; /* of one image: run if the weights have changed; NULL: nothing is prepared */
    const plan_op *op;
    const plan *p;
    int parts;
    bool whole_batch;
    bool serial;    /* also whole_batch */
    bool joined;    /* uses scratch of the task before it (cpu_scratch): one stretch has both */
    bool scratch_x; /* of a convolution: x is in the thread's scratch, not in a place for each block */
    bool barrier_stretched, barrier_split; /* must others have finished the tasks before? (see program.c) */
    float *x, *y, *dx, *dy;                /* per block [features][L] */
    uint8_t *index, *mask;                 /* per block [features][L] */
    float *mean, *inverse_deviation;       /* [channels] */
    float *kernel, *bias, *gamma, *beta, *moving_mean, *moving_variance;
    float *d_kernel, *d_bias, *d_gamma, *d_beta; /* gradients */
    float *work[4];               /* workspaces shared by the tasks of one operation; each layer defines them */
    const void *reads[TASK_USES]; /* the memory that the kernel reads and writes, by its first byte */
    const void *writes[TASK_USES];
    int read_count, write_count;
    bool uses_all; /* reads or writes everything, so the lists are empty */
};

/* The tasks of one list of the plan, and their workspaces outside of the plan's arena. */
typedef struct cpu_program {
    const plan *p;
    uint8_t *arena;
    cpu_task *tasks;
    int count, capacity;
    plan_region weights; /* the parameters that the list uses */
    int slots;           /* blocks that the buffers hold */
    void **workspaces;
    int workspace_count, workspace_capacity;
    int *memory_of; /* for each buffer of the plan, the one whose memory it uses: itself, or see cpu_program_share */
    bool failed;    /* out of memory */
} cpu_program;

/* Lowers one operation; if out of memory sets program->failed. */
typedef void cpu_lower(cpu_program *program, const plan_op *op);

/* One instruction set's build of all kernels. */
typedef struct cpu_isa {
    const char *name;
    int lanes; /* L: floats of a vector */
    cpu_lower *lower[OP_KINDS];
    cpu_lower *lower_single[OP_KINDS]; /* inference of one image (single.c); NULL for training operations */
    /* Runs multiply-adds at full speed and returns their number; *sink takes the result. */
    double (*multiply_adds)(size_t rounds, float *sink);
} cpu_isa;

extern const cpu_isa cpu_isa_baseline, cpu_isa_avx2, cpu_isa_avx512;

/* Adds a task with the operation's pointers to the program; NULL on failure. The pointer is valid until the next call. */
cpu_task *cpu_program_add(cpu_program *program, const plan_op *op, cpu_kernel *run, bool whole_batch, int parts);
void cpu_task_reads(cpu_task *task, const void *memory);  /* NULL is skipped */
void cpu_task_writes(cpu_task *task, const void *memory); /* NULL is skipped */

/* Lets a buffer use the memory of another: for an operation that replaces its input number by number, if nothing reads that later.
 * Less memory stays in the caches for longer. Call it before the operation's tasks are added. */
void cpu_program_share(cpu_program *program, int buffer, int with);

/* Zeroed numbers that live as long as the program; NULL on failure. */
float *cpu_program_workspace(cpu_program *program, size_t numbers);

/* Lowers a list of the plan with an instruction set's kernels and decides the barriers. */
clenet_status cpu_program_new(cpu_program **out, const plan *p, cpu_lower *const lower[OP_KINDS], const plan_op *ops,
                              int count, int slots, uint8_t *arena, clenet_error *error);
void cpu_program_free(cpu_program *program);

/* True if no task before task i belongs to its operation. */
bool cpu_first_of_operation(const cpu_program *program, int i);

/* The images of the batch in a block, counted from its first lane: 0 to lanes. */
static inline int cpu_block_images(const cpu_batch *batch, int block, int lanes) {
    size_t first = (size_t)(block - batch->first_block) * (size_t)lanes;
    size_t left = batch->count > first ? batch->count - first : 0;
    return left < (size_t)lanes ? (int)left : lanes;
}

/* The row of the data in each lane of a block. Lanes past the end of a short batch repeat its last image, so that they are finite;
 * they are not counted. */
static inline void cpu_block_rows(size_t row[], const cpu_batch *batch, int block, int lanes) {
    size_t first = (size_t)(block - batch->first_block) * (size_t)lanes;
    for (size_t lane = 0; lane < (size_t)lanes; lane++) {
        size_t i = first + lane < batch->count ? first + lane : batch->count - 1;
        row[lane] = batch->rows ? batch->rows[i] : batch->first_row + i;
    }
}

/* The place of the block's scratch in a workspace with a place for every block. In a stretch it is the thread's, for one block
 * after the other: it stays in the thread's cache, and its memory does not grow with the batch. The tasks that write and read it
 * are joined, with no task over the batch between them. */
static inline int cpu_scratch(const cpu_batch *batch, int block) {
    return batch->stretched ? batch->thread : block;
}

#endif
