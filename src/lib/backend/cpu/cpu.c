/* cpu.c - the CPU backend: opens the cores as a device and runs programs. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/backend.h"
#include "lib/backend/cpu/crew.h"
#include "lib/backend/cpu/division.h"
#include "lib/backend/cpu/limits.h"
#include "lib/backend/cpu/machine.h"
#include "lib/backend/cpu/program.h"
#include "lib/backend/cpu/team.h"
#include "lib/backend/device_list.h"
#include "lib/backend/profile.h"
#include "lib/base/clock.h"
#include "lib/base/cores.h"
#include "lib/base/memory.h"

enum {
    INFERENCE_CHUNK = 1024, /* blocks whose scores are stored before they are added */
    ARENA_SLACK = 1024,     /* bytes: single.c reads whole vectors, so the last may reach past the weights */
    FEW = 4,                /* if a batch has at most 1/4 of a block's images, computing them one by one is faster */
    RUN_IMAGES = 512        /* training images per run, at least; between runs the crew may change */
};

/* ---- device ------------------------------------------------------------------------------------------------- */

typedef struct cpu_device {
    const cpu_isa *isa;
    int threads;
    bool wished; /* the number of threads is the user's */
} cpu_device;

/* Lists the instruction sets that this build has and this machine runs, best first; returns their number. */
static int usable_isas(const cpu_isa *isas[3]) {
    int count = 0;
#if defined(CPU_HAVE_AVX512)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2"))
        isas[count++] = &cpu_isa_avx512;
#endif
#if defined(CPU_HAVE_AVX2)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        isas[count++] = &cpu_isa_avx2;
#endif
    isas[count++] = &cpu_isa_baseline;
    return count;
}

