/* opencl_shim.c - a libOpenCL.so.1 that hands every call on to the real one and lets some of them fail. It is built into a folder of
 * its own, which a test puts first in LD_LIBRARY_PATH.
 *
 * CLENET_SHIM_REAL    the real loader, a path
 * CLENET_SHIM_FAIL    NAME:N, NAME:N:once or NAME:N:crash: the Nth call of that function fails, and, as on a lost device, every call
 *                     after it of any function but those that release; with once, that call alone; with crash, it ends the process
 * CLENET_SHIM_GPU     set: devices say that they are GPUs, so that `auto` looks at them
 * CLENET_SHIM_COUNTS  a file, to which "NAME CALLS" of every function is written at the end of the process */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS_MOST = 64, FAILURE = CL_OUT_OF_RESOURCES };

typedef struct counted {
    const char *name;
    long calls;
} counted;

static counted functions[FUNCTIONS_MOST];
static int function_count;
static bool lost;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) {
    static void *library;
    const char *path = getenv("CLENET_SHIM_REAL");
    if (!library && path) library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void *function = library ? dlsym(library, name) : NULL;
    if (!function) abort();
    return function;
}

static void write_counts(void) {
    const char *path = getenv("CLENET_SHIM_COUNTS");
    FILE *file = path ? fopen(path, "w") : NULL;
    for (int i = 0; file && i < function_count; i++) fprintf(file, "%s %ld\n", functions[i].name, functions[i].calls);
    if (file) fclose(file);
}

static long count(const char *name) {
    if (function_count == 0) atexit(write_counts);
    for (int i = 0; i < function_count; i++)
        if (strcmp(functions[i].name, name) == 0) return ++functions[i].calls;
    functions[function_count++] = (counted){name, 1};
    return 1;
}

static bool fails(const char *name) {
    const char *wanted = getenv("CLENET_SHIM_FAIL");
    char function[64] = "", how[16] = "";
    long n = 0;
    pthread_mutex_lock(&lock);
    long calls = count(name);
    if (wanted) sscanf(wanted, "%63[^:]:%ld:%15s", function, &n, how);
    bool hit = strcmp(function, name) == 0 && calls == n;
    if (hit && strcmp(how, "crash") == 0) (void)raise(SIGSEGV);
    if (hit && strcmp(how, "once") != 0) lost = true;
    bool failed = hit || (lost && strncmp(name, "clRelease", 9) != 0);
    pthread_mutex_unlock(&lock);
    return failed;
}

