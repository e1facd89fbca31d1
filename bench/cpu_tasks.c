/* cpu_tasks.c - where a training step's time goes: each task of the CPU backend's program for a network, on one thread; and how far
 * each operation is from the least that it can take here (floor.h), as a table in Markdown, the largest gap first.
 *
 * cpu_tasks [baseline|avx2|avx512 [batch [network.txt]]]     default avx512, 32, LeNet
 *
 * Blocks go through stretches of tasks as they do in training, so that each task finds in the caches what it finds there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/cpu/program.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "floor.h"
#include "lib/net/model.h"

enum {
    SIDE = 28,
    PIXELS = SIDE * SIDE,
    BORDER = 4,
    CLASSES = 10,
    BATCH_MOST = 4096,
    ROWS = 2 * BATCH_MOST,
    TIMED_IMAGES = 10000,
    WARM_UP_IMAGES = 500,
    TASKS_MOST = 256
};

static const char *const OPERATIONS[OP_KINDS] = {
#define OP(KIND, word, gradient, learns, cpu, single, opencl) #KIND,
#include "lib/net/ops.def"
};

static const cpu_isa *isa_named(const char *name) {
#if defined(__x86_64__)
    if (strcmp(name, "avx512") == 0) return &cpu_isa_avx512;
    if (strcmp(name, "avx2") == 0) return &cpu_isa_avx2;
#endif
    return strcmp(name, "baseline") == 0 ? &cpu_isa_baseline : NULL;
}

static void run_task(const cpu_task *task, const cpu_batch *batch, int block, double *seconds) {
    double began = clock_seconds();
    task->run(task, batch, block, 0, task->parts);
    *seconds += clock_seconds() - began;
}

/* Runs one step, and adds each task's seconds. */
static void run_step(const cpu_program *program, const cpu_batch *batch, double *seconds /* [tasks] */) {
    const cpu_task *tasks = program->tasks;
    for (int i = 0, last; i < program->count; i = last) {
        for (last = i + 1; !tasks[i].whole_batch && last < program->count && !tasks[last].whole_batch;) last++;
        for (int block = 0; block < (tasks[i].whole_batch ? 1 : batch->blocks); block++)
            for (int k = i; k < last; k++) run_task(&tasks[k], batch, block, &seconds[k]);
    }
}

static void print(const cpu_program *program, const double *seconds /* an image */) {
    double all = 0;
    printf("task  operation                    layer  parts  scope   us an image\n");
    for (int i = 0; i < program->count; i++) {
        const cpu_task *task = &program->tasks[i];
        double us = seconds[i] * 1e6;
        printf("%4d  %-27s  %5d  %5d  %-6s  %10.3f\n", i, OPERATIONS[task->op->kind], task->op->layer, task->parts,
               task->whole_batch ? "batch" : "block", us);
        all += us;
    }
    printf("all: %.2f us an image; 33,600 images: %.3f s\n", all, all * 33600e-6);
}

typedef struct operation_time {
    const plan_op *op;
    double us, floor_us; /* an image */
} operation_time;

static int by_gap(const void *a, const void *b) {
    const operation_time *x = a, *y = b;
    double left = x->us - x->floor_us, right = y->us - y->floor_us;
    return (left < right) - (left > right);
}

/* Gives the number of operations. */
static int add_up(operation_time *times, const cpu_program *program, const double *seconds,
                  const floor_limits *limits) {
    int count = 0;
    int batch = (int)program->p->options.batch;
    for (int i = 0; i < program->count; i++) {
        const plan_op *op = program->tasks[i].op;
        int at = 0;
        while (at < count && times[at].op != op) at++;
        if (at == count)
            times[count++] = (operation_time){.op = op, .floor_us = floor_seconds(program->p, op, batch, limits) * 1e6};
        times[at].us += seconds[i] * 1e6;
    }
    return count;
}

static void print_floor(const cpu_program *program, const double *seconds, const floor_limits *limits) {
    static operation_time times[TASKS_MOST];
    double us = 0, floor_us = 0;
    int count = add_up(times, program, seconds, limits);
    qsort(times, (size_t)count, sizeof *times, by_gap);
    printf("\none thread: %.1f GFLOP/s from registers, %.1f GB/s copied within the second cache\n\n",
           limits->flops * 1e-9, limits->bytes * 1e-9);
    printf("| operation | layer | kFLOP | KB | measured, us an image | floor | gap | measured over floor |\n"
           "|---|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < count; i++) {
        const operation_time *t = &times[i];
        printf("| %s | %d | %.0f | %.1f | %.2f | %.2f | %.2f | %.1f |\n", OPERATIONS[t->op->kind], t->op->layer,
               floor_flop(t->op) * 1e-3, floor_bytes(program->p, t->op, (int)program->p->options.batch) * 1e-3, t->us,
               t->floor_us, t->us - t->floor_us, t->us / t->floor_us);
        us += t->us;
        floor_us += t->floor_us;
    }
    printf("| all | | | | %.2f | %.2f | %.2f | %.1f |\n", us, floor_us, us - floor_us, us / floor_us);
}