static clenet_status choose_isa(const cpu_isa **isa, const char *name, clenet_error *error) {
    const cpu_isa *isas[3];
    int count = usable_isas(isas);
    char names[64] = "";
    for (int i = 0; i < count; i++) {
        if (!name || strcmp(name, isas[i]->name) == 0) {
            *isa = isas[i];
            return CLENET_OK;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", isas[i]->name);
    }
    return error_set(error, CLENET_ERROR_DEVICE, "instruction set '%s' does not run here; this machine has: %s", name,
                     names);
}

static bool cpu_matches(const char *spec) {
    return strcmp(spec, "cpu") == 0;
}

static clenet_status cpu_open(clenet_device *device, const char *spec, const clenet_device_options *options,
                              const char *job, clenet_error *error) {
    (void)spec;
    (void)job;
    const cpu_isa *isa = NULL;
    clenet_status status = choose_isa(&isa, options->isa, error);
    if (status != CLENET_OK) return status;
    cpu_device *state = memory_new(1, sizeof *state);
    if (!state) return error_memory(error, sizeof *state, "a device");
    state->isa = isa;
    state->wished = options->threads > 0;
    state->threads = options->threads ? options->threads : cores_for_arithmetic();
    device->state = state;
    device->lanes = isa->lanes;
    device->inference_batch = (size_t)state->threads * (size_t)isa->lanes;
    snprintf(device->description, sizeof device->description, "cpu, %d thread%s, %s", state->threads,
             state->threads == 1 ? "" : "s", isa->name);
    return CLENET_OK;
}

static clenet_status cpu_measure(const clenet_device *device, clenet_device_limits *limits, clenet_error *error) {
    const cpu_device *state = device->state;
    return cpu_limits(limits, state->isa, state->threads, error);
}

static void cpu_close(clenet_device *device) {
    memory_free(device->state);
}

static clenet_status cpu_list(clenet_device_list *list, const clenet_device_options *options, clenet_error *error) {
    char name[MACHINE_TEXT];
    machine_processor(name);
    const clenet_device_info device = {.id = "cpu",
                                       .type = "cpu",
                                       .name = name,
                                       .compute_units =
                                           options->threads > 0 ? options->threads : cores_for_arithmetic(),
                                       .memory = machine_memory()};
    return device_list_add(list, &device, error);
}

/* ---- executor ----------------------------------------------------------------------------------------------- */

typedef struct cpu_executor {
    executor base;
    const plan *p;
    clenet_profile *profile; /* or NULL */
    int threads, lanes;
    team *workers;
    crew crew;             /* how many threads work */
    cpu_division division; /* of this run of training */
    uint8_t *arena;
    cpu_program *training, *inference, *single; /* single: inference of one image */
    bool single_ready;                          /* its tasks are prepared for the weights as they are */
    const uint8_t *images, *labels;
    const uint32_t *order; /* NULL: positions are rows */
    size_t rows, positions;
    uint32_t copy;     /* the copy of each image that inference uses */
    double *loss;      /* training: [2][slots], by the parity of the step; inference: [INFERENCE_CHUNK] */
    uint32_t *correct; /* the same */
    run_metrics metrics;
} cpu_executor;

static void cpu_free(executor *e) {
    cpu_executor *cpu = (cpu_executor *)e;
    if (!cpu) return;
    team_free(cpu->workers);
    cpu_program_free(cpu->training);
    cpu_program_free(cpu->inference);
    cpu_program_free(cpu->single);
    memory_free(cpu->arena);
    memory_free(cpu->loss);
    memory_free(cpu->correct);
    memory_free(cpu);
}

/* ---- running tasks ------------------------------------------------------------------------------------------ */

/* Runs parts of a task. With a profile, the first thread adds its time there. */
static void run_parts(const cpu_executor *cpu, const cpu_task *task, const cpu_batch *batch, int block, int begin,
                      int end, int thread) {
    if (!cpu->profile || thread != 0) {
        task->run(task, batch, block, begin, end);
        return;
    }
    double began = clock_seconds();
    task->run(task, batch, block, begin, end);
    profile_add(cpu->profile, profile_entry(cpu->profile, cpu->p, task->op, NULL, NULL), began, clock_seconds());
}

/* With a profile, adds a call of each operation with this many images. Called by the first thread, so that each call counts once,
 * whichever threads ran its parts. */
static void count_calls(const cpu_executor *cpu, const cpu_program *program, size_t images) {
    for (int i = 0; cpu->profile && i < program->count; i++) {
        const plan_op *op = program->tasks[i].op;
        if (!cpu_first_of_operation(program, i)) continue;
        const profile_cost cost = profile_cost_of(cpu->p, op, NULL);
        profile_add_call(cpu->profile, profile_entry(cpu->profile, cpu->p, op, NULL, NULL), &cost, images);
    }
}

/* Waits at a barrier; the first thread's wait is profiled. The last thread to arrive runs the serial tasks first .. last. */
static void wait_for_team(const cpu_executor *cpu, const cpu_task *first, const cpu_task *last, const cpu_batch *batch,
                          int thread) {
    double began = cpu->profile && thread == 0 ? clock_seconds() : 0;
    if (team_arrive(cpu->workers)) {
        for (const cpu_task *task = first; task < last; task++) task->run(task, batch, 0, 0, task->parts);
        team_open(cpu->workers);
    }
    if (!cpu->profile || thread != 0) return;
    int entry = profile_entry_named(cpu->profile, "waiting for other threads");
    profile_add(cpu->profile, entry, began, clock_seconds());
    profile_add_call(cpu->profile, entry, &(profile_cost){0}, 0);
}

typedef struct step_walk {
    const cpu_executor *cpu;
    int thread;
} step_walk;

static void walk_barrier(void *context, const cpu_task *first, const cpu_task *last, const cpu_batch *batch) {
    const step_walk *walk = context;
    wait_for_team(walk->cpu, first, last, batch, walk->thread);
}

static void walk_parts(void *context, const cpu_task *task, const cpu_batch *batch, int block, int begin, int end) {
    const step_walk *walk = context;
    run_parts(walk->cpu, task, batch, block, begin, end, walk->thread);
}

/* Runs the calling thread's share of one training step. */
static void run_step(const cpu_executor *cpu, const cpu_batch *batch, int thread) {
    step_walk walk = {cpu, thread};
    const cpu_walker walker = {walk_barrier, walk_parts, &walk};
    cpu_walk(cpu->training, batch, &cpu->division, thread, &walker);
}

static void add_scores(run_metrics *metrics, const double *loss, const uint32_t *correct, int blocks, size_t images) {
    for (int i = 0; i < blocks; i++) {
        metrics->loss += loss[i];
        metrics->correct += correct[i];
    }
    metrics->images += images;
}

typedef struct training_job {
    cpu_executor *cpu;
    const training_range *range;
    size_t begin, end; /* the batches of this run */
} training_job;

/* Batch `index` of the range. The scores of two neighbouring steps are separate, so that thread 0 can add up one step while the
 * others compute the next. */
static cpu_batch batch_of(const training_job *job, size_t index) {
    const cpu_executor *cpu = job->cpu;
    size_t done = index * cpu->p->options.batch, left = job->range->count - done;
    size_t first = job->range->first + done, parity = (index & 1) * (size_t)cpu->training->slots;
    size_t count = left < cpu->p->options.batch ? left : cpu->p->options.batch;
    uint32_t step = job->range->step + (uint32_t)index;
    return (cpu_batch){.images = cpu->images,
                       .labels = cpu->labels,
                       .rows = cpu->order ? cpu->order + first : NULL,
                       .first_row = first,
                       .count = count,
                       .blocks = (int)plan_blocks(cpu->p, count),
                       .step = step,
                       .round = job->range->epoch,
                       .update = plan_update_at(&cpu->p->options, step, training_rate(job->range, index)),
                       .loss = cpu->loss + parity,
                       .correct = cpu->correct + parity};
}

static void train_work(void *context, int thread) {
    const training_job *job = context;
    for (size_t i = job->begin; i < job->end; i++) {
        cpu_batch batch = batch_of(job, i);
        run_step(job->cpu, &batch, thread);
        if (i + 1 == job->end) wait_for_team(job->cpu, NULL, NULL, NULL, thread);
        if (thread != 0) continue;
        count_calls(job->cpu, job->cpu->training, batch.count);
        /* The scores of the step before are complete, because this step began with a barrier. */
        if (i > job->begin) {
            cpu_batch before = batch_of(job, i - 1);
            add_scores(&job->cpu->metrics, before.loss, before.correct, before.blocks, before.count);
        }
        if (i + 1 == job->end) add_scores(&job->cpu->metrics, batch.loss, batch.correct, batch.blocks, batch.count);
    }
}

/* Trains on the job's batches, with as many threads as help at the moment. */
static void train_run(training_job *job) {
    cpu_executor *cpu = job->cpu;
    cpu->division = cpu_divide(cpu->training->slots, cpu->crew.working);
    double began = clock_seconds();
    double slept = team_run(cpu->workers, cpu->division.working, train_work, job);
    crew_learn(&cpu->crew, clock_seconds() - began, slept);
}

static clenet_status check_range(const cpu_executor *cpu, size_t first, size_t count, clenet_error *error) {
    if (first > cpu->positions || count > cpu->positions - first)
        return error_set(error, CLENET_ERROR_ARGUMENT, "positions %zu to %zu are out of range: there are %zu", first,
                         first + count, cpu->positions);
    return CLENET_OK;
}

static clenet_status cpu_train(executor *e, const training_range *range, clenet_error *error) {
    cpu_executor *cpu = (cpu_executor *)e;
    cpu->single_ready = false;
    if (!cpu->training || !cpu->labels)
        return error_set(error, CLENET_ERROR_ARGUMENT, "training needs a plan for training, and labels");
    clenet_status status = check_range(cpu, range->first, range->count, error);
    if (status != CLENET_OK || range->count == 0) return status;
    size_t batch = cpu->p->options.batch, batches = (range->count + batch - 1) / batch;
    size_t most = (RUN_IMAGES + batch - 1) / batch;
    for (size_t at = 0; at < batches; at += most) {
        training_job job = {cpu, range, at, batches - at < most ? batches : at + most};
        train_run(&job);
    }
    return CLENET_OK;
}

typedef struct inference_job {
    cpu_executor *cpu;
    size_t first, count;
    float *logits, *probabilities; /* [count][classes], or NULL */
    atomic_size_t next;            /* the first block that no thread has started yet, apart from block 0 */
} inference_job;

/* to [images][classes] = from [classes][L] of the slot. */
static void copy_out(const cpu_executor *cpu, float *to, int buffer, int slot, size_t images) {
    const plan_buffer *b = &cpu->p->buffers[buffer];
    size_t lanes = (size_t)cpu->lanes, classes = b->count;
    const float *from = (const float *)(void *)(cpu->arena + b->offset) + (size_t)slot * classes * lanes;
    for (size_t i = 0; i < images; i++)
        for (size_t c = 0; c < classes; c++) to[i * classes + c] = from[c * lanes + i];
}

static size_t next_block(inference_job *job) {
    return atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed);
}

