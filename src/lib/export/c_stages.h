/* c_stages.h - writes the weights and functions of stages as C99 with floats. */
#ifndef CLENET_LIB_EXPORT_C_STAGES_H
#define CLENET_LIB_EXPORT_C_STAGES_H

#include "lib/export/stages.h"
#include "lib/export/text.h"

/* What the code of the stages needs of the C library, and of small functions. */
typedef struct c_needs {
    bool expf, float_max;
    bool relu, leaky_relu, tanh, sigmoid;
} c_needs;

c_needs c_needs_of(const stage_list *list, bool softmax);

void c_write_weights(text_buffer *t, const stage_list *list);
void c_write_functions(text_buffer *t, const stage_list *list);

#endif
