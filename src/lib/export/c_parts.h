/* c_parts.h - pieces of C99 that stages of floats and of 8-bit integers have in common. */
#ifndef CLENET_LIB_EXPORT_C_PARTS_H
#define CLENET_LIB_EXPORT_C_PARTS_H

#include "lib/export/stages.h"
#include "lib/export/text.h"

enum {
    C_INDENT = 4,          /* blanks */
    C_EXPRESSION_SIZE = 64 /* bytes of "(64 * column + j)" */
};

/* ---- names and shapes ---- */

bool c_is_flat(clenet_shape shape);
void c_write_shape(text_buffer *t, clenet_shape shape);  /* "28x28x6", or "120" if it is flat */
void c_write_sides(text_buffer *t, clenet_shape shape);  /* "[28][28][6]", or "[120]" */
const char *c_layer_name(const stage_list *list, int i); /* "pixels" for NO_LAYER */
const char *c_stage_name(const stage_list *list, const stage *s);

/* The index of the network of an ensemble in front of others, and a parameter for it; nothing if there is one network, or if the stage
 * has no weights. */
const char *c_member_index(const stage_list *list);
const char *c_member_parameter(const stage_list *list, const stage *s);

/* "(row * 28 + column) * 6 + c" of two expressions and a channel. */
void c_write_index(text_buffer *t, clenet_shape shape, const char *row, const char *column, const char *c);

/* The comment on the weights of stage i: "conv2d_1: [filter][row, column, channel], divided by 255; in it: batchnorm_1". */
void c_write_weights_comment(text_buffer *t, const stage_list *list, int i);

/* ---- loops ---- */

/* The loops of a convolution over the taps of its kernel, down to the index of x and kernel: the caller writes what is in them in
 * between. */
void c_begin_taps(text_buffer *t, const stage *s);
void c_end_taps(text_buffer *t);
void c_write_tap_of_x(text_buffer *t, const stage *s);      /* "(h * 28 + w) * 6 + c" */
void c_write_tap_of_kernel(text_buffer *t, const stage *s); /* "(i * 5 + j) * 6 + c" */

/* The loops over the window of a pool, each with a brace. They fill the expressions of the row and the column that a window reads, in
 * parentheses if they will be multiplied. The caller closes the inner loop, at the indentation that is returned less C_INDENT. */
int c_begin_window(text_buffer *t, const stage *s, int indent, char row[C_EXPRESSION_SIZE],
                   char column[C_EXPRESSION_SIZE]);

/* True if a window may be partly outside, so that the mean must count. */
bool c_window_pads(const stage *s);

/* Writes the number of one output, in a channel, with this indentation. */
typedef void c_body_function(text_buffer *t, const stage_list *list, const stage *s, int indent, const char *c);

/* Loops over the output of a stage that is no dense layer. */
void c_write_loops(text_buffer *t, const stage_list *list, const stage *s, c_body_function *body);

/* "y[(row * 14 + column) * 6 + c]" of the loops. */
void c_write_output(text_buffer *t, const stage *s, const char *c);

/* True if the stage's source is a function of a position, NAME_at(): a convolution, or an input with zeros around it. */
bool c_has_source_function(const stage *s);

/* What the source makes at a position: "conv2d_1_at(x, row, column, c)", or "x[...]". */
void c_write_at(text_buffer *t, const stage_list *list, const stage *s, const char *row, const char *column,
                const char *c);

/* The function NAME_at() of an input with zeros around it. */
void c_write_pad_at(text_buffer *t, const stage_list *list, const stage *s, const char *type, const char *zero);

/* ---- functions ---- */

/* The comment of a stage's function, and its first line: "static void conv2d_1(float *y, const uint8_t *x) {". */
void c_begin_function(text_buffer *t, const stage_list *list, int i, const char *type);

/* The calls of all stages, indented by this many blanks; the last one fills the array of this name. */
void c_write_calls(text_buffer *t, const stage_list *list, int indent, const char *answers);

#endif