/* Takes one block after the other through the whole network, in the thread's slot of the buffers. The first thread, which is awake
 * already, begins with block 0: so a profile has its times also if there is one block. */
static void infer_work(void *context, int thread) {
    inference_job *job = context;
    const cpu_executor *cpu = job->cpu;
    const cpu_program *program = cpu->inference;
    size_t lanes = (size_t)cpu->lanes, classes = (size_t)network_classes(cpu->p->network);
    for (size_t at = thread == 0 ? 0 : next_block(job) * lanes; at < job->count; at = next_block(job) * lanes) {
        size_t left = job->count - at, first = job->first + at;
        cpu_batch batch = {.images = cpu->images,
                           .labels = cpu->labels,
                           .rows = cpu->order ? cpu->order + first : NULL,
                           .first_row = first,
                           .count = left < lanes ? left : lanes,
                           .blocks = 1,
                           .first_block = thread,
                           .round = cpu->copy,
                           .loss = cpu->loss + at / lanes,
                           .correct = cpu->correct + at / lanes};
        for (int i = 0; i < program->count; i++)
            run_parts(cpu, &program->tasks[i], &batch, thread, 0, program->tasks[i].parts, thread);
        if (job->logits) copy_out(cpu, job->logits + at * classes, cpu->p->inference_logits, thread, batch.count);
        if (job->probabilities)
            copy_out(cpu, job->probabilities + at * classes, cpu->p->inference_probabilities, thread, batch.count);
    }
}

