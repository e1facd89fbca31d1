/* vendor_programs.c - writes the OpenCL programs of LeNet's steps on a GPU.
 *
 * vendor_programs FOLDER [BATCH UNITS] writes each program's source to FOLDER/<number>-<name>.cl. BATCH is the images of a step, 32 if
 * it is not given; UNITS the compute units of the GPU, PoCL's own if it is not given. It prints a line per program, with that name and
 * the build options: "program NAME OPTIONS"; and two lines per launch. The first has the work-items of a group: "launch NAME KERNEL
 * ITEMS LAYER KERNEL". The second has the bytes that the launch must move, its global and local size in three dimensions, and each
 * argument: "shape BYTES GX GY GZ LX LY LZ ARGUMENT...". An argument is a number's bits; or, of a buffer, the file in FOLDER with what
 * lowering has written to it; or "-". The tiles are `group`, and clenet multiplies the matrices itself. PoCL
 * prepares the programs; status 77: there is no PoCL. tests/vendors.sh and bench/gpu_model.py read the lines. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/opencl/opencl.h"
#include "lib/base/memory.h"

static void need(clenet_status status, const clenet_error *error) {
    if (status == CLENET_OK) return;
    (void)fprintf(stderr, "vendor_programs: %s\n", error->message);
    exit(1);
}

static void write_program(const opencl_device *device, int i, const char *folder) {
    const device_program *program = &device->programs.list[i];
    char path[4096], *text;
    clenet_error error;
    need(program_source(&text, program->name, &device->settings, &error), &error);
    (void)snprintf(path, sizeof path, "%s/%02d-%s.cl", folder, i, program->name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    memory_free(text);
    (void)printf("program %02d-%s %s\n", i, program->name, program->options);
}

/* The place of the launch's program in the device's list. clenet does not need the function, so it has no place in opencl_api. */
static int program_of(const opencl_device *device, const launch *l) {
    static cl_int (*get_info)(cl_kernel, cl_kernel_info, size_t, void *, size_t *);
    if (get_info == NULL) *(void **)&get_info = dlsym(dlopen("libOpenCL.so.1", RTLD_NOW), "clGetKernelInfo");
    cl_program program = NULL;
    int i = 0;
    if (get_info == NULL ||
        get_info(l->kernel, CL_KERNEL_PROGRAM, sizeof program, (void *)&program, NULL) != CL_SUCCESS)
        exit(1);
    while (device->programs.list[i].program != program) i++;
    return i;
}

/* What lowering has given to kernels, and written to buffers, which OpenCL does not tell. */
enum { ARGUMENTS_MOST = 4096, BUFFERS_MOST = 64 };
static struct {
    cl_kernel kernel;
    cl_uint place;
    cl_uint bits;
    int buffer; /* in `buffers`, or -1: a number */
} arguments[ARGUMENTS_MOST];
static cl_mem buffers[BUFFERS_MOST]; /* buffer i's contents are in the file i.buffer */
static int argument_count, buffer_count;
static const char *output;
static opencl_api opencl;

static cl_int CL_API_CALL record_argument(cl_kernel kernel, cl_uint place, size_t size, const void *value) {
    int buffer = -1;
    for (int i = 0; i < buffer_count && size == sizeof(cl_mem); i++)
        if (memcmp(value, &buffers[i], size) == 0) buffer = i;
    if (size == sizeof(cl_uint) || buffer >= 0) {
        if (argument_count == ARGUMENTS_MOST) exit(1);
        arguments[argument_count].kernel = kernel;
        arguments[argument_count].place = place;
        arguments[argument_count].buffer = buffer;
        if (buffer < 0) memcpy(&arguments[argument_count].bits, value, size);
        argument_count++;
    }
    return opencl.clSetKernelArg(kernel, place, size, value);
}

