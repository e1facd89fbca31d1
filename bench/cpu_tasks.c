/* cpu_tasks.c - where a training step's time goes: each task of the CPU backend's program for a network, on one thread; and how far
 * each operation is from the least that it can take here (floor.h), as a table in Markdown, the largest gap first.
 *
 * cpu_tasks [--threads N] [--data train.csv] [baseline|avx2|avx512 [batch [network.txt]]]     default avx512, 32, LeNet
 *
 * --threads N: instead, what 1, 2, 4, 8, 16 and N threads can gain at most (threads.h), and which sections of a step lose most with N.
 * --data: its images, instead of random bytes.
 *
 * Blocks go through stretches of tasks as they do in training, so that each task finds in the caches what it finds there. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/cpu/program.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "floor.h"
#include "lib/net/model.h"
#include "threads.h"

enum {
    SIDE = 28,
    PIXELS = SIDE * SIDE,
    BORDER = 4,
    CLASSES = 10,
    BATCH_MOST = 4096,
    ROWS = 2 * BATCH_MOST,
    TIMED_IMAGES = 10000,
    MODEL_IMAGES = 2048,
    WARM_UP_IMAGES = 500,
    TASKS_MOST = 256,
    THREADS_MOST = 64,
    EPOCH_IMAGES = 33600
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

static int ceil_steps(int images, int batch) {
    return (images + batch - 1) / batch;
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

/* ---- more threads --------------------------------------------------------------------------------------------- */

/* The tasks of a section: "CONV2D_BACKWARD 2 to OPTIMIZER". */
static void name_section(char name[NAME_ROOM], const section *s) {
    const plan_op *first = s->first->op, *last = s->last->op;
    if (first == last)
        (void)snprintf(name, NAME_ROOM, "%s %d", OPERATIONS[first->kind], first->layer);
    else
        (void)snprintf(name, NAME_ROOM, "%s %d to %s %d", OPERATIONS[first->kind], first->layer, OPERATIONS[last->kind],
                       last->layer);
}

static int by_loss(const void *a, const void *b) {
    const section *x = a, *y = b;
    double left = x->longest - x->mean, right = y->longest - y->mean;
    return (left < right) - (left > right);
}

static void print_losses(threads_model *m, const cpu_program *program) {
    printf("\n%d threads: the sections of a step (from one barrier to the next), the largest loss first\n\n",
           m->threads);
    printf("| tasks | operations | parts on a thread | longest thread, us a step | mean | loss |\n"
           "|---|---|---|---|---|---|\n");
    qsort(m->section, (size_t)m->sections, sizeof *m->section, by_loss);
    for (int i = 0; i < m->sections && i < LOSSES_SHOWN; i++) {
        const section *s = &m->section[i];
        char name[NAME_ROOM];
        name_section(name, s);
        printf("| %d..%d | %s | %d to %d | %.2f | %.2f | %.2f |\n", (int)(s->first - program->tasks),
               (int)(s->last - program->tasks), name, s->least, s->most, s->longest * 1e6, s->mean * 1e6,
               (s->longest - s->mean) * 1e6);
    }
}

/* Trains: how long a step takes depends a little on what the network has learned. */
static void train_some(const cpu_program *program, step_batch *batch_at, const void *context, int steps) {
    static double ignored[TASKS_MOST];
    for (int step = 0; step < steps; step++) {
        cpu_batch batch = batch_at(context, step);
        run_step(program, &batch, ignored);
    }
}

static void print_threads(const cpu_program *program, step_batch *batch_at, const void *context, int batches, int batch,
                          int wanted) {
    static const int counts[] = {1, 2, 4, 8, 16};
    enum { COUNTS = sizeof counts / sizeof *counts };
    threads_model *shown = NULL;
    double one = 0;
    bool listed = false;
    train_some(program, batch_at, context, ceil_steps(EPOCH_IMAGES, batch));
    printf("the least that a step of %d images can take; a barrier of two threads took %.2f us here\n\n", batch,
           measure_barrier() * 1e6);
    printf("| threads | blocks | barriers a step | us a step | in barriers | at them, one thread alone | waiting for "
           "the longest thread | "
           "seconds, 33,600 images | gain |\n|---|---|---|---|---|---|---|---|---|\n");
    for (int i = 0; i <= COUNTS; i++) {
        if (i == COUNTS && listed) break;
        threads_model *m = model_threads(i < COUNTS ? counts[i] : wanted, program, batch_at, context, batches);
        if (i == 0) one = m->seconds;
        printf("| %d | %s | %d | %.1f | %.1f | %.1f | %.1f | %.3f | %.2f |\n", m->threads,
               m->stretched ? "stay with a thread" : "divided", m->sections, m->seconds * 1e6, m->barriers * 1e6,
               m->serial * 1e6, m->unequal * 1e6, m->seconds / batch * EPOCH_IMAGES, one / m->seconds);
        if (m->threads == wanted) {
            listed = true;
            shown = m;
        } else {
            threads_model_free(m);
        }
    }
    print_losses(shown, program);
    threads_model_free(shown);
}

/* ---- the program ---------------------------------------------------------------------------------------------- */

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