/* The function behind a name, through memory, since ISO C converts no object's pointer to a function's. */
#define REAL(name)                    \
    __typeof__(name) *real_##name;    \
    void *found_##name = real(#name); \
    memcpy(&real_##name, &found_##name, sizeof real_##name)

#define CODE(name, parameters, arguments)                           \
    __attribute__((visibility("default"))) cl_int name parameters { \
        if (fails(#name)) return FAILURE;                           \
        REAL(name);                                                 \
        return real_##name arguments;                               \
    }
#define MAKE(type, name, parameters, arguments)                   \
    __attribute__((visibility("default"))) type name parameters { \
        if (fails(#name)) {                                       \
            if (code) *code = FAILURE;                            \
            return NULL;                                          \
        }                                                         \
        REAL(name);                                               \
        return real_##name arguments;                             \
    }
#define EVENTS cl_uint n, const cl_event *wait, cl_event *event
typedef void (*build_notify)(cl_program, void *);
typedef void (*context_notify)(const char *, const void *, size_t, void *);

CODE(clGetPlatformIDs, (cl_uint room, cl_platform_id *list, cl_uint *n), (room, list, n))
CODE(clGetPlatformInfo, (cl_platform_id p, cl_platform_info i, size_t s, void *v, size_t *z), (p, i, s, v, z))
CODE(clGetDeviceIDs, (cl_platform_id p, cl_device_type t, cl_uint room, cl_device_id *list, cl_uint *n),
     (p, t, room, list, n))
CODE(clReleaseContext, (cl_context c), (c))
CODE(clReleaseCommandQueue, (cl_command_queue q), (q))
CODE(clReleaseMemObject, (cl_mem m), (m))
CODE(clBuildProgram,
     (cl_program p, cl_uint n, const cl_device_id *list, const char *o, build_notify notify, void *user),
     (p, n, list, o, notify, user))
CODE(clGetProgramInfo, (cl_program p, cl_program_info i, size_t s, void *v, size_t *z), (p, i, s, v, z))
CODE(clGetProgramBuildInfo, (cl_program p, cl_device_id d, cl_program_build_info i, size_t s, void *v, size_t *z),
     (p, d, i, s, v, z))
CODE(clReleaseProgram, (cl_program p), (p))
CODE(clReleaseKernel, (cl_kernel k), (k))
CODE(clSetKernelArg, (cl_kernel k, cl_uint i, size_t s, const void *v), (k, i, s, v))
CODE(clGetKernelWorkGroupInfo, (cl_kernel k, cl_device_id d, cl_kernel_work_group_info i, size_t s, void *v, size_t *z),
     (k, d, i, s, v, z))
CODE(clEnqueueNDRangeKernel,
     (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *offset, const size_t *global, const size_t *group,
      EVENTS),
     (q, k, d, offset, global, group, n, wait, event))
CODE(clEnqueueReadBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t offset, size_t size, void *to, EVENTS),
     (q, m, b, offset, size, to, n, wait, event))
CODE(clEnqueueWriteBuffer,
     (cl_command_queue q, cl_mem m, cl_bool b, size_t offset, size_t size, const void *from, EVENTS),
     (q, m, b, offset, size, from, n, wait, event))
CODE(clEnqueueFillBuffer,
     (cl_command_queue q, cl_mem m, const void *pattern, size_t s, size_t offset, size_t size, EVENTS),
     (q, m, pattern, s, offset, size, n, wait, event))
CODE(clEnqueueMarkerWithWaitList, (cl_command_queue q, EVENTS), (q, n, wait, event))
CODE(clGetEventProfilingInfo, (cl_event e, cl_profiling_info i, size_t s, void *v, size_t *z), (e, i, s, v, z))
CODE(clWaitForEvents, (cl_uint n, const cl_event *list), (n, list))
CODE(clReleaseEvent, (cl_event e), (e))
CODE(clFlush, (cl_command_queue q), (q))

/* What is queued does run: memory that it uses is given back after this call, whatever the call says. */
__attribute__((visibility("default"))) cl_int clFinish(cl_command_queue q) {
    REAL(clFinish);
    cl_int code = real_clFinish(q);
    return fails("clFinish") ? FAILURE : code;
}

MAKE(cl_context, clCreateContext,
     (const cl_context_properties *p, cl_uint n, const cl_device_id *list, context_notify notify, void *user,
      cl_int *code),
     (p, n, list, notify, user, code))
MAKE(cl_command_queue, clCreateCommandQueue,
     (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *code), (c, d, p, code))
MAKE(cl_mem, clCreateBuffer, (cl_context c, cl_mem_flags f, size_t s, void *host, cl_int *code), (c, f, s, host, code))
MAKE(cl_program, clCreateProgramWithSource,
     (cl_context c, cl_uint n, const char **texts, const size_t *sizes, cl_int *code), (c, n, texts, sizes, code))
MAKE(cl_program, clCreateProgramWithBinary,
     (cl_context c, cl_uint n, const cl_device_id *list, const size_t *sizes, const unsigned char **bytes, cl_int *each,
      cl_int *code),
     (c, n, list, sizes, bytes, each, code))
MAKE(cl_kernel, clCreateKernel, (cl_program p, const char *name, cl_int *code), (p, name, code))

__attribute__((visibility("default"))) cl_int clGetDeviceInfo(cl_device_id d, cl_device_info i, size_t s, void *v,
                                                              size_t *z) {
    if (fails("clGetDeviceInfo")) return FAILURE;
    REAL(clGetDeviceInfo);
    cl_int code = real_clGetDeviceInfo(d, i, s, v, z);
    const cl_device_type gpu = CL_DEVICE_TYPE_GPU;
    if (code == CL_SUCCESS && i == CL_DEVICE_TYPE && v && s >= sizeof gpu && getenv("CLENET_SHIM_GPU"))
        memcpy(v, &gpu, sizeof gpu);
    return code;
}
