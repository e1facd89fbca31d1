/* program.h - finds, compiles and caches OpenCL programs.
 *
 * Sources are embedded in the library, or read from a folder for editing. They are compiled for one device with -D constants, and
 * kept as binaries on disk. */
#ifndef CLENET_LIB_BACKEND_OPENCL_PROGRAM_H
#define CLENET_LIB_BACKEND_OPENCL_PROGRAM_H

#include "lib/backend/opencl/discover.h"

/* The places of sources and binaries. Strings are lent. */
typedef struct program_settings {
    const char *kernel_folder; /* .cl files are read from here; NULL: the embedded ones */
    const char *cache_folder;  /* binaries are kept here; NULL: not at all. Made, with mode 0700, if it is missing */
} program_settings;

/* The text of cl/<name>.cl with its #include "..." lines replaced by the files' text (each once), and #line marks, so that
 * compilers report the right file and line; memory_free() it. Errors: CLENET_ERROR_IO (no such file in the folder),
 * CLENET_ERROR_MEMORY. */
clenet_status program_source(char **text, const char *name, const program_settings *settings, clenet_error *error);

/* Compiles cl/<name>.cl with options such as "-DC=6 -DH=28", or takes an earlier binary from the cache.
 *
 * The cache has one file per program, named by a hash of the key. The key is the whole text of the source, the options, and
 * platform name and version, device name, vendor, version and driver. It is stored in the file and compared completely, and a
 * checksum protects key and binary. Files are written under a temporary name and renamed, so two processes may do so at once. A
 * file that is cut, changed, of another user, writable by others, or refused by the driver is ignored and written again. A cache
 * that cannot be written costs only time. If there are more than 256 files or 64 MiB, the least recently used are removed.
 *
 * Errors: CLENET_ERROR_DEVICE, with the name, the device and the first line of the compiler's log that has the word "error";
 * those of program_source. */
clenet_status program_build(cl_program *program, const opencl_api *api, cl_context context, const opencl_found *device,
                            const char *name, const char *options, const program_settings *settings,
                            clenet_error *error);

/* The compiler's log, zero-terminated; NULL if there is none. memory_free() it. */
char *program_log(const opencl_api *api, cl_program program, cl_device_id device);

/* Stores the built program's binary. Call it after the first launch of its kernels, since PoCL finishes them then. Never fails: a
 * cache that cannot be written is not an error. */
void program_keep(cl_program program, const opencl_api *api, const opencl_found *device, const char *name,
                  const char *options, const program_settings *settings);

#endif
