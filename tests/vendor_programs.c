/* vendor_programs.c - writes the OpenCL programs of LeNet's steps on a GPU.
 *
 * vendor_programs FOLDER writes each program's source to FOLDER/<number>-<name>.cl. It prints a line per program, with that name and
 * the build options: "program NAME OPTIONS"; and a line per launch, with the work-items of a group: "launch NAME KERNEL ITEMS LAYER
 * KERNEL". The tiles are `group`, and clenet multiplies the matrices itself. PoCL prepares the programs; status 77: there is no PoCL.
 * tests/vendors.sh reads the lines. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

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

static void print_launches(const opencl_executor *e, const launch_list *list, const char *step) {
    for (int i = 0; i < list->count; i++) {
        const launch *l = &list->launches[i];
        int place = program_of(e->device, l);
        (void)printf("launch %02d-%s %s %zu %s%s\n", place, e->device->programs.list[place].name, l->name,
                     l->local[0] * l->local[1] * l->local[2], clenet_profile_get(e->profile, (size_t)l->entry)->name,
                     step);
    }
}

int main(int argc, char **argv) {
    clenet_error error;
    clenet_device *device = NULL;
    clenet_network *network = NULL;
    clenet_profile *profile = NULL;
    if (argc != 2) return 2;
    need(clenet_profile_new(&profile, &error), &error);
    const clenet_device_options options = {.size = sizeof options, .tiles = "group", .gemm = "own", .profile = profile};
    if (clenet_device_open(&device, "pocl", &options, &error) != CLENET_OK) {
        (void)fprintf(stderr, "skipped: %s\n", error.message);
        return 77;
    }
    need(clenet_network_lenet(&network, 28, 28, 1, 10, &error), &error);
    const plan_options lowering = {.training = true,
                                   .lanes = device->lanes,
                                   .batch = 32,
                                   .inference_batch = device->inference_batch,
                                   .rho = 0.9F,
                                   .epsilon = 1e-7F};
    plan *p = NULL;
    executor *run = NULL;
    need(plan_new(&p, network, &lowering, &error), &error);
    need(device->backend->prepare(&run, device, p, &error), &error);
    const opencl_device *state = device->state;
    for (int i = 0; i < state->programs.count; i++) write_program(state, i, argv[1]);
    const opencl_executor *e = (const opencl_executor *)run;
    print_launches(e, &e->training, "");
    print_launches(e, &e->inference, " of inference");
    run->functions->free(run);
    plan_free(p);
    clenet_network_free(network);
    clenet_device_free(device);
    clenet_profile_free(profile);
    return 0;
}
