/* program.c - turns operations into tasks, and places barriers between them. */
#include "lib/backend/cpu/program.h"

#include <string.h>

#include "lib/base/memory.h"

enum { FIRST_CAPACITY = 32 };

/* Returns the list with room for one more item; NULL if out of memory, and the program has then failed. */
static void *grow(cpu_program *program, void *list, int count, int *capacity, size_t size) {
    if (program->failed || count < *capacity) return program->failed ? NULL : list;
    int larger = *capacity > 0 ? 2 * *capacity : FIRST_CAPACITY;
    void *grown = memory_resize(list, (size_t)larger, size);
    if (grown) *capacity = larger;
    program->failed = !grown;
    return grown;
}

static void *buffer_of(const cpu_program *program, int id) {
    return id == NO_BUFFER ? NULL : program->arena + program->p->buffers[program->memory_of[id]].offset;
}

static float *parameter_of(const cpu_program *program, size_t region, int id) {
    const parameter *of = &program->p->network->parameters[id];
    return (float *)(void *)(program->arena + region) + of->offset;
}

static void resolve(const cpu_program *program, const plan_op *op, cpu_task *task) {
    const plan *p = program->p;
    task->x = buffer_of(program, op->x);
    task->y = buffer_of(program, op->y);
    task->dx = buffer_of(program, op->dx);
    task->dy = buffer_of(program, op->dy);
    task->index = buffer_of(program, op->index);
    task->mask = buffer_of(program, op->mask);
    task->mean = buffer_of(program, op->mean);
    task->inverse_deviation = buffer_of(program, op->inverse_deviation);
    if (p->network->parameter_count == 0) return;
    task->kernel = parameter_of(program, p->regions[program->weights], op->kernel);
    task->bias = parameter_of(program, p->regions[program->weights], op->bias);
    task->gamma = parameter_of(program, p->regions[program->weights], op->gamma);
    task->beta = parameter_of(program, p->regions[program->weights], op->beta);
    task->moving_mean = parameter_of(program, p->regions[program->weights], op->moving_mean);
    task->moving_variance = parameter_of(program, p->regions[program->weights], op->moving_variance);
    task->d_kernel = parameter_of(program, p->regions[REGION_GRADIENTS], op->kernel);
    task->d_bias = parameter_of(program, p->regions[REGION_GRADIENTS], op->bias);
    task->d_gamma = parameter_of(program, p->regions[REGION_GRADIENTS], op->gamma);
    task->d_beta = parameter_of(program, p->regions[REGION_GRADIENTS], op->beta);
}

cpu_task *cpu_program_add(cpu_program *program, const plan_op *op, cpu_kernel *run, bool whole_batch, int parts) {
    cpu_task *tasks = grow(program, program->tasks, program->count, &program->capacity, sizeof *tasks);
    if (!tasks) return NULL;
    program->tasks = tasks;
    cpu_task *task = &tasks[program->count++];
    *task = (cpu_task){.run = run, .op = op, .p = program->p, .parts = parts, .whole_batch = whole_batch};
    resolve(program, op, task);
    return task;
}

/* A task whose list is full counts as one that uses everything: more barriers, and the same numbers. */
static void add_use(cpu_task *task, const void *list[TASK_USES], int *count, const void *memory) {
    if (*count < TASK_USES)
        list[(*count)++] = memory;
    else
        task->uses_all = true;
}

void cpu_task_reads(cpu_task *task, const void *memory) {
    if (task && memory) add_use(task, task->reads, &task->read_count, memory);
}

void cpu_task_writes(cpu_task *task, const void *memory) {
    if (task && memory) add_use(task, task->writes, &task->write_count, memory);
}

void cpu_program_share(cpu_program *program, int buffer, int with) {
    program->memory_of[buffer] = program->memory_of[with];
}

float *cpu_program_workspace(cpu_program *program, size_t numbers) {
    void **workspaces =
        grow(program, program->workspaces, program->workspace_count, &program->workspace_capacity, sizeof *workspaces);
    if (!workspaces) return NULL;
    program->workspaces = workspaces;
    float *memory = memory_new_aligned(numbers * sizeof(float));
    if (memory)
        workspaces[program->workspace_count++] = memory;
    else
        program->failed = true;
    return memory;
}

static bool uses(const void *const list[], int count, const void *memory) {
    for (int i = 0; i < count; i++)
        if (list[i] == memory) return true;
    return false;
}

