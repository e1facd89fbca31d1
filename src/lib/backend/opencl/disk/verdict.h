/* verdict.h - what is remembered of a device: whether it passed its check, and how fast it was.
 * A record of kind "device" (device_record.h). */
#ifndef CLENET_LIB_BACKEND_OPENCL_DISK_VERDICT_H
#define CLENET_LIB_BACKEND_OPENCL_DISK_VERDICT_H

#include "lib/backend/opencl/discover.h"

enum { VERDICT_TEXT = 512 };

typedef struct opencl_verdict {
    bool known, passed;
    double images_per_second;   /* 0: unknown */
    char plain[OPENCL_PLAIN];   /* programs that pass with plain kernels alone, with commas between */
    char failure[VERDICT_TEXT]; /* one line; "" where passed */
} opencl_verdict;

/* The verdict on the device that the folder (NULL: none) remembers; known is false where there is none. */
opencl_verdict verdict_read(const opencl_found *device, const char *cache_folder);

/* Remembers it; what cannot be written is no error. */
void verdict_write(const opencl_verdict *verdict, const opencl_found *device, const char *cache_folder);

/* Runs `<command> check-device P.D [--plain LIST]` in a child process and waits for it, for at most VERDICT_SECONDS. The child
 * says before each step of its check {"checking": "conv2d"}, the programs that it is about, and prints
 * {"passed": true, "images_per_second": 12345.6} or {"passed": false, "failure": "...", "blame": "conv2d"} as its last line on
 * standard output; one that is killed, crashes or hangs has failed, and the failure says how. The programs to blame are then
 * tried once more with plain kernels, by another child; the device has failed when these fail, too. Where a child that passed
 * says "products": "clblast", one without it is timed as well, and the faster way is the verdict's. Errors: CLENET_ERROR_IO where the command cannot
 * be started; CLENET_ERROR_DEVICE where it was stopped from outside (Ctrl-C), which is no verdict. */
enum { VERDICT_SECONDS = 300 };
clenet_status verdict_ask(opencl_verdict *verdict, const opencl_found *device, const char *command,
                          clenet_error *error);

/* What one child is asked. */
typedef struct verdict_question {
    const char *command, *plain; /* plain: programs whose kernels are to be plain; "" for none */
    const char *tiles;           /* as tiles.h writes them; NULL: those by the kind of device */
    bool quick;                  /* the default LeNet alone */
    double seconds;              /* it may take */
} verdict_question;

/* What one child, `<command> check-device P.D [--plain LIST] [--tiles TILES] [--quick]`, comes to; whom it blames, or, where it
 * passed, by which library it made its products. Errors: those of verdict_ask. */
clenet_status verdict_ask_once(opencl_verdict *verdict, char named[OPENCL_PLAIN], const opencl_found *device,
                               const verdict_question *question, clenet_error *error);

/* verdict_ask() with another limit, for tests. */
clenet_status verdict_ask_within(opencl_verdict *verdict, const opencl_found *device, const char *command,
                                 double seconds, clenet_error *error);

#endif
