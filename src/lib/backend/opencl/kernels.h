/* kernels.h - the embedded files of cl/.
 *
 * cmake/Embed.cmake writes the table when the library is built. */
#ifndef CLENET_LIB_BACKEND_OPENCL_KERNELS_H
#define CLENET_LIB_BACKEND_OPENCL_KERNELS_H

#include <stddef.h>

typedef struct kernel_file {
    const char *name;          /* "conv2d.cl" */
    const unsigned char *text; /* [size + 1], the last one 0 */
    size_t size;               /* bytes */
} kernel_file;

extern const kernel_file kernel_files[]; /* [kernel_file_count], by name */
extern const size_t kernel_file_count;

#endif
