/* clblast.h - matrix products with CLBlast's C interface.
 *
 * The library is opened at run time; without it clenet uses its own kernels. */
#ifndef CLENET_LIB_BACKEND_OPENCL_CLBLAST_H
#define CLENET_LIB_BACKEND_OPENCL_CLBLAST_H

#include "lib/backend/opencl/api.h"

/* The functions that clenet calls, with the signatures of CLBlast 1.0 and later; enumerations are ints. */
typedef struct clblast_api {
    void *library; /* NULL: not open */
    int (*multiply)(int layout, int a_transposed, int b_transposed, size_t m, size_t n, size_t k, float alpha, cl_mem a,
                    size_t a_offset, size_t a_ld, cl_mem b, size_t b_offset, size_t b_ld, float beta, cl_mem c,
                    size_t c_offset, size_t c_ld, cl_command_queue *queue, cl_event *event);
    int (*multiply_batch)(int layout, int a_transposed, int b_transposed, size_t m, size_t n, size_t k, float alpha,
                          cl_mem a, size_t a_offset, size_t a_ld, size_t a_stride, cl_mem b, size_t b_offset,
                          size_t b_ld, size_t b_stride, float beta, cl_mem c, size_t c_offset, size_t c_ld,
                          size_t c_stride, size_t count, cl_command_queue *queue, cl_event *event);
    int (*override)(cl_device_id device, const char *kernel, int precision, size_t count, const char **names,
                    const size_t *values);
    int (*clear_cache)(void);
} clblast_api;

/* c [m][n] = a [m][k] b [k][n] for each block, or c = the sum of these products over the blocks. Rows are ld floats apart, blocks
 * stride; a transposed factor is stored as [k][m] or [n][k]. Offsets are in floats. */
typedef struct clblast_product {
    bool a_transposed, b_transposed, summed;
    size_t m, n, k;
    cl_mem a, b, c;
    size_t a_offset, c_offset;
    size_t a_ld, b_ld, c_ld;
    size_t a_stride, b_stride, c_stride;
} clblast_product;

/* Opens libclblast.so.1 for a device. Error: CLENET_ERROR_DEVICE, "no usable libclblast.so.1: ...", with the reason from
 * dlopen. */
clenet_status clblast_open(clblast_api *api, cl_device_id device, clenet_error *error);
void clblast_close(clblast_api *api); /* call it before the context is released; takes one that is not open */

/* "CLBlastInvalidMatrixA" for -1022; the name of OpenCL for its codes. */
const char *clblast_status_name(int code);

/* Queues the product for `blocks` blocks. event: NULL, or the event of the last call, which the caller must release. */
clenet_status clblast_multiply(const clblast_api *api, const clblast_product *p, size_t blocks, cl_command_queue queue,
                               cl_event *event, const char *device, clenet_error *error);

#endif
