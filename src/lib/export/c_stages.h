/* c_stages.h - writes the stages of a model as C99: their weights, their functions and the calls of these. */
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

/* The calls of all stages, indented by this many blanks; the last one fills the array of this name. */
void c_write_calls(text_buffer *t, const stage_list *list, int indent, const char *answers);

/* A shape as "28x28x6", or "120" if it is flat. */
void c_write_shape(text_buffer *t, clenet_shape shape);

#endif
