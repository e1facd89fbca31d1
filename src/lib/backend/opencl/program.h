/* program.h - kernels from source: found (built into the library, or in a folder while editing), compiled for one device
 * with -D constants, and kept as binaries on disk. */
#ifndef CLENET_LIB_BACKEND_OPENCL_PROGRAM_H
#define CLENET_LIB_BACKEND_OPENCL_PROGRAM_H

#include "lib/backend/opencl/discover.h"

/* Where programs come from and are kept. Strings are lent. */
typedef struct program_settings {
    const char *kernel_folder; /* .cl files are read from here; NULL: those built into the library */
    const char *cache_folder;  /* binaries are kept here; NULL: nowhere. Made, with mode 0700, when it is missing */
} program_settings;

/* The text of cl/<name>.cl with its #include "..." lines replaced by the files' text (each once), and #line marks, so that
 * a compiler names the file and line of an error; memory_free() it.
 * Errors: CLENET_ERROR_IO (no such file in the folder), CLENET_ERROR_MEMORY. */
clenet_status program_source(char **text, const char *name, const program_settings *settings, clenet_error *error);

/* Compiles cl/<name>.cl with options such as "-DC=6 -DH=28", or takes the binary of an earlier time from the cache.
 *
 * The cache: one file a program, named by a hash of the key. The key is the whole text of the source, the options, and
 * platform name and version, device name, vendor, version and driver; it is stored in the file and compared whole, and a
 * checksum guards key and binary. Files are written beside and renamed, so two processes may do so at once. A file that is cut,
 * changed, not the user's own, writable by others, or refused by the driver is ignored and written anew; a cache that
 * cannot be written costs nothing but time. Of more than 256 files or 64 MiB those go that were not used for longest.
 *
 * Errors: CLENET_ERROR_DEVICE, with the name, the device and the first line of the compiler's log that says "error"; those of
 * program_source. */
clenet_status program_build(cl_program *program, const opencl_api *api, cl_context context, const opencl_found *device,
                            const char *name, const char *options, const program_settings *settings,
                            clenet_error *error);

/* Stores the built program's binary; to be called after the first launch of its kernels, since PoCL finishes them then.
 * Never fails: a cache that cannot be written is no error. */
void program_keep(cl_program program, const opencl_api *api, const opencl_found *device, const char *name,
                  const char *options, const program_settings *settings);

#endif
