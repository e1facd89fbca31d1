/* c_stages.c - see c_stages.h. */
#include "lib/export/c_stages.h"

#include "lib/export/c_parts.h"

enum { NUMBERS_PER_LINE = 8 };

/* ---- what is needed ------------------------------------------------------------------------------------- */

c_needs c_needs_of(const stage_list *list, bool softmax) {
    c_needs needs = {.expf = softmax};
    for (int i = 0; i < list->count; i++)
        if (list->stages[i].window_height > 0 && !list->stages[i].mean) needs.float_max = true;
    for (int i = 0; i < list->step_count; i++) {
        clenet_activation activation = list->steps[i].activation;
        needs.relu = needs.relu || activation == CLENET_ACTIVATION_RELU;
        needs.leaky_relu = needs.leaky_relu || activation == CLENET_ACTIVATION_LEAKY_RELU;
        needs.tanh = needs.tanh || activation == CLENET_ACTIVATION_TANH;
        needs.sigmoid = needs.sigmoid || activation == CLENET_ACTIVATION_SIGMOID;
    }
    needs.expf = needs.expf || needs.tanh || needs.sigmoid;
    return needs;
}

/* ---- weights -------------------------------------------------------------------------------------------- */

static void write_numbers(text_buffer *t, const double *numbers, size_t count, int indent) {
    for (size_t i = 0; i < count; i++) {
        if (i % NUMBERS_PER_LINE == 0) text_add(t, "%*s", indent, "");
        text_add_float(t, (float)numbers[i]);
        text_add(t, i + 1 == count ? "\n" : (i + 1) % NUMBERS_PER_LINE == 0 ? ",\n" : ", ");
    }
}

/* Rows of numbers, in braces of two levels. */
static void write_rows(text_buffer *t, const double *numbers, size_t rows, size_t count, int indent) {
    for (size_t i = 0; i < rows; i++) {
        text_add(t, "%*s{\n", indent, "");
        write_numbers(t, numbers + i * count, count, indent + C_INDENT);
        text_add(t, "%*s}%s\n", indent, "", i + 1 < rows ? "," : "");
    }
}

/* An array [members][rows][count], without the first side if there is one network, without the second if rows is 0. */
static void write_array(text_buffer *t, const stage_list *list, const char *name, const char *what,
                        const double *numbers, size_t rows, size_t count) {
    int members = list->model->members;
    size_t each = rows > 0 ? rows * count : count;
    text_add(t, "static const float %s_%s", name, what);
    if (members > 1) text_add(t, "[%d]", members);
    if (rows > 0) text_add(t, "[%zu]", rows);
    text_add(t, "[%zu] = {\n", count);
    for (int m = 0; m < members; m++) {
        int indent = members > 1 ? 2 * C_INDENT : C_INDENT;
        if (members > 1) text_add(t, "    {\n");
        if (rows > 0)
            write_rows(t, numbers + (size_t)m * each, rows, count, indent);
        else
            write_numbers(t, numbers + (size_t)m * each, count, indent);
        if (members > 1) text_add(t, "    }%s\n", m + 1 < members ? "," : "");
    }
    text_add(t, "};\n");
}

void c_write_weights(text_buffer *t, const stage_list *list) {
    const char *member = list->model->members > 1 ? "[network]" : "";
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        const char *name = c_stage_name(list, s);
        if (s->kernel != NULL) {
            c_write_weights_comment(t, list, i);
            write_array(t, list, name, "kernel", s->kernel, (size_t)s->computed.channels, s->weights);
            write_array(t, list, name, "bias", s->bias, 0, (size_t)s->computed.channels);
            text_add(t, "\n");
        }
        for (int k = 0; k < s->step_count; k++) {
            const stage_step *step = &list->steps[s->step_first + k];
            if (step->scale == NULL) continue;
            text_add(t, "/* %s: scale and shift %s[channel] */\n", c_layer_name(list, step->layer), member);
            write_array(t, list, c_layer_name(list, step->layer), "scale", step->scale, 0, step->channels);
            write_array(t, list, c_layer_name(list, step->layer), "shift", step->shift, 0, step->channels);
            text_add(t, "\n");
        }
    }
}

/* ---- functions ------------------------------------------------------------------------------------------ */

/* Steps first .. end of stage s, applied to the variable. */
static void write_steps(text_buffer *t, const stage_list *list, const stage *s, int first, int end, int indent,
                        const char *variable, const char *c) {
    for (int k = first; k < end; k++) {
        const stage_step *step = &list->steps[s->step_first + k];
        const char *name = c_layer_name(list, step->layer), *member = c_member_index(list);
        text_add(t, "%*s", indent, "");
        switch (step->activation) {
        case CLENET_ACTIVATION_RELU:
            text_add(t, "%s = relu(%s);\n", variable, variable);
            break;
        case CLENET_ACTIVATION_TANH:
            text_add(t, "%s = tanh_of(%s);\n", variable, variable);
            break;
        case CLENET_ACTIVATION_SIGMOID:
            text_add(t, "%s = sigmoid(%s);\n", variable, variable);
            break;
        case CLENET_ACTIVATION_LEAKY_RELU:
            text_add(t, "%s = leaky_relu(%s, ", variable, variable);
            text_add_float(t, step->slope);
            text_add(t, ");\n");
            break;
        case CLENET_ACTIVATION_NONE:
        case CLENET_ACTIVATION_SOFTMAX:
            if (step->layer == NO_LAYER)
                text_add(t, "%s /= 255.0F;\n", variable);
            else
                text_add(t, "%s = %s * %s_scale%s[%s] + %s_shift%s[%s];\n", variable, variable, name, member, c, name,
                         member, c);
            break;
        }
    }
}

