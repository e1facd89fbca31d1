/* test_clblast.c - CLBlast is compiled before the first step, called by one thread at a time, and always goes its direct way.
 *
 * What it asks of OpenCL is seen here: the library's own calls find the functions of this program before the loader's, which
 * clenet opens apart. Needs PoCL and CLBlast. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/backend/opencl/opencl.h"
#include "harness.h"

/* ---- CLBlast's way to OpenCL -------------------------------------------------------------------------------- */

static atomic_int builds, kernels, indirect_kernels;

static void *real(const char *name) {
    void *loader = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    void *function = loader ? dlsym(loader, name) : NULL;
    if (!function) abort();
    return function;
}

__attribute__((visibility("default"))) cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code) {
    __typeof__(clCreateKernel) *original;
    void *found = real("clCreateKernel");
    memcpy(&original, &found, sizeof found);
    atomic_fetch_add(&kernels, 1);
    if (strncmp(name, "XgemmDirect", strlen("XgemmDirect")) != 0) atomic_fetch_add(&indirect_kernels, 1);
    return original(program, name, code);
}

__attribute__((visibility("default"))) cl_int clBuildProgram(cl_program program, cl_uint count,
                                                             const cl_device_id *devices, const char *options,
                                                             void(CL_CALLBACK *notify)(cl_program, void *),
                                                             void *user) {
    __typeof__(clBuildProgram) *original;
    void *found = real("clBuildProgram");
    memcpy(&original, &found, sizeof found);
    atomic_fetch_add(&builds, 1);
    return original(program, count, devices, options, notify, user);
}

/* A device whose products are CLBlast's; else the test is skipped. */
static clenet_device *open_device(void) {
    clenet_device *device = NULL;
    clenet_error error;
    const clenet_device_options options = {.size = sizeof options, .gemm = "clblast"};
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("AddressSanitizer ends a C program in which CLBlast throws a C++ exception");
#endif
    if (clenet_device_open(&device, "pocl", &options, &error) != CLENET_OK) cr_skip_test("%s", error.message);
    return device;
}

/* ---- before the first step ----------------------------------------------------------------------------------- */

Test(clblast, is_compiled_when_a_run_is_prepared_and_not_in_its_first_step) {
    clenet_device_free(open_device());
    cr_assert_eq(setenv("CLENET_TEST_GEMM", "clblast", 1), 0);
    harness h = harness_new((harness_options){
        .text = "input 4x4x1\nflatten\ndense 6 relu\ndense 4 softmax\n", .device = "pocl", .rows = 20, .seed = 3});
    int built = builds, made = kernels;
    cr_expect_gt(built, 0, "nothing was compiled before the first step");
    harness_train(&h, 0, 20, 0, 1e-3F);
    (void)harness_metrics(&h);
    cr_expect_gt(kernels, made, "the step made no product by CLBlast");
    cr_expect_eq(builds, built, "the step compiled %d programs", builds - built);
    harness_free(&h);
}

/* ---- one thread at a time ------------------------------------------------------------------------------------ */

enum { PRODUCTS = 20, M = 24, N = 16, K = 10 };

static int (*multiply_one)(int, int, int, size_t, size_t, size_t, float, cl_mem, size_t, size_t, cl_mem, size_t, size_t,
                           float, cl_mem, size_t, size_t, cl_command_queue *, cl_event *);
static atomic_int inside, most_inside, calls;

/* CLBlast's own, with time for another thread to come in before it and after. */
static int watched_multiply(int layout, int a_transposed, int b_transposed, size_t m, size_t n, size_t k, float alpha,
                            cl_mem a, size_t a_offset, size_t a_ld, cl_mem b, size_t b_offset, size_t b_ld, float beta,
                            cl_mem c, size_t c_offset, size_t c_ld, cl_command_queue *queue, cl_event *event) {
    const struct timespec moment = {.tv_nsec = 2000000};
    int now = atomic_fetch_add(&inside, 1) + 1;
    if (now > most_inside) most_inside = now;
    atomic_fetch_add(&calls, 1);
    (void)nanosleep(&moment, NULL);
    int code = multiply_one(layout, a_transposed, b_transposed, m, n, k, alpha, a, a_offset, a_ld, b, b_offset, b_ld,
                            beta, c, c_offset, c_ld, queue, event);
    atomic_fetch_sub(&inside, 1);
    return code;
}

/* A product of small whole numbers, which are exact in any order, on a separate queue and in separate buffers. */
typedef struct worker {
    opencl_device *device;
    pthread_t thread;
    int wrong, failed;
} worker;

static cl_mem buffer_of(const opencl_device *device, const float *numbers, size_t count) {
    cl_int code;
    void *from = (void *)(uintptr_t)numbers;
    cl_mem made = device->api.clCreateBuffer(device->context, CL_MEM_READ_WRITE | (from ? CL_MEM_COPY_HOST_PTR : 0),
                                             count * sizeof *numbers, from, &code);
    if (code != CL_SUCCESS) abort();
    return made;
}

static void expect_product(worker *w, const float *a, const float *b, const float *c) {
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            float sum = 0;
            for (int k = 0; k < K; k++) sum += a[i * K + k] * b[k * N + j];
            w->wrong += c[i * N + j] != sum;
        }
}

