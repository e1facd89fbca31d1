/* lower.c - turns each operation of a plan into launches.
 *
 * Which kernels, compiled with which constants, on which buffers. This file has the shared functions and the table of the layers'
 * functions. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/opencl/lower/lower.h"
#include "lib/base/memory.h"

int divisor(int n, int most) {
    while (n % most != 0) most--;
    return most;
}

int power_divisor(int n, int most) {
    int power = 1;
    while (power * 2 <= most && n % (power * 2) == 0) power *= 2;
    return power;
}

const opencl_tiles *tiles_of(const lowering *to) {
    return to->tiles;
}

/* ---- programs ----------------------------------------------------------------------------------------------- */

void define(lowering *to, const char *format, ...) {
    size_t used = strlen(to->options);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to->options + used, sizeof to->options - used, format, arguments);
    va_end(arguments);
    if (to->status == CLENET_OK && (length < 0 || (size_t)length >= sizeof to->options - used))
        to->status = error_set(to->error, CLENET_ERROR_DEVICE,
                               "kernel file '%s.cl' needs more than %d bytes of options", to->name, LOWER_OPTIONS - 1);
}

void define_float(lowering *to, const char *name, float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    define(to, " -D%s=as_float(0x%08xu)", name, bits);
}

void begin(lowering *to, const char *name) {
    const opencl_device *device = to->e->device;
    bool plain = opencl_is_plain(to->e->plain, name);
    to->name = name;
    to->tiles = plain ? &device->plain_tiles : &device->tiles;
    snprintf(to->options, sizeof to->options, "-w %s-DL=%d -DVW=%d", plain ? "" : "-cl-mad-enable ", to->tiles->lanes,
             to->tiles->width);
}

void build(lowering *to) {
    if (to->status == CLENET_OK)
        to->status = device_program_get(&to->program, to->e->device, to->name, to->options, to->error);
}

static void fail_kernel(lowering *to, cl_int code, const char *call, const char *kernel) {
    char what[128];
    snprintf(what, sizeof what, "%s of %s", call, kernel);
    to->status = opencl_error(to->error, code, what, to->e->device->found.name);
}

/* ---- launches ----------------------------------------------------------------------------------------------- */

/* Room for one more launch; NULL after a failure. */
static launch *next_launch(lowering *to) {
    launch_list *list = to->list;
    if (to->status == CLENET_OK && list->count == list->capacity) {
        int capacity = list->capacity + 16;
        launch *grown = memory_resize(list->launches, (size_t)capacity, sizeof *grown);
        if (!grown) to->status = error_memory(to->error, (size_t)capacity * sizeof *grown, "launches");
        if (grown) list->launches = grown, list->capacity = capacity;
    }
    return to->status == CLENET_OK ? &list->launches[list->count] : NULL;
}

/* The launch becomes one of the list, with its cost for the profile. */
static launch *put_launch(lowering *to, launch *at, launch made) {
    *at = made;
    to->list->count++;
    if (!to->e->profile) return at;
    at->cost = profile_cost_of(to->e->p, to->op, made.name);
    return at;
}

launch *add_launch(lowering *to, const char *kernel) {
    launch *l = next_launch(to);
    if (!l) return NULL;
    cl_int code;
    cl_kernel made = to->e->device->api.clCreateKernel(to->program, kernel, &code);
    if (code != CL_SUCCESS) {
        fail_kernel(to, code, "clCreateKernel", kernel);
        return NULL;
    }
    return put_launch(to, l, (launch){.name = kernel, .kernel = made, .global = {1, 1, 1}, .local = {1, 1, 1}});
}

void add_cost(lowering *to, launch *l, const plan_op *op, const char *part) {
    if (!l || !to->e->profile) return;
    profile_cost more = profile_cost_of(to->e->p, op, part);
    l->cost.flops += more.flops;
    l->cost.bytes += more.bytes;
    l->cost.step_flops += more.step_flops;
    l->cost.step_bytes += more.step_bytes;
}

void add_product(lowering *to, const char *name, const clblast_product *product) {
    launch *l = next_launch(to);
    if (l) (void)put_launch(to, l, (launch){.name = name, .is_product = true, .product = *product});
}

/* The next argument of the kernel, set once. */
static void set_next(lowering *to, launch *l, const void *value, size_t size) {
    if (!l || to->status != CLENET_OK) return;
    cl_int code = to->e->device->api.clSetKernelArg(l->kernel, l->argument_count++, size, value);
    if (code != CL_SUCCESS) fail_kernel(to, code, "clSetKernelArg", l->name);
}

