/* kernels.h - the embedded files of cl/.
 *
 * cmake/Embed.cmake writes the table when the library is built. */
#ifndef CLENET_LIB_BACKEND_OPENCL_KERNELS_H
#define CLENET_LIB_BACKEND_OPENCL_KERNELS_H

#include "lib/base/embedded.h"

extern const embedded_file kernel_files[]; /* [kernel_files_count], by name */
extern const size_t kernel_files_count;

#endif
