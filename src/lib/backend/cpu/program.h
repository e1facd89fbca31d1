/* program.h - a plan's list of operations as the CPU runs it: a list of tasks.
 *
 * An operation becomes one or more tasks. A task is a kernel and the number of its parts; parts write different
 * numbers and never add up into the same one, so the bits do not depend on who runs which part.
 * - A task by block works on one block of L images; two such tasks of the same block may follow one another on the
 *   same thread while the block is in its cache.
 * - A task over the batch sees all blocks; its parts are divided among the threads.
 * Which buffers a task reads and writes decides where a barrier must stand before it (program.c).
 *
 * Each layer's file holds the kernels and the function that lowers the operation to tasks; it is compiled once for
 * every instruction set, and CPU_ISA is part of its names. */
#ifndef CLENET_LIB_BACKEND_CPU_PROGRAM_H
#define CLENET_LIB_BACKEND_CPU_PROGRAM_H

#include "lib/net/plan.h"

/* What differs from one batch to the next. */
typedef struct cpu_batch {
    const uint8_t *images; /* [rows][h][w][c] */
    const uint8_t *labels; /* [rows], or NULL */
    const uint32_t *rows;  /* row of each image of the batch, from the batch's first on; NULL: first_row + i */
    size_t first_row;
    size_t count;    /* images */
    int blocks;      /* of L images */
    int first_block; /* the slot in the buffers where the batch begins: 0, or an inferring thread's own slot */
    uint32_t step;   /* of the training: keys dropout's masks */
    uint32_t round;  /* epoch of the training, or copy that inference takes: keys how images are moved */
    plan_update update;
    bool stretched;    /* a thread takes one block after the other through several tasks; else all work on each task */
    int thread;        /* stretched: who runs it */
    int first_run;     /* stretched: the first block that he takes */
    double *loss;      /* [blocks] sum of the block's losses, counted from first_block */
    uint32_t *correct; /* [blocks] */
} cpu_batch;

typedef struct cpu_task cpu_task;

/* Runs parts begin .. end of the task; block is the slot in the buffers, or 0 for a task over the batch. */
typedef void cpu_kernel(const cpu_task *task, const cpu_batch *batch, int block, int begin, int end);

enum { TASK_USES = 8 };

struct cpu_task {
    cpu_kernel *run;
    const plan_op *op;
    const plan *p;
    int parts;
    bool whole_batch;
    bool first_of_op;                      /* the first of its operation's */
    bool joined;                           /* uses scratch of the task before it (cpu_scratch): one stretch has both */
    bool barrier_stretched, barrier_split; /* must others have finished what came before? (see program.c) */
    float *x, *y, *dx, *dy;                /* per block [features][L] */
    uint8_t *index, *mask;                 /* per block [features][L] */
    float *mean, *inverse_deviation;       /* [channels] */
    float *kernel, *bias, *gamma, *beta, *moving_mean, *moving_variance;
    float *d_kernel, *d_bias, *d_gamma, *d_beta; /* gradients */
    float *work[4];               /* workspaces shared by the tasks of one operation; the layer says what */
    const void *reads[TASK_USES]; /* the memory that the kernel reads and writes, by its first byte */
    const void *writes[TASK_USES];
    int read_count, write_count;
    bool uses_all; /* stands for a list of all there is */
};

/* The tasks of one list of the plan, and the workspaces that they need beside the plan's arena. */
typedef struct cpu_program {
    const plan *p;
    uint8_t *arena;
    cpu_task *tasks;
    int count, capacity;
    plan_region weights; /* the parameters that the list takes */
    int slots;           /* blocks that the buffers hold */
    void **workspaces;
    int workspace_count, workspace_capacity;
    bool failed; /* memory could not be had */
} cpu_program;

/* Lowers one operation; on a lack of memory sets program->failed. */
typedef void cpu_lower(cpu_program *program, const plan_op *op);

/* One instruction set's build of all kernels. */
typedef struct cpu_isa {
    const char *name;
    int lanes; /* L: floats of a vector */
    cpu_lower *lower[OP_KINDS];
    cpu_lower *lower_single[OP_KINDS]; /* inference of one image (single.c); NULL for what is trained only */
    /* As many multiply-adds as the cores can, gives their number; *sink takes what comes of them. */
    double (*multiply_adds)(size_t rounds, float *sink);
} cpu_isa;

extern const cpu_isa cpu_isa_baseline, cpu_isa_avx2, cpu_isa_avx512;

/* A new task of the program with the operation's pointers resolved, or NULL. The pointer is good until the next. */
cpu_task *cpu_program_add(cpu_program *program, const plan_op *op, cpu_kernel *run, bool whole_batch, int parts);
void cpu_task_reads(cpu_task *task, const void *memory);  /* NULL is skipped */
void cpu_task_writes(cpu_task *task, const void *memory); /* NULL is skipped */

/* Zeroed numbers that live as long as the program; NULL on failure. */
float *cpu_program_workspace(cpu_program *program, size_t numbers);

/* Lowers a list of the plan with an instruction set's kernels and decides the barriers. */
clenet_status cpu_program_new(cpu_program **out, const plan *p, cpu_lower *const lower[OP_KINDS], const plan_op *ops,
                              int count, int slots, uint8_t *arena, clenet_error *error);
void cpu_program_free(cpu_program *program);

/* Images of the batch that stand in a block, counted from its first lane: 0 to lanes. */
static inline int cpu_block_images(const cpu_batch *batch, int block, int lanes) {
    size_t first = (size_t)(block - batch->first_block) * (size_t)lanes;
    size_t left = batch->count > first ? batch->count - first : 0;
    return left < (size_t)lanes ? (int)left : lanes;
}

/* Where the block's scratch stands in a workspace that has a place for every block. In a stretch it is the thread's own, for one
 * block after the other: it stays in his cache, and memory to touch does not grow with the batch. Who writes and who reads
 * it are joined tasks, with none over the batch between them. */
static inline int cpu_scratch(const cpu_batch *batch, int block) {
    return batch->stretched ? batch->thread : block;
}

#endif