void take(lowering *to, launch *l, launch_source source, cl_mem buffer) {
    cl_mem given = buffer ? buffer : to->e->nothing;
    if (source == SOURCE_BUFFER)
        set_next(to, l, &given, sizeof given);
    else if (l)
        l->places[source] = ++l->argument_count;
}

void take_buffer(lowering *to, launch *l, int buffer) {
    take(to, l, SOURCE_BUFFER, buffer == NO_BUFFER ? NULL : to->e->buffers[buffer]);
}

void take_int(lowering *to, launch *l, cl_int number) {
    set_next(to, l, &number, sizeof number);
}

void take_float(lowering *to, launch *l, cl_float number) {
    set_next(to, l, &number, sizeof number);
}

size_t round_up(size_t n, size_t step) {
    return (n + step - 1) / step * step;
}

size_t most_items(const lowering *to, const launch *l) {
    size_t most = 0;
    cl_int code = to->e->device->api.clGetKernelWorkGroupInfo(l->kernel, to->e->device->found.device,
                                                              CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
    return code == CL_SUCCESS && most > 0 ? most : 1;
}

/* Work-items per group, for `items` units of `across` work-items each. */
static size_t group_items(const opencl_tiles *t, size_t items, size_t across) {
    return t->group_items ? (size_t)t->group_items / across : (items + (size_t)t->groups - 1) / (size_t)t->groups;
}

enum {
    GROUPS_A_UNIT = 2 /* of a launch, if it has work for them: a compute unit with one group waits for its loads */
};

/* True if groups of `wanted` items of each block are too few for the compute units of a GPU. */
static bool too_few_groups(const lowering *to, size_t items, size_t wanted) {
    size_t groups = (items + wanted - 1) / wanted * to->blocks;
    return tiles_of(to)->group_items && groups < GROUPS_A_UNIT * (size_t)to->e->device->found.compute_units;
}

void by_blocks(lowering *to, launch *l, int items) {
    if (!l) return;
    size_t across = (size_t)(tiles_of(to)->lanes / tiles_of(to)->width), most = most_items(to, l);
    size_t wanted = group_items(tiles_of(to), (size_t)items, across);
    while (wanted > 1 &&
           (wanted * across > most || wanted > (size_t)items || too_few_groups(to, (size_t)items, wanted)))
        wanted /= 2;
    if (wanted == 0) wanted = 1;
    l->by_blocks = true;
    l->local[0] = across <= most ? across : 1;
    l->local[1] = wanted;
    l->global[0] = across;
    l->global[1] = round_up((size_t)items, wanted);
}

int group_of(const lowering *to) {
    return tiles_of(to)->group < to->group ? tiles_of(to)->group : to->group;
}

void by_groups(lowering *to, launch *l, int groups, int parts) {
    if (!l) return;
    l->global[0] = l->local[0] = (size_t)group_of(to);
    l->global[1] = (size_t)groups;
    l->global[2] = (size_t)parts;
    if (l->local[0] > most_items(to, l)) to->too_large = true;
}

void by_items(const lowering *to, launch *l, size_t items, size_t finer) {
    if (!l) return;
    size_t wanted = group_items(tiles_of(to), items, 1);
    if (!tiles_of(to)->group_items) wanted = (wanted + finer - 1) / finer;
    while (wanted > most_items(to, l)) wanted /= 2;
    l->local[0] = wanted;
    l->global[0] = round_up(items, wanted);
}

bool in_parts(const lowering *to) {
    return tiles_of(to)->parts > 1 && group_of(to) > 1;
}

enum { PARTS_MOST = 32 /* more would keep the optimizer longer than they save */ };

int parts_of(const lowering *to, int groups, int most) {
    int wanted = tiles_of(to)->parts, units = (int)to->e->device->found.compute_units;
    if (wanted == 1) return 1;
    if (wanted < 2 * units) wanted = 2 * units;
    int parts = (wanted + groups - 1) / groups, limit = most < PARTS_MOST ? most : PARTS_MOST;
    if (parts > limit) parts = limit;
    int each = most / parts; /* of the numbers: no part has more than one more */
    return (most + each - 1) / each < limit ? (most + each - 1) / each : parts;
}

/* The parameter's end in the packed values. */
static size_t end_of(const lowering *to, int id) {
    return offset_of(to, id) + parameter_room(&to->e->p->network->parameters[id]);
}

void take_sums(lowering *to, launch *l, int first, int last, int parts) {
    size_t from = offset_of(to, first), end = end_of(to, last), packed = to->e->p->network->packed_size;
    if (!l || parts == 1) {
        take(to, l, SOURCE_BUFFER, to->e->regions[REGION_GRADIENTS]);
        take_int(to, l, (cl_int)from);
        take_int(to, l, 0);
        return;
    }
    if (!to->places) to->places = memory_new(packed / PARAMETER_ALIGNMENT * 3, sizeof *to->places);
    if (!to->places) {
        to->status = error_memory(to->error, packed * sizeof *to->places, "launches");
        return;
    }
    for (size_t i = from; i < end; i += PARAMETER_ALIGNMENT) {
        cl_int *place = to->places + i / PARAMETER_ALIGNMENT * 3;
        place[0] = parts;
        place[1] = (cl_int)(to->sums + i - from);
        place[2] = (cl_int)(end - from);
    }
    take(to, l, SOURCE_SUMS, NULL);
    take_int(to, l, (cl_int)to->sums);
    take_int(to, l, (cl_int)(end - from));
    to->sums += (size_t)parts * (end - from);
}

size_t offset_of(const lowering *to, int id) {
    return to->e->p->network->parameters[id].offset;
}

cl_mem scratch(lowering *to, size_t bytes) {
    opencl_executor *e = to->e;
    if (to->status != CLENET_OK) return NULL;
    cl_mem *grown = memory_resize(e->scratch, (size_t)e->scratch_count + 1, sizeof *grown);
    if (!grown) {
        to->status = error_memory(to->error, sizeof *grown, "launches");
        return NULL;
    }
    e->scratch = grown;
    cl_mem *buffer = &e->scratch[e->scratch_count++];
    *buffer = NULL;
    to->status = opencl_buffer(e, buffer, bytes, to->error);
    return *buffer;
}

/* ---- the plan ---------------------------------------------------------------------------------------------------- */

static void (*const lower_op[])(lowering *to) = {
#define OP(KIND, word, gradient, learns, cpu, single, opencl) lower_##opencl,
#include "lib/net/ops.def"
};
_Static_assert(sizeof lower_op / sizeof *lower_op == OP_KINDS, "a function for each kind of operation");

/* The entry of a launch of the current operation in the profile. A product of CLBlast has no shape. */
static int entry_of(const lowering *to, const launch *l) {
    profile_shape shape = {0};
    if (l->is_product) return profile_entry(to->e->profile, to->e->p, to->op, l->name, NULL);
    cl_ulong bytes = 0; /* remains 0 if the driver does not know it */
    (void)to->e->device->api.clGetKernelWorkGroupInfo(l->kernel, to->e->device->found.device, CL_KERNEL_LOCAL_MEM_SIZE,
                                                      sizeof bytes, &bytes, NULL);
    shape.local_bytes = (size_t)bytes;
    shape.work_items = l->global[0] * l->global[1] * (l->by_blocks ? to->blocks : l->global[2]);
    shape.groups = shape.work_items / (l->local[0] * l->local[1] * l->local[2]);
    return profile_entry(to->e->profile, to->e->p, to->op, l->name, &shape);
}

/* Forgets the parts that an attempt has placed behind the first to->sums numbers. */
static void forget_sums(const lowering *to) {
    size_t granules = to->e->p->network->packed_size / PARAMETER_ALIGNMENT;
    for (size_t i = 0; to->places && i < granules; i++)
        if ((size_t)to->places[i * 3 + 1] >= to->sums) to->places[i * 3] = 0;
}

/* Lowers the current operation. If a kernel allows fewer work-items in a group than it was built for, again, with half of them. */
static void lower_alone(lowering *to) {
    launch_list *list = to->list;
    int before = list->count;
    to->group = to->e->device->tiles.group;
    to->too_large = false;
    const lowering start = *to;
    for (;;) {
        int group = to->group;
        lower_op[to->op->kind](to);
        if (!to->too_large || group == 1 || to->status != CLENET_OK) return;
        while (list->count > before) (void)to->e->device->api.clReleaseKernel(list->launches[--list->count].kernel);
        cl_int *places = to->places;
        *to = start;
        to->places = places;
        forget_sums(to);
        to->group = group / 2;
    }
}

clenet_status opencl_lower(opencl_executor *e, launch_list *list, const plan_op *ops, int count, size_t images,
                           clenet_error *error) {
    lowering to = {.e = e,
                   .list = list,
                   .ops = ops,
                   .count = count,
                   .tiles = &e->device->tiles,
                   .blocks = plan_blocks(e->p, images),
                   .moments_of = NO_BUFFER,
                   .error = error};
    to.weights = e->regions[ops == e->p->training ? REGION_PARAMETERS : plan_inferred(&e->p->options)];
    for (int i = 0; i < count && to.status == CLENET_OK; i++) {
        int before = list->count;
        to.op = &ops[i];
        lower_alone(&to);
        for (int k = before; e->profile && to.status == CLENET_OK && k < list->count; k++)
            list->launches[k].entry = entry_of(&to, &list->launches[k]);
    }
    memory_free(to.places);
    return to.status;
}