/* Every step has the same form, and other images. */
typedef struct steps {
    const plan_options *options;
    const uint8_t *images /* [rows][PIXELS] */, *labels /* [rows] */;
    size_t rows;
    double *loss;
    uint32_t *correct;
    int batch, blocks;
} steps;

static cpu_batch batch_at(const void *context, int step) {
    const steps *s = context;
    return (cpu_batch){.images = s->images,
                       .labels = s->labels,
                       .count = (size_t)s->batch,
                       .blocks = s->blocks,
                       .update = plan_update_at(s->options, 1, 1e-3F),
                       .first_row = (size_t)step % (s->rows / (size_t)s->batch) * (size_t)s->batch,
                       .step = (uint32_t)step,
                       .stretched = true,
                       .loss = s->loss,
                       .correct = s->correct};
}

/* Times the tasks, and compares them with their floor. */
static void print_tasks(const cpu_program *program, const steps *s, const cpu_isa *isa) {
    static double seconds[TASKS_MOST], ignored[TASKS_MOST];
    int warm_up = ceil_steps(WARM_UP_IMAGES, s->batch), count = warm_up + ceil_steps(TIMED_IMAGES, s->batch);
    for (int step = 0; step < count; step++) {
        cpu_batch batch = batch_at(s, step);
        run_step(program, &batch, step < warm_up ? ignored : seconds);
    }
    for (int i = 0; i < program->count; i++) seconds[i] /= (count - warm_up) * s->batch;
    print(program, seconds);
    floor_limits limits = measure_limits(isa); /* right behind: the clock is as it was */
    print_floor(program, seconds, &limits);
}

typedef struct arguments {
    const char *isa, *network, *data;
    int batch, threads;
} arguments;

static arguments parse(int argc, char **argv) {
    static const struct option known[] = {{"threads", 1, NULL, 't'}, {"data", 1, NULL, 'd'}, {NULL, 0, NULL, 0}};
    arguments a = {.isa = "avx512", .batch = 32};
    bool wrong = false;
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 't') a.threads = atoi(optarg);
        if (c == 'd') a.data = optarg;
        wrong = wrong || c == '?' || (c == 't' && (a.threads < 1 || a.threads > THREADS_MOST));
    }
    if (optind < argc) a.isa = argv[optind];
    if (optind + 1 < argc) a.batch = atoi(argv[optind + 1]);
    if (optind + 2 < argc) a.network = argv[optind + 2];
    if (!wrong && isa_named(a.isa) && a.batch >= 1 && a.batch <= BATCH_MOST) return a;
    (void)fputs(
        "usage: cpu_tasks [--threads N, 64 at most] [--data train.csv] [baseline|avx2|avx512 [batch, 4096 at most "
        "[network.txt]]]\n",
        stderr);
    exit(2);
}

int main(int argc, char **argv) {
    static uint8_t images[ROWS * PIXELS], labels[ROWS];
    static double loss[BATCH_MOST];
    static uint32_t correct[BATCH_MOST];
    const arguments a = parse(argc, argv);
    const cpu_isa *isa = isa_named(a.isa);
    clenet_error error;
    clenet_network *network;
    clenet_dataset *data = NULL;
    plan *p;
    cpu_program *program;
    if (a.network)
        read_network(&network, a.network);
    else
        check(clenet_network_lenet(&network, SIDE, SIDE, 1, CLASSES, &error), &error);
    check(network_check_images(network, SIDE, SIDE, 1, &error), &error);
    const plan_options options = {.training = true,
                                  .lanes = isa->lanes,
                                  .batch = (size_t)a.batch,
                                  .inference_batch = (size_t)isa->lanes,
                                  .seed = 1,
                                  .rho = 0.9F,
                                  .epsilon = 1e-7F};
    check(plan_new(&p, network, &options, &error), &error);
    uint8_t *arena = memory_new_aligned(p->arena_bytes);
    if (!arena) return 1;
    network_initialise(network, 1, (float *)(void *)(arena + p->regions[REGION_PARAMETERS]));
    int slots = (int)plan_blocks(p, (size_t)a.batch);
    check(cpu_program_new(&program, p, isa->lower, p->training, p->training_count, slots, arena, &error), &error);
    if (a.data) check(clenet_dataset_load(&data, a.data, NULL, &error), &error);
    if (!data) fill(images, labels);
    const steps s = {.options = &options,
                     .images = data ? clenet_dataset_images(data) : images,
                     .labels = data ? clenet_dataset_labels(data) : labels,
                     .rows = data ? clenet_dataset_rows(data) : ROWS,
                     .loss = loss,
                     .correct = correct,
                     .batch = a.batch,
                     .blocks = slots};
    if (s.rows < (size_t)a.batch) return fputs("cpu_tasks: the data have fewer rows than a batch\n", stderr), 1;
    if (a.threads > 0)
        print_threads(program, batch_at, &s, ceil_steps(MODEL_IMAGES, a.batch), a.batch, a.threads);
    else
        print_tasks(program, &s, isa);
    cpu_program_free(program);
    memory_free(arena);
    plan_free(p);
    clenet_network_free(network);
    clenet_dataset_free(data);
    return 0;
}
