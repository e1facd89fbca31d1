/* background.h - checks a device on a separate thread, while another one works.
 *
 * The check itself is a child process with a low priority. Its verdict is remembered, for later runs. */
#ifndef CLENET_LIB_BACKEND_BACKGROUND_H
#define CLENET_LIB_BACKEND_BACKGROUND_H

#include "lib/backend/backend.h"

enum { BACKGROUND_LARGER = 2 /* batches that "auto" looks at, in addition to the job's */ };

/* Larger batches, in ascending order: of the sizes at which GPUs begin to pay. */
extern const int background_batches[BACKGROUND_LARGER];

/* Begins to check the device with this ID for the job, and then for the job's larger batches. Everything is copied. NULL if it
 * cannot begin: then a later run checks the device. */
background *background_begin(const char *id, const clenet_device_options *options, const char *job);

/* Writes the state of the check, in one line of at most `size` bytes. */
void background_tell(background *b, char *text, size_t size);

/* Stops the check, if it still runs; b may be NULL. */
void background_end(background *b);

#endif
