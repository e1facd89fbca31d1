/* c_stages.c - see c_stages.h. */
#include "lib/export/c_stages.h"

#include <stdio.h>
#include <string.h>

#include "lib/net/layer.h"

enum {
    NUMBERS_PER_LINE = 8,
    INDENT = 4,          /* blanks */
    EXPRESSION_SIZE = 48 /* bytes of "(64 * column + j)" */
};

/* ---- names and shapes ----------------------------------------------------------------------------------- */

static bool is_flat(clenet_shape shape) {
    return shape.height == 1 && shape.width == 1;
}

void c_write_shape(text_buffer *t, clenet_shape shape) {
    if (is_flat(shape))
        text_add(t, "%d", shape.channels);
    else
        text_add(t, "%dx%dx%d", shape.height, shape.width, shape.channels);
}

static void write_sides(text_buffer *t, clenet_shape shape) {
    if (is_flat(shape))
        text_add(t, "[%d]", shape.channels);
    else
        text_add(t, "[%d][%d][%d]", shape.height, shape.width, shape.channels);
}

static const char *layer_name(const stage_list *list, int i) {
    return i != NO_LAYER ? list->model->network->layers[i].name : "pixels";
}

static const char *stage_name(const stage_list *list, const stage *s) {
    return layer_name(list, s->layer);
}

/* The index of the network of an ensemble in front of others; nothing if there is one network. */
static const char *member_index(const stage_list *list) {
    return list->model->members > 1 ? "[member]" : "";
}

/* True if the stage has weights or scales of each network of an ensemble. */
static bool has_members(const stage_list *list, const stage *s) {
    bool has = s->kernel != NULL;
    for (int k = 0; k < s->step_count; k++) has = has || list->steps[s->step_first + k].scale != NULL;
    return has && list->model->members > 1;
}

static const char *member_parameter(const stage_list *list, const stage *s) {
    return has_members(list, s) ? ", int member" : "";
}

static const char *number_type(const stage *s) {
    return s->reads_bytes ? "uint8_t" : "float";
}

/* "(row * 28 + column) * 6 + c" of two expressions and a channel. */
static void write_index(text_buffer *t, clenet_shape shape, const char *row, const char *column, const char *c) {
    if (shape.channels == 1)
        text_add(t, "%s * %d + %s", row, shape.width, column);
    else
        text_add(t, "(%s * %d + %s) * %d + %s", row, shape.width, column, shape.channels, c);
}

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
        write_numbers(t, numbers + i * count, count, indent + INDENT);
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
        int indent = members > 1 ? 2 * INDENT : INDENT;
        if (members > 1) text_add(t, "    {\n");
        if (rows > 0)
            write_rows(t, numbers + (size_t)m * each, rows, count, indent);
        else
            write_numbers(t, numbers + (size_t)m * each, count, indent);
        if (members > 1) text_add(t, "    }%s\n", m + 1 < members ? "," : "");
    }
    text_add(t, "};\n");
}

/* The names of the batchnorms that are in the weights of stage i. */
static void write_folded(text_buffer *t, const stage_list *list, int i) {
    const char *before = "; in it: ";
    for (int k = 0; k < list->model->network->layer_count; k++) {
        if (list->stage_of[k] != i || !list->folded[k]) continue;
        text_add(t, "%s%s", before, layer_name(list, k));
        before = ", ";
    }
}