static cl_int CL_API_CALL record_write(cl_command_queue queue, cl_mem buffer, cl_bool waits, size_t offset, size_t size,
                                       const void *from, cl_uint count, const cl_event *before, cl_event *event) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%d.buffer", output, buffer_count);
    FILE *file = buffer_count < BUFFERS_MOST ? fopen(path, "wb") : NULL;
    if (file == NULL || fwrite(from, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    buffers[buffer_count++] = buffer;
    return opencl.clEnqueueWriteBuffer(queue, buffer, waits, offset, size, from, count, before, event);
}

static void print_argument(const launch *l, cl_uint place, const cl_uint *batch) {
    for (int i = SOURCE_FIRST; i < SOURCES; i++)
        if (l->places[i] == place + 1) {
            (void)printf(" %u", batch[i - SOURCE_FIRST]);
            return;
        }
    for (int i = argument_count - 1; i >= 0; i--)
        if (arguments[i].kernel == l->kernel && arguments[i].place == place) {
            (void)(arguments[i].buffer < 0 ? printf(" %u", arguments[i].bits)
                                           : printf(" %d.buffer", arguments[i].buffer));
            return;
        }
    (void)printf(" -");
}

/* The launch's shape for a whole batch, and its arguments. */
static void print_shape(const launch *l, const batch_numbers *batch) {
    cl_uint each[SOURCES - SOURCE_FIRST];
    memcpy(each, batch, sizeof each);
    (void)printf("shape %.0f %zu %zu %zu %zu %zu %zu", l->cost.bytes * batch->count + l->cost.step_bytes, l->global[0],
                 l->global[1], l->by_blocks ? (size_t)batch->blocks : l->global[2], l->local[0], l->local[1],
                 l->local[2]);
    for (cl_uint place = 0; place < l->argument_count; place++) print_argument(l, place, each);
    (void)printf("\n");
}

static void print_launches(const opencl_executor *e, const launch_list *list, const char *step, size_t images) {
    const batch_numbers batch = {.count = (cl_int)images,
                                 .blocks = (cl_int)plan_blocks(e->p, images),
                                 .labelled = 1,
                                 .step = 1,
                                 .update = plan_update_at(&e->p->options, 1, 1e-3F)};
    for (int i = 0; i < list->count; i++) {
        const launch *l = &list->launches[i];
        int place = program_of(e->device, l);
        (void)printf("launch %02d-%s %s %zu %s%s\n", place, e->device->programs.list[place].name, l->name,
                     l->local[0] * l->local[1] * l->local[2], clenet_profile_get(e->profile, (size_t)l->entry)->name,
                     step);
        print_shape(l, &batch);
    }
}

int main(int argc, char **argv) {
    clenet_error error;
    clenet_device *device = NULL;
    clenet_network *network = NULL;
    clenet_profile *profile = NULL;
    if (argc != 2 && argc != 4) return 2;
    need(clenet_profile_new(&profile, &error), &error);
    const clenet_device_options options = {.size = sizeof options, .tiles = "group", .gemm = "own", .profile = profile};
    if (clenet_device_open(&device, "pocl", &options, &error) != CLENET_OK) {
        (void)fprintf(stderr, "skipped: %s\n", error.message);
        return 77;
    }
    opencl_device *state = device->state;
    output = argv[1];
    opencl = state->api;
    state->api.clSetKernelArg = record_argument;
    state->api.clEnqueueWriteBuffer = record_write;
    if (argc == 4) state->found.compute_units = (unsigned)strtoul(argv[3], NULL, 10);
    need(clenet_network_lenet(&network, 28, 28, 1, 10, &error), &error);
    const plan_options lowering = {.training = true,
                                   .lanes = device->lanes,
                                   .batch = argc == 4 ? strtoul(argv[2], NULL, 10) : 32,
                                   .inference_batch = device->inference_batch,
                                   .rho = 0.9F,
                                   .epsilon = 1e-7F};
    plan *p = NULL;
    executor *run = NULL;
    need(plan_new(&p, network, &lowering, &error), &error);
    need(device->backend->prepare(&run, device, p, &error), &error);
    for (int i = 0; i < state->programs.count; i++) write_program(state, i, argv[1]);
    const opencl_executor *e = (const opencl_executor *)run;
    print_launches(e, &e->training, "", lowering.batch);
    print_launches(e, &e->inference, " of inference", lowering.inference_batch);
    run->functions->free(run);
    plan_free(p);
    clenet_network_free(network);
    clenet_device_free(device);
    clenet_profile_free(profile);
    return 0;
}