/* One number of a convolution. */
static void write_conv2d_at(text_buffer *t, const stage_list *list, const stage *s) {
    const char *name = c_stage_name(list, s), *member = c_member_index(list);
    text_add(t, "/* Filter f of %s at a position of its ", name);
    c_write_shape(t, s->computed);
    text_add(t, " output. */\n");
    text_add(t, "static float %s_at(const %s *x, int row, int column, int f%s) {\n", name,
             s->reads_bytes ? "uint8_t" : "float", c_member_parameter(list, s));
    text_add(t, "    const float *kernel = %s_kernel%s[f]; /* [%d][%d][%d] */\n", name, member, s->kernel_height,
             s->kernel_width, s->in.channels / s->groups);
    text_add(t, "    float sum = %s_bias%s[f];\n", name, member);
    c_begin_taps(t, s);
    text_add(t, "sum += %sx[", s->reads_bytes ? "(float)" : "");
    c_write_tap_of_x(t, s);
    text_add(t, "] * kernel[");
    c_write_tap_of_kernel(t, s);
    text_add(t, "];\n");
    c_end_taps(t);
    text_add(t, "    return sum;\n}\n\n");
}

static void write_dense(text_buffer *t, const stage_list *list, const stage *s) {
    const char *name = c_stage_name(list, s), *member = c_member_index(list);
    text_add(t, "    for (int c = 0; c < %d; c++) {\n", s->out.channels);
    text_add(t, "        float value = %s_bias%s[c];\n", name, member);
    text_add(t, "        for (int i = 0; i < %d; i++) value += %s_kernel%s[c][i] * %sx[i];\n", s->in.channels, name,
             member, s->reads_bytes ? "(float)" : "");
    write_steps(t, list, s, 0, s->step_count, 2 * C_INDENT, "value", "c");
    text_add(t, "        y[c] = value;\n    }\n");
}

/* What the source makes at a position, as a float. */
static void write_source(text_buffer *t, const stage_list *list, const stage *s, const char *row, const char *column,
                         const char *c) {
    if (s->source == STAGE_INPUT && s->reads_bytes) text_add(t, "(float)");
    c_write_at(t, list, s, row, column, c);
}

/* The pooled number of one window, in the variable best or mean. */
static void write_window(text_buffer *t, const stage_list *list, const stage *s, int indent, const char *c) {
    char row[C_EXPRESSION_SIZE], column[C_EXPRESSION_SIZE];
    bool counts = s->mean && c_window_pads(s);
    text_add(t, s->mean ? "%*sfloat mean = 0.0F;\n" : "%*sfloat best = -FLT_MAX;\n", indent, "");
    if (counts) text_add(t, "%*sint count = 0;\n", indent, "");
    int inner = c_begin_window(t, s, indent, row, column);
    text_add(t, "%*s%sfloat value = ", inner, "", s->before == 0 ? "const " : "");
    write_source(t, list, s, row, column, c);
    text_add(t, ";\n");
    write_steps(t, list, s, 0, s->before, inner, "value", c);
    text_add(t, s->mean ? "%*smean += value;\n" : "%*sif (value > best) best = value;\n", inner, "");
    if (counts) text_add(t, "%*scount++;\n", inner, "");
    text_add(t, "%*s}\n", inner - C_INDENT, "");
    if (counts)
        text_add(t, "%*smean /= (float)count;\n", indent, "");
    else if (s->mean)
        text_add(t, "%*smean /= %d.0F;\n", indent, "", s->window_height * s->window_width);
}

static void write_body(text_buffer *t, const stage_list *list, const stage *s, int indent, const char *c) {
    const char *value = s->window_height == 0 ? "value" : s->mean ? "mean" : "best";
    bool flat = c_is_flat(s->out);
    if (s->window_height > 0) {
        write_window(t, list, s, indent, c);
    } else {
        text_add(t, "%*s%sfloat value = ", indent, "", s->step_count == 0 ? "const " : "");
        write_source(t, list, s, flat ? "0" : "row", flat ? "0" : "column", c);
        text_add(t, ";\n");
    }
    write_steps(t, list, s, s->before, s->step_count, indent, value, c);
    text_add(t, "%*s", indent, "");
    c_write_output(t, s, c);
    text_add(t, " = %s;\n", value);
}

void c_write_functions(text_buffer *t, const stage_list *list) {
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        if (s->source == STAGE_CONV2D)
            write_conv2d_at(t, list, s);
        else if (c_has_source_function(s))
            c_write_pad_at(t, list, s, s->reads_bytes ? "uint8_t" : "float", s->reads_bytes ? "0" : "0.0F");
        c_begin_function(t, list, i, "float");
        if (s->source == STAGE_DENSE)
            write_dense(t, list, s);
        else
            c_write_loops(t, list, s, write_body);
        text_add(t, "}\n\n");
    }
}
