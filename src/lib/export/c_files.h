/* c_files.h - writes a model as a C99 source file and its header. */
#ifndef CLENET_LIB_EXPORT_C_FILES_H
#define CLENET_LIB_EXPORT_C_FILES_H

#include "lib/export/stages.h"
#include "lib/export/text.h"

enum { C_PREFIX_SIZE = 41 }; /* bytes of a prefix, with its end */

typedef struct c_file {
    const stage_list *list; /* with its int8 if the code has 8-bit integers */
    const char *header_name;
    char prefix[C_PREFIX_SIZE], capitals[C_PREFIX_SIZE]; /* "digits", "DIGITS" */
    bool logits;
    const double *expected; /* [classes]: the answers to the self-test's image */
} c_file;

/* The pixel of the self-test's image, which the source file draws alike. */
uint8_t c_self_test_pixel(clenet_shape shape, int row, int column, int channel);

void c_write_header(text_buffer *t, const c_file *file);
void c_write_source(text_buffer *t, const c_file *file);

#endif