/* Random bytes, a fifth of them ink, all of it in the central 20 x 20 pixels as in MNIST; and labels one after the other. */
static void fill(uint8_t *images /* [ROWS][PIXELS] */, uint8_t *labels /* [ROWS] */) {
    unsigned state = 1;
    for (size_t i = 0; i < (size_t)ROWS * PIXELS; i++) {
        size_t row = i % PIXELS / SIDE, column = i % SIDE;
        bool border = row < BORDER || row >= SIDE - BORDER || column < BORDER || column >= SIDE - BORDER;
        state = state * 1664525U + 1013904223U;
        images[i] = border || state >> 24 < 156 ? 0 : (uint8_t)(state >> 16);
    }
    for (size_t i = 0; i < ROWS; i++) labels[i] = (uint8_t)(i % CLASSES);
}

static void check(clenet_status status, const clenet_error *error) {
    if (status == CLENET_OK) return;
    fprintf(stderr, "cpu_tasks: %s\n", error->message);
    exit(1);
}

static void read_network(clenet_network **network, const char *path) {
    static char text[4096];
    clenet_error error;
    FILE *file = fopen(path, "r");
    if (!file || fread(text, 1, sizeof text - 1, file) == 0) {
        fprintf(stderr, "cpu_tasks: cannot read '%s'\n", path);
        exit(1);
    }
    (void)fclose(file);
    check(clenet_network_parse(network, text, path, &error), &error);
}

static int ceil_steps(int images, int batch) {
    return (images + batch - 1) / batch;
}

int main(int argc, char **argv) {
    static uint8_t images[ROWS * PIXELS], labels[ROWS];
    static double seconds[TASKS_MOST], ignored[TASKS_MOST], loss[BATCH_MOST];
    static uint32_t correct[BATCH_MOST];
    const cpu_isa *isa = isa_named(argc > 1 ? argv[1] : "avx512");
    clenet_error error;
    clenet_network *network;
    plan *p;
    cpu_program *program;
    int size = argc > 2 ? atoi(argv[2]) : 32;
    if (!isa || size < 1 || size > BATCH_MOST)
        return fputs("usage: cpu_tasks [baseline|avx2|avx512 [batch, 4096 at most [network.txt]]]\n", stderr), 2;
    if (argc > 3)
        read_network(&network, argv[3]);
    else
        check(clenet_network_lenet(&network, SIDE, SIDE, 1, CLASSES, &error), &error);
    check(network_check_images(network, SIDE, SIDE, 1, &error), &error);
    const plan_options options = {.training = true,
                                  .lanes = isa->lanes,
                                  .batch = (size_t)size,
                                  .inference_batch = (size_t)size,
                                  .seed = 1,
                                  .rho = 0.9F,
                                  .epsilon = 1e-7F};
    check(plan_new(&p, network, &options, &error), &error);
    uint8_t *arena = memory_new_aligned(p->arena_bytes);
    if (!arena) return 1;
    network_initialise(network, 1, (float *)(void *)(arena + p->regions[REGION_PARAMETERS]));
    int slots = (int)plan_blocks(p, (size_t)size);
    check(cpu_program_new(&program, p, isa->lower, p->training, p->training_count, slots, arena, &error), &error);
    fill(images, labels);
    int warm_up = ceil_steps(WARM_UP_IMAGES, size), steps = warm_up + ceil_steps(TIMED_IMAGES, size);
    for (int step = 0; step < steps; step++) {
        cpu_batch batch = {.images = images,
                           .labels = labels,
                           .count = (size_t)size,
                           .blocks = slots,
                           .update = plan_update_at(&options, 1, 1e-3F),
                           .first_row = (size_t)(step % (ROWS / size) * size),
                           .step = (uint32_t)step,
                           .stretched = true,
                           .loss = loss,
                           .correct = correct};
        run_step(program, &batch, step < warm_up ? ignored : seconds);
    }
    for (int i = 0; i < program->count; i++) seconds[i] /= (steps - warm_up) * size;
    print(program, seconds);
    floor_limits limits = measure_limits(isa); /* right behind: the clock is as it was */
    print_floor(program, seconds, &limits);
    cpu_program_free(program);
    memory_free(arena);
    plan_free(p);
    clenet_network_free(network);
    return 0;
}
