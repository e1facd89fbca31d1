/* clblast.c - see clblast.h. */
#include "lib/backend/opencl/clblast.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#ifndef RTLD_NODELETE
#define RTLD_NODELETE 0
#endif

enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112, SINGLE = 32 }; /* clblast_c.h */

static const char library[] = "libclblast.so.1";

/* CLBlast's caches belong to the process, and calls from several threads on one context crashed: one call at a time. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* In the order of clblast_api. */
static const char *const functions[] = {"CLBlastSgemm", "CLBlastSgemmStridedBatched", "CLBlastOverrideParameters",
                                        "CLBlastClearCache", NULL};
_Static_assert(sizeof functions == sizeof(clblast_api), "a name for each function; NULL is in the library's place");

/* The codes of clblast_c.h that are not OpenCL's. */
static const struct {
    int code;
    const char *name;
} statuses[] = {
    {-1024, "CLBlastNotImplemented"},
    {-1022, "CLBlastInvalidMatrixA"},
    {-1021, "CLBlastInvalidMatrixB"},
    {-1020, "CLBlastInvalidMatrixC"},
    {-1019, "CLBlastInvalidVectorX"},
    {-1018, "CLBlastInvalidVectorY"},
    {-1017, "CLBlastInvalidDimension"},
    {-1016, "CLBlastInvalidLeadDimA"},
    {-1015, "CLBlastInvalidLeadDimB"},
    {-1014, "CLBlastInvalidLeadDimC"},
    {-1013, "CLBlastInvalidIncrementX"},
    {-1012, "CLBlastInvalidIncrementY"},
    {-1011, "CLBlastInsufficientMemoryA"},
    {-1010, "CLBlastInsufficientMemoryB"},
    {-1009, "CLBlastInsufficientMemoryC"},
    {-1008, "CLBlastInsufficientMemoryX"},
    {-1007, "CLBlastInsufficientMemoryY"},
    {-2050, "CLBlastInsufficientMemoryTemp"},
    {-2049, "CLBlastInvalidBatchCount"},
    {-2048, "CLBlastInvalidOverrideKernel"},
    {-2047, "CLBlastMissingOverrideParameter"},
    {-2046, "CLBlastInvalidLocalMemUsage"},
    {-2045, "CLBlastNoHalfPrecision"},
    {-2044, "CLBlastNoDoublePrecision"},
    {-2043, "CLBlastInvalidVectorScalar"},
    {-2042, "CLBlastInsufficientMemoryScalar"},
    {-2041, "CLBlastDatabaseError"},
    {-2040, "CLBlastUnknownError"},
    {-2039, "CLBlastUnexpectedError"},
};

const char *clblast_status_name(int code) {
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].code == code) return statuses[i].name;
    return opencl_error_name(code);
}

/* Before 1.6.3 one of the kernels of the indirect algorithm gives wrong numbers on several GPUs, without an error. The version
 * cannot be queried, and products of this size are direct anyway: so all are. */
static int force_direct(const clblast_api *api, cl_device_id device) {
    const char *names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    const size_t values[] = {(size_t)1 << 20}; /* compared with the cube root of m n k */
    return api->override(device, "GemmRoutine", SINGLE, 1, names, values);
}

clenet_status clblast_open(clblast_api *api, cl_device_id device, clenet_error *error) {
    clblast_api fresh = {.library = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)};
    if (fresh.library == NULL)
        return error_set(error, CLENET_ERROR_DEVICE,
                         "no usable %s: %s; install it (Debian: libclblast1), or use own kernels", library,
                         on_demand_reason(library));
    const char *missing = on_demand_find(&fresh.multiply, functions, fresh.library);
    if (missing != NULL) {
        (void)dlclose(fresh.library);
        return error_set(error, CLENET_ERROR_DEVICE, "no usable %s: this one lacks %s; install a newer one", library,
                         missing);
    }
    (void)pthread_mutex_lock(&one_at_a_time);
    int code = force_direct(&fresh, device);
    (void)pthread_mutex_unlock(&one_at_a_time);
    if (code != 0) {
        (void)dlclose(fresh.library);
        return error_set(error, CLENET_ERROR_DEVICE, "%s takes no parameters for this device: %s (%d); use own kernels",
                         library, clblast_status_name(code), code);
    }
    *api = fresh;
    return CLENET_OK;
}

void clblast_close(clblast_api *api) {
    if (api->library == NULL) return;
    (void)pthread_mutex_lock(&one_at_a_time);
    (void)api->clear_cache(); /* its cache has programs of the context */
    (void)pthread_mutex_unlock(&one_at_a_time);
    (void)dlclose(api->library);
    *api = (clblast_api){0};
}

static int transposed(bool is) {
    return is ? TRANSPOSED : AS_IT_IS;
}

/* Adds all blocks to one c: the first product writes, the others add. */
static int multiply_summed(const clblast_api *api, const clblast_product *p, size_t blocks, cl_command_queue queue,
                           cl_event *event) {
    int code = 0;
    for (size_t i = 0; i < blocks && code == 0; i++)
        code = api->multiply(ROW_MAJOR, transposed(p->a_transposed), transposed(p->b_transposed), p->m, p->n, p->k,
                             1.0F, p->a, p->a_offset + i * p->a_stride, p->a_ld, p->b, i * p->b_stride, p->b_ld,
                             i == 0 ? 0.0F : 1.0F, p->c, p->c_offset, p->c_ld, &queue, i + 1 == blocks ? event : NULL);
    return code;
}

clenet_status clblast_multiply(const clblast_api *api, const clblast_product *p, size_t blocks, cl_command_queue queue,
                               cl_event *event, const char *device, clenet_error *error) {
    (void)pthread_mutex_lock(&one_at_a_time);
    int code = p->summed ? multiply_summed(api, p, blocks, queue, event)
                         : api->multiply_batch(ROW_MAJOR, transposed(p->a_transposed), transposed(p->b_transposed),
                                               p->m, p->n, p->k, 1.0F, p->a, p->a_offset, p->a_ld, p->a_stride, p->b, 0,
                                               p->b_ld, p->b_stride, 0.0F, p->c, p->c_offset, p->c_ld, p->c_stride,
                                               blocks, &queue, event);
    (void)pthread_mutex_unlock(&one_at_a_time);
    if (code == 0) return CLENET_OK;
    return error_set(error, CLENET_ERROR_DEVICE, "CLBlast's product of %zux%zux%zu failed on %s: %s (%d)", p->m, p->n,
                     p->k, device, clblast_status_name(code), code);
}
