/* driver_report.c - the driver's words on a device and its compiled programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/signals.h"
#include "lib/base/memory.h"

/* ---- the device ------------------------------------------------------------------------------------------------- */

/* Codes of vendors' extensions, which CL/cl.h does not have: cl_nv_device_attribute_query, cl_amd_device_attribute_query. */
enum {
    COMPUTE_CAPABILITY_MAJOR_NV = 0x4000,
    COMPUTE_CAPABILITY_MINOR_NV = 0x4001,
    REGISTERS_PER_BLOCK_NV = 0x4002,
    WARP_SIZE_NV = 0x4003,
    BOARD_NAME_AMD = 0x4038,
    WAVEFRONT_WIDTH_AMD = 0x4043
};

static const struct {
    const char *name;
    cl_device_info code;
    bool is_text;
} properties[] = {
#define NUMBER(code) \
    { #code, code, false }
#define TEXT(code) \
    { #code, code, true }
    TEXT(CL_DEVICE_PROFILE),
    TEXT(CL_DEVICE_OPENCL_C_VERSION),
    TEXT(CL_DEVICE_EXTENSIONS),
    NUMBER(CL_DEVICE_VENDOR_ID),
    NUMBER(CL_DEVICE_MAX_COMPUTE_UNITS),
    NUMBER(CL_DEVICE_MAX_CLOCK_FREQUENCY),
    NUMBER(CL_DEVICE_ADDRESS_BITS),
    NUMBER(CL_DEVICE_MAX_WORK_ITEM_SIZES),
    NUMBER(CL_DEVICE_MAX_WORK_GROUP_SIZE),
    NUMBER(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT),
    NUMBER(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
    NUMBER(CL_DEVICE_GLOBAL_MEM_SIZE),
    NUMBER(CL_DEVICE_MAX_MEM_ALLOC_SIZE),
    NUMBER(CL_DEVICE_GLOBAL_MEM_CACHE_TYPE),
    NUMBER(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE),
    NUMBER(CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE),
    NUMBER(CL_DEVICE_LOCAL_MEM_TYPE),
    NUMBER(CL_DEVICE_LOCAL_MEM_SIZE),
    NUMBER(CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE),
    NUMBER(CL_DEVICE_MAX_CONSTANT_ARGS),
    NUMBER(CL_DEVICE_MAX_PARAMETER_SIZE),
    NUMBER(CL_DEVICE_MEM_BASE_ADDR_ALIGN),
    NUMBER(CL_DEVICE_SINGLE_FP_CONFIG),
    NUMBER(CL_DEVICE_DOUBLE_FP_CONFIG),
    NUMBER(CL_DEVICE_HOST_UNIFIED_MEMORY),
    NUMBER(CL_DEVICE_ERROR_CORRECTION_SUPPORT),
    NUMBER(CL_DEVICE_ENDIAN_LITTLE),
    NUMBER(CL_DEVICE_PROFILING_TIMER_RESOLUTION),
#undef NUMBER
#undef TEXT
    {"CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV", COMPUTE_CAPABILITY_MAJOR_NV, false},
    {"CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV", COMPUTE_CAPABILITY_MINOR_NV, false},
    {"CL_DEVICE_REGISTERS_PER_BLOCK_NV", REGISTERS_PER_BLOCK_NV, false},
    {"CL_DEVICE_WARP_SIZE_NV", WARP_SIZE_NV, false},
    {"CL_DEVICE_BOARD_NAME_AMD", BOARD_NAME_AMD, true},
    {"CL_DEVICE_WAVEFRONT_WIDTH_AMD", WAVEFRONT_WIDTH_AMD, false},
};

/* Writes numbers of 4 or 8 bytes, with blanks between. The driver's answer has no type, but its size tells it: every number of more
 * than one is a size_t. */
static void print_numbers(char *text, size_t room, const void *bytes, size_t size) {
    size_t each = size == sizeof(cl_uint) ? sizeof(cl_uint) : sizeof(cl_ulong), used = 0;
    text[0] = '\0';
    for (size_t at = 0; at + each <= size && used < room; at += each) {
        cl_uint four = 0;
        cl_ulong eight = 0;
        if (each == sizeof four) memcpy(&four, (const char *)bytes + at, each);
        if (each == sizeof eight) memcpy(&eight, (const char *)bytes + at, each);
        used += (size_t)snprintf(text + used, room - used, "%s%" PRIu64, at > 0 ? " " : "",
                                 each == sizeof four ? (uint64_t)four : (uint64_t)eight);
    }
}

static clenet_status report_property(const opencl_device *device, size_t i, clenet_property_callback *on_property,
                                     void *user, clenet_error *error) {
    const opencl_api *api = &device->api;
    size_t size = 0;
    if (api->clGetDeviceInfo(device->found.device, properties[i].code, 0, NULL, &size) != CL_SUCCESS || size == 0)
        return CLENET_OK;
    char *bytes = memory_new(size + 1, 1), numbers[128];
    if (bytes == NULL) return error_memory(error, size, "a property of a device");
    if (api->clGetDeviceInfo(device->found.device, properties[i].code, size, bytes, NULL) == CL_SUCCESS) {
        if (!properties[i].is_text) print_numbers(numbers, sizeof numbers, bytes, size);
        on_property(properties[i].name, properties[i].is_text ? bytes : numbers, user);
    }
    memory_free(bytes);
    return CLENET_OK;
}

static clenet_status report_properties(const opencl_device *device, clenet_property_callback *on_property, void *user,
                                       clenet_error *error) {
    const opencl_found *found = &device->found;
    const struct {
        const char *name, *value;
    } texts[] = {{"id", found->id},
                 {"type", opencl_type_name(found->type)},
                 {"name", found->name},
                 {"platform", found->platform_name},
                 {"platform_version", found->platform_version},
                 {"vendor", found->vendor},
                 {"driver", found->driver},
                 {"version", found->version}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) on_property(texts[i].name, texts[i].value, user);
    clenet_status status = CLENET_OK;
    for (size_t i = 0; i < sizeof properties / sizeof properties[0] && status == CLENET_OK; i++)
        status = report_property(device, i, on_property, user, error);
    return status;
}

clenet_status opencl_properties(const clenet_device *device, clenet_property_callback *on_property, void *user,
                                clenet_error *error) {
    if (on_property == NULL) return CLENET_OK;
    const signal_actions saved = signals_save();
    clenet_status status = report_properties(device->state, on_property, user, error);
    signals_restore(&saved);
    return status;
}

/* ---- its programs ----------------------------------------------------------------------------------------------- */

enum { KERNELS_MOST = 32 /* of a program */ };

/* The number under the code, which is of type size_t or cl_ulong; 0 if the driver does not know it. */
static uint64_t kernel_number(const opencl_device *device, cl_kernel kernel, cl_kernel_work_group_info code,
                              bool is_size) {
    size_t size = 0;
    cl_ulong number = 0;
    cl_int answer =
        device->api.clGetKernelWorkGroupInfo(kernel, device->found.device, code, is_size ? sizeof size : sizeof number,
                                             is_size ? (void *)&size : (void *)&number, NULL);
    return answer != CL_SUCCESS ? 0 : is_size ? (uint64_t)size : number;
}

/* Fills the numbers of the kernel with this name; they stay 0 if it cannot be made. */
static void ask_kernel(const opencl_device *device, cl_program program, clenet_device_kernel *asked) {
    cl_int code;
    cl_kernel kernel = device->api.clCreateKernel(program, asked->name, &code);
    if (kernel == NULL || code != CL_SUCCESS) return;
    asked->private_bytes = kernel_number(device, kernel, CL_KERNEL_PRIVATE_MEM_SIZE, false);
    asked->local_bytes = kernel_number(device, kernel, CL_KERNEL_LOCAL_MEM_SIZE, false);
    asked->group_most = kernel_number(device, kernel, CL_KERNEL_WORK_GROUP_SIZE, true);
    asked->group_step = kernel_number(device, kernel, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, true);
    (void)device->api.clReleaseKernel(kernel);
}

/* "a;b;c": the names of the program's kernels, NULL if the driver does not tell; memory_free() it. */
static char *kernel_names(const opencl_device *device, cl_program program) {
    size_t size = 0;
    if (device->api.clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, 0, NULL, &size) != CL_SUCCESS) return NULL;
    char *names = memory_new(size + 1, 1);
    if (names != NULL &&
        device->api.clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, size, names, NULL) == CL_SUCCESS)
        return names;
    memory_free(names);
    return NULL;
}

static void report_program(const opencl_device *device, const device_program *program,
                           clenet_program_callback *on_program, void *user) {
    clenet_device_kernel kernels[KERNELS_MOST] = {{0}};
    char *log = program_log(&device->api, program->program, device->found.device);
    char *names = kernel_names(device, program->program);
    size_t count = 0;
    for (char *at = names, *next; at != NULL && *at != '\0' && count < KERNELS_MOST; at = next) {
        next = at + strcspn(at, ";");
        if (*next != '\0') *next++ = '\0';
        kernels[count].name = at;
        ask_kernel(device, program->program, &kernels[count++]);
    }
    const clenet_device_program reported = {.name = program->name,
                                            .options = program->options,
                                            .log = log != NULL ? log : "",
                                            .seconds = program->seconds,
                                            .kernels = kernels,
                                            .kernel_count = count};
    on_program(&reported, user);
    memory_free(names);
    memory_free(log);
}

clenet_status opencl_programs(const clenet_device *device, clenet_program_callback *on_program, void *user,
                              clenet_error *error) {
    opencl_device *state = device->state;
    (void)error;
    if (on_program == NULL) return CLENET_OK;
    const signal_actions saved = signals_save();
    pthread_mutex_lock(&state->programs.lock);
    for (int i = 0; i < state->programs.count; i++) report_program(state, &state->programs.list[i], on_program, user);
    pthread_mutex_unlock(&state->programs.lock);
    signals_restore(&saved);
    return CLENET_OK;
}