/* True if b must not run before a has finished: one of them writes memory that the other uses. */
static bool conflicts(const cpu_task *a, const cpu_task *b) {
    if (a->uses_all || b->uses_all) return true;
    for (int i = 0; i < a->write_count; i++)
        if (uses(b->reads, b->read_count, a->writes[i]) || uses(b->writes, b->write_count, a->writes[i])) return true;
    for (int i = 0; i < b->write_count; i++)
        if (uses(a->reads, a->read_count, b->writes[i])) return true;
    return false;
}

/* Joined tasks stay together: if one of them needs a barrier, it is placed before the first. */
static int first_joined(const cpu_program *program, int i) {
    while (program->tasks[i].joined) i--;
    return i;
}

/* Moves task i to position `to`, and those between one back. */
static void move_back(cpu_task *tasks, int i, int to) {
    cpu_task moved = tasks[i];
    memmove(tasks + i, tasks + i + 1, (size_t)(to - i) * sizeof *tasks);
    tasks[to] = moved;
}

/* Moves each task over the batch behind the tasks by block that do not use its memory. The gradients of the weights, which only
 * the optimizer needs, then share one barrier, and a block stays with its thread for longer. */
static void delay_batch_tasks(cpu_program *program) {
    cpu_task *tasks = program->tasks;
    for (int i = program->count - 1; i >= 0; i--) {
        if (!tasks[i].whole_batch || tasks[i].serial) continue;
        int next = i + 1;
        while (next < program->count && !(tasks[next].whole_batch && !tasks[next].serial) &&
               !conflicts(&tasks[i], &tasks[next]))
            next++;
        if (next < program->count) next = first_joined(program, next);
        if (next > i + 1) move_back(tasks, i, next - 1);
    }
}

/* A task needs a barrier if it conflicts with a task since the last barrier that another thread may have run. Stretched, a block
 * stays with its thread: two tasks by block never need a barrier between them. Split, the parts of every task are divided among
 * all threads. The first task begins with a barrier: the step before must have finished. A serial task always has one, which
 * opens after it: so the tasks after it need none. */
static void place_barriers(cpu_program *program) {
    int since_stretched = 0, since_split = 0;
    for (int i = 0; i < program->count; i++) {
        cpu_task *task = &program->tasks[i];
        bool stretched = i == 0 || task->serial;
        task->barrier_split = i == 0 || task->serial;
        for (int j = since_stretched; j < i; j++) {
            const cpu_task *before = &program->tasks[j];
            if (!before->serial && (task->whole_batch || before->whole_batch) && conflicts(before, task))
                stretched = true;
        }
        for (int j = since_split; j < i; j++)
            if (!program->tasks[j].serial && conflicts(&program->tasks[j], task)) task->barrier_split = true;
        if (stretched) program->tasks[since_stretched = first_joined(program, i)].barrier_stretched = true;
        if (task->barrier_split) since_split = i;
    }
}

clenet_status cpu_program_new(cpu_program **out, const plan *p, cpu_lower *const lower[OP_KINDS], const plan_op *ops,
                              int count, int slots, uint8_t *arena, clenet_error *error) {
    cpu_program *program = memory_new(1, sizeof *program);
    if (!program) return error_memory(error, sizeof *program, "a program");
    program->p = p;
    program->arena = arena;
    program->slots = slots;
    program->weights = ops == p->training ? REGION_PARAMETERS : plan_inferred(&p->options);
    program->memory_of = memory_new((size_t)p->buffer_count, sizeof *program->memory_of);
    program->failed = !program->memory_of;
    for (int i = 0; i < p->buffer_count && !program->failed; i++) program->memory_of[i] = i;
    for (int i = 0; i < count && !program->failed; i++) lower[ops[i].kind](program, &ops[i]);
    if (program->failed) {
        cpu_program_free(program);
        return error_memory(error, (size_t)count * sizeof(cpu_task), "the CPU's workspaces; use a smaller batch");
    }
    if (slots <= CPU_FEW_BLOCKS) delay_batch_tasks(program);
    place_barriers(program);
    *out = program;
    return CLENET_OK;
}

bool cpu_first_of_operation(const cpu_program *program, int i) {
    for (int j = 0; j < i; j++)
        if (program->tasks[j].op == program->tasks[i].op) return false;
    return true;
}

void cpu_program_free(cpu_program *program) {
    if (!program) return;
    for (int i = 0; program->workspaces && i < program->workspace_count; i++) memory_free(program->workspaces[i]);
    memory_free(program->workspaces);
    memory_free(program->tasks);
    memory_free(program->memory_of);
    memory_free(program);
}