void c_write_weights(text_buffer *t, const stage_list *list) {
    const char *member = list->model->members > 1 ? "[network]" : "";
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        const char *name = stage_name(list, s);
        if (s->kernel != NULL) {
            const char *sides = s->source == STAGE_CONV2D ? "[filter][row, column, channel]" : "[unit][input]";
            text_add(t, "/* %s: %s%s%s", name, member, sides, s->reads_bytes ? ", divided by 255" : "");
            write_folded(t, list, i);
            text_add(t, " */\n");
            write_array(t, list, name, "kernel", s->kernel, (size_t)s->computed.channels, s->weights);
            write_array(t, list, name, "bias", s->bias, 0, (size_t)s->computed.channels);
            text_add(t, "\n");
        }
        for (int k = 0; k < s->step_count; k++) {
            const stage_step *step = &list->steps[s->step_first + k];
            if (step->scale == NULL) continue;
            text_add(t, "/* %s: scale and shift %s[channel] */\n", layer_name(list, step->layer), member);
            write_array(t, list, layer_name(list, step->layer), "scale", step->scale, 0, step->channels);
            write_array(t, list, layer_name(list, step->layer), "shift", step->shift, 0, step->channels);
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
        const char *name = layer_name(list, step->layer), *member = member_index(list);
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

/* "const int h = row + i - 2;", and if zeros are padded, a line that passes over them. */
static void write_tap(text_buffer *t, int indent, const char *tap, const char *sum, int pad, bool pads, int end) {
    text_add(t, "%*sconst int %s = %s", indent, "", tap, sum);
    if (pad > 0) text_add(t, " - %d", pad);
    text_add(t, ";\n");
    if (pads) text_add(t, "%*sif (%s < 0 || %s >= %d) continue; /* a zero */\n", indent, "", tap, tap, end);
}

/* One number of a convolution. */
static void write_conv2d_at(text_buffer *t, const stage_list *list, const stage *s) {
    const char *name = stage_name(list, s), *member = member_index(list);
    bool pads = s->in.height < s->computed.height + s->kernel_height - 1 ||
                s->in.width < s->computed.width + s->kernel_width - 1;
    clenet_shape kernel = {s->kernel_height, s->kernel_width, s->in.channels};
    text_add(t, "static float %s_at(const %s *x, int row, int column, int f%s) {\n", name, number_type(s),
             member_parameter(list, s));
    text_add(t, "    const float *kernel = %s_kernel%s[f]; /* [%d][%d][%d] */\n", name, member, kernel.height,
             kernel.width, kernel.channels);
    text_add(t, "    float sum = %s_bias%s[f];\n", name, member);
    text_add(t, "    for (int i = 0; i < %d; i++) {\n", s->kernel_height);
    write_tap(t, 2 * INDENT, "h", "row + i", s->pad_top, pads, s->in.height);
    text_add(t, "        for (int j = 0; j < %d; j++) {\n", s->kernel_width);
    write_tap(t, 3 * INDENT, "w", "column + j", s->pad_left, pads, s->in.width);
    text_add(t, "            ");
    if (s->in.channels > 1) text_add(t, "for (int c = 0; c < %d; c++) ", s->in.channels);
    text_add(t, "sum += %sx[", s->reads_bytes ? "(float)" : "");
    write_index(t, s->in, "h", "w", "c");
    text_add(t, "] * kernel[");
    write_index(t, kernel, "i", "j", "c");
    text_add(t, "];\n        }\n    }\n    return sum;\n}\n\n");
}

static void write_dense(text_buffer *t, const stage_list *list, const stage *s) {
    const char *name = stage_name(list, s), *member = member_index(list);
    text_add(t, "    for (int c = 0; c < %d; c++) {\n", s->out.channels);
    text_add(t, "        float value = %s_bias%s[c];\n", name, member);
    text_add(t, "        for (int i = 0; i < %d; i++) value += %s_kernel%s[c][i] * %sx[i];\n", s->in.channels, name,
             member, s->reads_bytes ? "(float)" : "");
    write_steps(t, list, s, 0, s->step_count, 2 * INDENT, "value", "c");
    text_add(t, "        y[c] = value;\n    }\n");
}

/* A loop over `count` numbers; it runs down if the stage is to make the last number first. */
static void write_loop(text_buffer *t, const stage *s, int indent, const char *variable, int count, const char *end) {
    if (s->backward)
        text_add(t, "%*sfor (int %s = %d; %s-- > 0;)%s\n", indent, "", variable, count, variable, end);
    else
        text_add(t, "%*sfor (int %s = 0; %s < %d; %s++)%s\n", indent, "", variable, variable, count, variable, end);
}

/* What the source makes at a position. */
static void write_source(text_buffer *t, const stage_list *list, const stage *s, const char *row, const char *column,
                         const char *c) {
    if (s->source == STAGE_CONV2D) {
        text_add(t, "%s_at(x, %s, %s, %s%s)", stage_name(list, s), row, column, c,
                 list->model->members > 1 ? ", member" : "");
        return;
    }
    text_add(t, "%sx[", s->reads_bytes ? "(float)" : "");
    if (is_flat(s->in))
        text_add(t, "%s", c);
    else
        write_index(t, s->in, row, column, c);
    text_add(t, "]");
}

/* The expression of a row or column that a window reads: "2 * row + i", in parentheses if it will be multiplied. */
static void put_tap(char text[EXPRESSION_SIZE], const stage *s, int window, const char *position, const char *tap) {
    bool multiplied = s->source == STAGE_INPUT;
    if (is_flat(s->out))
        (void)snprintf(text, EXPRESSION_SIZE, "%s", tap);
    else
        (void)snprintf(text, EXPRESSION_SIZE, multiplied ? "(%d * %s + %s)" : "%d * %s + %s", window, position, tap);
}

/* The pooled number of one window, in the variable best or mean. */
static void write_window(text_buffer *t, const stage_list *list, const stage *s, int indent, const char *c) {
    char row[EXPRESSION_SIZE], column[EXPRESSION_SIZE];
    put_tap(row, s, s->window_height, "row", "i");
    put_tap(column, s, s->window_width, "column", "j");
    text_add(t, s->mean ? "%*sfloat mean = 0.0F;\n" : "%*sfloat best = -FLT_MAX;\n", indent, "");
    text_add(t, "%*sfor (int i = 0; i < %d; i++)\n", indent, "", s->window_height);
    text_add(t, "%*sfor (int j = 0; j < %d; j++) {\n", indent + INDENT, "", s->window_width);
    int inner = indent + 2 * INDENT;
    text_add(t, "%*s%sfloat value = ", inner, "", s->before == 0 ? "const " : "");
    write_source(t, list, s, row, column, c);
    text_add(t, ";\n");
    write_steps(t, list, s, 0, s->before, inner, "value", c);
    text_add(t, s->mean ? "%*smean += value;\n" : "%*sif (value > best) best = value;\n", inner, "");
    text_add(t, "%*s}\n", indent + INDENT, "");
    if (s->mean) text_add(t, "%*smean /= %d.0F;\n", indent, "", s->window_height * s->window_width);
}

/* Loops over the output of a stage that is no dense layer. */
static void write_loops(text_buffer *t, const stage_list *list, const stage *s) {
    int indent = INDENT;
    bool one = s->out.channels == 1;
    const char *c = one ? "0" : "c";
    const char *value = s->window_height == 0 ? "value" : s->mean ? "mean" : "best";
    if (!is_flat(s->out)) {
        write_loop(t, s, indent, "row", s->out.height, "");
        indent += INDENT;
        write_loop(t, s, indent, "column", s->out.width, one ? " {" : "");
        indent += INDENT;
    }
    if (!one) {
        write_loop(t, s, indent, "c", s->out.channels, " {");
        indent += INDENT;
    }
    if (s->window_height > 0) {
        write_window(t, list, s, indent, c);
    } else {
        text_add(t, "%*s%sfloat value = ", indent, "", s->step_count == 0 ? "const " : "");
        write_source(t, list, s, is_flat(s->out) ? "0" : "row", is_flat(s->out) ? "0" : "column", c);
        text_add(t, ";\n");
    }
    write_steps(t, list, s, s->before, s->step_count, indent, value, c);
    text_add(t, "%*sy[", indent, "");
    if (is_flat(s->out))
        text_add(t, "%s", c);
    else
        write_index(t, s->out, "row", "column", c);
    text_add(t, "] = %s;\n", value);
    if (!one || !is_flat(s->out)) text_add(t, "%*s}\n", indent - INDENT, "");
}

/* A layer as in the network's text, with its name in place of its kind: "conv2d_1 6 5x5 same relu". */
static void write_layer(text_buffer *t, const stage_list *list, int i) {
    char line[LAYER_LINE_SIZE];
    layer_line(line, &list->model->network->layers[i].spec);
    const char *fields = line + strcspn(line, " \n");
    text_add(t, "%s%.*s", layer_name(list, i), (int)strcspn(fields, "\n"), fields);
}

/* "conv2d_1 6 5x5 same relu, maxpool2d_1 2x2: 28x28x1 to 14x14x6" */
static void write_headline(text_buffer *t, const stage_list *list, int i) {
    const stage *s = &list->stages[i];
    const char *between = "";
    text_add(t, "/* ");
    if (s->layer == NO_LAYER) {
        text_add(t, "pixel / 255");
        between = ", ";
    }
    for (int k = 0; k < list->model->network->layer_count; k++) {
        if (list->stage_of[k] != i || list->folded[k]) continue;
        text_add(t, "%s", between);
        write_layer(t, list, k);
        between = ", ";
    }
    text_add(t, ": ");
    c_write_shape(t, s->in);
    text_add(t, " to ");
    c_write_shape(t, s->out);
    if (s->backward) text_add(t, ". The ends of x and y are at one address, so the last number is computed first");
    text_add(t, " */\n");
}

void c_write_functions(text_buffer *t, const stage_list *list) {
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        if (s->source == STAGE_CONV2D) {
            text_add(t, "/* Filter f of %s at a position of its ", stage_name(list, s));
            c_write_shape(t, s->computed);
            text_add(t, " output. */\n");
            write_conv2d_at(t, list, s);
        }
        write_headline(t, list, i);
        text_add(t, "static void %s(float *y /* ", stage_name(list, s));
        write_sides(t, s->out);
        text_add(t, " */, const %s *x /* ", number_type(s));
        write_sides(t, s->in);
        text_add(t, " */%s) {\n", member_parameter(list, s));
        if (s->source == STAGE_DENSE)
            write_dense(t, list, s);
        else
            write_loops(t, list, s);
        text_add(t, "}\n\n");
    }
}

static void write_place(text_buffer *t, size_t offset) {
    if (offset > 0)
        text_add(t, "arena + %zu", offset);
    else
        text_add(t, "arena");
}

void c_write_calls(text_buffer *t, const stage_list *list, int indent, const char *answers) {
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        text_add(t, "%*s%s(", indent, "", stage_name(list, s));
        if (i + 1 == list->count)
            text_add(t, "%s", answers);
        else
            write_place(t, s->y);
        text_add(t, ", ");
        if (s->reads_bytes)
            text_add(t, "image");
        else
            write_place(t, s->x);
        text_add(t, "%s); /* to ", has_members(list, s) ? ", member" : "");
        c_write_shape(t, s->out);
        text_add(t, " */\n");
    }
}