/* Computes images with the whole team, and counts a call of each operation per block. */
static void infer_many(inference_job *job) {
    const cpu_executor *cpu = job->cpu;
    size_t lanes = (size_t)cpu->lanes;
    job->next = 1;
    (void)team_run(cpu->workers, cpu->threads, infer_work, job);
    for (size_t at = 0; at < job->count; at += lanes)
        count_calls(cpu, cpu->inference, job->count - at < lanes ? job->count - at : lanes);
}

/* Lets the tasks of one image transform the weights, if these have changed. */
static void prepare_single(cpu_executor *cpu) {
    const cpu_program *single = cpu->single;
    for (int t = 0; t < single->count && !cpu->single_ready; t++)
        if (single->tasks[t].prepare) single->tasks[t].prepare(&single->tasks[t], NULL, 0, 0, 1);
    cpu->single_ready = true;
}

/* Computes a few images one by one, on this thread: waking others would take longer. */
static void infer_few(const inference_job *job) {
    const cpu_executor *cpu = job->cpu;
    prepare_single(job->cpu);
    size_t classes = (size_t)network_classes(cpu->p->network);
    for (size_t i = 0; i < job->count; i++) {
        cpu_batch batch = {.images = cpu->images,
                           .labels = cpu->labels,
                           .rows = cpu->order ? cpu->order + job->first + i : NULL,
                           .first_row = job->first + i,
                           .count = 1,
                           .blocks = 1,
                           .loss = cpu->loss + i,
                           .correct = cpu->correct + i};
        for (int t = 0; t < cpu->single->count; t++) run_parts(cpu, &cpu->single->tasks[t], &batch, 0, 0, 1, 0);
        count_calls(cpu, cpu->single, 1);
        if (job->logits) copy_out(cpu, job->logits + i * classes, cpu->p->inference_logits, 0, 1);
        if (job->probabilities) copy_out(cpu, job->probabilities + i * classes, cpu->p->inference_probabilities, 0, 1);
    }
}