static void *work(void *argument) {
    worker *w = argument;
    const opencl_api *api = &w->device->api;
    float a[M * K], b[K * N], c[M * N];
    for (int i = 0; i < M * K; i++) a[i] = (float)(i % 7 - 3);
    for (int i = 0; i < K * N; i++) b[i] = (float)(i % 5 - 2);
    clblast_product p = {.summed = true, .m = M, .n = N, .k = K, .a_ld = K, .b_ld = N, .c_ld = N};
    cl_int code;
    cl_command_queue queue = api->clCreateCommandQueue(w->device->context, w->device->found.device, 0, &code);
    p.a = buffer_of(w->device, a, M * K), p.b = buffer_of(w->device, b, K * N), p.c = buffer_of(w->device, NULL, M * N);
    for (int i = 0; i < PRODUCTS; i++) {
        memset(c, 0, sizeof c);
        w->failed += clblast_multiply(&w->device->clblast, &p, 1, queue, NULL, "pocl", NULL) != CLENET_OK;
        w->failed += api->clEnqueueReadBuffer(queue, p.c, CL_TRUE, 0, sizeof c, c, 0, NULL, NULL) != CL_SUCCESS;
        expect_product(w, a, b, c);
    }
    (void)api->clReleaseMemObject(p.a);
    (void)api->clReleaseMemObject(p.b);
    (void)api->clReleaseMemObject(p.c);
    (void)api->clReleaseCommandQueue(queue);
    return NULL;
}

Test(clblast, two_threads_on_one_device_get_right_products_one_call_at_a_time) {
    clenet_device *device = open_device();
    opencl_device *state = device->state;
    multiply_one = state->clblast.multiply;
    state->clblast.multiply = watched_multiply;
    worker workers[2] = {{.device = state}, {.device = state}};
    for (int i = 0; i < 2; i++) cr_assert_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        cr_expect_eq(workers[i].failed, 0);
        cr_expect_eq(workers[i].wrong, 0);
    }
    cr_expect_eq(calls, 2 * PRODUCTS);
    cr_expect_geq(kernels, 2 * PRODUCTS, "%d kernels: the calls did not reach CLBlast", kernels);
    cr_expect_eq(most_inside, 1, "%d threads were in CLBlast at once", most_inside);
    clenet_device_free(device);
}

/* ---- the direct way ------------------------------------------------------------------------------------------ */

/* The indirect way for all that is larger than this, as CLBlast's database has it for some device. */
static void prefer_indirect(size_t size) {
    clenet_device *device = open_device();
    const opencl_device *state = device->state;
    const char *name = "XGEMM_MIN_INDIRECT_SIZE";
    cr_assert_eq(state->clblast.override(state->found.device, "GemmRoutine", 32, 1, &name, &size), 0);
    clenet_device_free(device);
}

Test(clblast, products_go_the_direct_way_whatever_its_database_says) {
    enum { SIZE = 96 };
    prefer_indirect(SIZE / 2);
    clenet_device *device = open_device();
    const opencl_device *state = device->state;
    cl_int code;
    clenet_error error;
    cl_command_queue queue = state->api.clCreateCommandQueue(state->context, state->found.device, 0, &code);
    cl_mem zeros[3];
    float *host = calloc((size_t)SIZE * SIZE, sizeof *host);
    for (int i = 0; i < 3; i++) zeros[i] = buffer_of(state, host, (size_t)SIZE * SIZE);
    const clblast_product p = {.summed = true,
                               .m = SIZE,
                               .n = SIZE,
                               .k = SIZE,
                               .a = zeros[0],
                               .b = zeros[1],
                               .c = zeros[2],
                               .a_ld = SIZE,
                               .b_ld = SIZE,
                               .c_ld = SIZE};
    clenet_status status = clblast_multiply(&state->clblast, &p, 1, queue, NULL, "pocl", &error);
    cr_expect_eq(status, CLENET_OK, "%s", error.message);
    (void)state->api.clFinish(queue);
    cr_expect_geq(kernels, 1, "the product did not reach CLBlast");
    cr_expect_eq(indirect_kernels, 0);
    for (int i = 0; i < 3; i++) (void)state->api.clReleaseMemObject(zeros[i]);
    (void)state->api.clReleaseCommandQueue(queue);
    free(host);
    clenet_device_free(device);
}

/* ---- what goes wrong ------------------------------------------------------------------------------------------- */

Test(clblast, its_own_codes_have_their_names) {
    cr_expect_str_eq(clblast_status_name(-1022), "CLBlastInvalidMatrixA");
    cr_expect_str_eq(clblast_status_name(-2046), "CLBlastInvalidLocalMemUsage");
    cr_expect_str_eq(clblast_status_name(-11), "CL_BUILD_PROGRAM_FAILURE");
}

Test(clblast, a_product_that_it_refuses_is_an_error_with_the_names_of_code_and_device) {
    clenet_device *device = open_device();
    const opencl_device *state = device->state;
    clenet_error error;
    cl_int code;
    cl_command_queue queue = state->api.clCreateCommandQueue(state->context, state->found.device, 0, &code);
    cl_mem few = buffer_of(state, NULL, 4);
    const clblast_product p = {
        .summed = true, .m = 8, .n = 8, .k = 8, .a = few, .b = few, .c = few, .a_ld = 8, .b_ld = 8, .c_ld = 8};
    cr_expect_eq(clblast_multiply(&state->clblast, &p, 1, queue, NULL, "pocl", &error), CLENET_ERROR_DEVICE);
    cr_expect_str_eq(error.message, "CLBlast's product of 8x8x8 failed on pocl: CLBlastInsufficientMemoryA (-1011)");
    (void)state->api.clReleaseMemObject(few);
    (void)state->api.clReleaseCommandQueue(queue);
    clenet_device_free(device);
}