static clenet_status cpu_infer(executor *e, size_t first, size_t count, float *logits, float *probabilities,
                               clenet_error *error) {
    cpu_executor *cpu = (cpu_executor *)e;
    clenet_status status = check_range(cpu, first, count, error);
    if (status != CLENET_OK) return status;
    size_t chunk = INFERENCE_CHUNK * (size_t)cpu->lanes, classes = (size_t)network_classes(cpu->p->network);
    for (size_t done = 0; done < count; done += chunk) {
        inference_job job = {.cpu = cpu, .first = first + done, .count = count - done < chunk ? count - done : chunk};
        if (logits) job.logits = logits + done * classes;
        if (probabilities) job.probabilities = probabilities + done * classes;
        bool few = job.count <= (size_t)cpu->lanes / FEW && cpu->copy == 0; /* single.c does not move images */
        if (few)
            infer_few(&job);
        else
            infer_many(&job);
        int parts = few ? (int)job.count : (int)plan_blocks(cpu->p, job.count);
        if (cpu->labels) add_scores(&cpu->metrics, cpu->loss, cpu->correct, parts, job.count);
    }
    return CLENET_OK;
}

static void cpu_set_copy(executor *e, uint32_t copy) {
    ((cpu_executor *)e)->copy = copy;
}

/* ---- the rest of the seam ----------------------------------------------------------------------------------- */

static clenet_status cpu_bind(executor *e, const uint8_t *images, const uint8_t *labels, size_t rows,
                              clenet_error *error) {
    (void)error;
    cpu_executor *cpu = (cpu_executor *)e;
    cpu->images = images;
    cpu->labels = labels;
    cpu->rows = cpu->positions = rows;
    cpu->order = NULL;
    return CLENET_OK;
}

static clenet_status cpu_set_order(executor *e, const uint32_t *rows, size_t count, clenet_error *error) {
    (void)error;
    cpu_executor *cpu = (cpu_executor *)e;
    cpu->order = rows;
    cpu->positions = rows ? count : cpu->rows;
    return CLENET_OK;
}

static float *region_of(const cpu_executor *cpu, plan_region region) {
    return (float *)(void *)(cpu->arena + cpu->p->regions[region]);
}

static clenet_status cpu_write(executor *e, plan_region region, const float *values, clenet_error *error) {
    (void)error;
    cpu_executor *cpu = (cpu_executor *)e;
    cpu->single_ready = false;
    memcpy(region_of(cpu, region), values, cpu->p->network->packed_size * sizeof *values);
    return CLENET_OK;
}

static clenet_status cpu_read(executor *e, plan_region region, float *values, clenet_error *error) {
    (void)error;
    const cpu_executor *cpu = (const cpu_executor *)e;
    memcpy(values, region_of(cpu, region), cpu->p->network->packed_size * sizeof *values);
    return CLENET_OK;
}

static clenet_status cpu_metrics(executor *e, run_metrics *metrics, clenet_error *error) {
    (void)error;
    *metrics = ((const cpu_executor *)e)->metrics;
    return CLENET_OK;
}

static clenet_status cpu_metrics_reset(executor *e, clenet_error *error) {
    (void)error;
    ((cpu_executor *)e)->metrics = (run_metrics){0};
    return CLENET_OK;
}

enum { SCORE_LOSS, SCORE_CORRECT, SCORE_IMAGES, SCORES }; /* counts stay below 2^53 */

static size_t cpu_scores(const executor *e) {
    (void)e;
    return SCORES;
}

static clenet_status cpu_scores_read(executor *e, double *scores, clenet_error *error) {
    (void)error;
    const run_metrics *metrics = &((const cpu_executor *)e)->metrics;
    scores[SCORE_LOSS] = metrics->loss;
    scores[SCORE_CORRECT] = (double)metrics->correct;
    scores[SCORE_IMAGES] = (double)metrics->images;
    return CLENET_OK;
}

static clenet_status cpu_scores_write(executor *e, const double *scores, clenet_error *error) {
    (void)error;
    ((cpu_executor *)e)->metrics = (run_metrics){
        .loss = scores[SCORE_LOSS], .correct = (size_t)scores[SCORE_CORRECT], .images = (size_t)scores[SCORE_IMAGES]};
    return CLENET_OK;
}

static const executor_functions cpu_functions = {.free = cpu_free,
                                                 .bind = cpu_bind,
                                                 .set_order = cpu_set_order,
                                                 .write = cpu_write,
                                                 .read = cpu_read,
                                                 .train = cpu_train,
                                                 .set_copy = cpu_set_copy,
                                                 .infer = cpu_infer,
                                                 .metrics = cpu_metrics,
                                                 .metrics_reset = cpu_metrics_reset,
                                                 .scores = cpu_scores,
                                                 .scores_read = cpu_scores_read,
                                                 .scores_write = cpu_scores_write};

static clenet_status get_memory(cpu_executor *cpu, clenet_error *error) {
    size_t slots = plan_blocks(cpu->p, cpu->p->options.batch);
    size_t scores = 2 * slots > INFERENCE_CHUNK ? 2 * slots : INFERENCE_CHUNK;
    cpu->arena = memory_new_aligned(cpu->p->arena_bytes + ARENA_SLACK);
    cpu->loss = memory_new(scores, sizeof *cpu->loss);
    cpu->correct = memory_new(scores, sizeof *cpu->correct);
    cpu->workers = team_new(cpu->threads);
    if (cpu->arena && cpu->loss && cpu->correct && cpu->workers) return CLENET_OK;
    return error_memory(error, cpu->p->arena_bytes, "the network's activations and threads; use a smaller batch");
}

/* The threads that train. With the user's number, all of them. */
static int training_threads(const cpu_device *device, const plan *p) {
    double images = (double)plan_blocks(p, p->options.batch) * device->isa->lanes, flop = 0;
    for (int i = 0; i < p->training_count; i++) {
        const profile_cost cost = profile_cost_of(p, &p->training[i], NULL);
        flop += cost.flops * images + cost.step_flops;
    }
    return device->wished ? device->threads : cpu_worthwhile_threads(flop, device->threads);
}

static clenet_status cpu_prepare(executor **out, const clenet_device *device, const plan *p, clenet_error *error) {
    const cpu_device *state = device->state;
    cpu_executor *cpu = memory_new(1, sizeof *cpu);
    if (!cpu) return error_memory(error, sizeof *cpu, "an executor");
    cpu->base.functions = &cpu_functions;
    cpu->p = p;
    cpu->profile = device->profile;
    cpu->threads = state->threads;
    int training = p->options.training ? training_threads(state, p) : cpu->threads;
    if (training < cpu->threads) {
        cpu->base.training_threads = training;
        cpu->base.cores = cpu->threads;
    }
    cpu->crew = crew_new(training);
    cpu->lanes = state->isa->lanes;
    int slots = (int)plan_blocks(p, p->options.batch);
    clenet_status status = get_memory(cpu, error);
    if (status == CLENET_OK)
        status = cpu_program_new(&cpu->inference, p, state->isa->lower, p->inference, p->inference_count, cpu->threads,
                                 cpu->arena, error);
    if (status == CLENET_OK)
        status = cpu_program_new(&cpu->single, p, state->isa->lower_single, p->inference, p->inference_count, 1,
                                 cpu->arena, error);
    if (status == CLENET_OK && p->options.training)
        status = cpu_program_new(&cpu->training, p, state->isa->lower, p->training, p->training_count, slots,
                                 cpu->arena, error);
    if (status != CLENET_OK) {
        cpu_free(&cpu->base);
        return status;
    }
    *out = &cpu->base;
    return CLENET_OK;
}

const backend cpu_backend = {.name = "cpu",
                             .matches = cpu_matches,
                             .open = cpu_open,
                             .close = cpu_close,
                             .list = cpu_list,
                             .measure = cpu_measure,
                             .prepare = cpu_prepare};
