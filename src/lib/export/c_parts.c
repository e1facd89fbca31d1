/* c_parts.c - see c_parts.h. */
#include "lib/export/c_parts.h"

#include <stdio.h>
#include <string.h>

#include "lib/net/layer.h"

/* ---- names and shapes ----------------------------------------------------------------------------------- */

bool c_is_flat(clenet_shape shape) {
    return shape.height == 1 && shape.width == 1;
}

void c_write_shape(text_buffer *t, clenet_shape shape) {
    if (c_is_flat(shape))
        text_add(t, "%d", shape.channels);
    else
        text_add(t, "%dx%dx%d", shape.height, shape.width, shape.channels);
}

void c_write_sides(text_buffer *t, clenet_shape shape) {
    if (c_is_flat(shape))
        text_add(t, "[%d]", shape.channels);
    else
        text_add(t, "[%d][%d][%d]", shape.height, shape.width, shape.channels);
}

const char *c_layer_name(const stage_list *list, int i) {
    return i != NO_LAYER ? list->model->network->layers[i].name : "pixels";
}

const char *c_stage_name(const stage_list *list, const stage *s) {
    return c_layer_name(list, s->layer);
}

const char *c_member_index(const stage_list *list) {
    return list->model->members > 1 ? "[member]" : "";
}

/* True if the stage has weights or scales of each network of an ensemble. */
static bool has_members(const stage_list *list, const stage *s) {
    bool has = s->kernel != NULL;
    for (int k = 0; k < s->step_count; k++) has = has || list->steps[s->step_first + k].scale != NULL;
    return has && list->model->members > 1;
}

const char *c_member_parameter(const stage_list *list, const stage *s) {
    return has_members(list, s) ? ", int member" : "";
}

void c_write_index(text_buffer *t, clenet_shape shape, const char *row, const char *column, const char *c) {
    if (shape.channels == 1)
        text_add(t, "%s * %d + %s", row, shape.width, column);
    else
        text_add(t, "(%s * %d + %s) * %d + %s", row, shape.width, column, shape.channels, c);
}

void c_write_weights_comment(text_buffer *t, const stage_list *list, int i) {
    const stage *s = &list->stages[i];
    const char *sides = s->source == STAGE_CONV2D ? "[filter][row, column, channel]" : "[unit][input]";
    const char *before = "; in it: ";
    text_add(t, "/* %s: %s%s%s", c_stage_name(list, s), list->model->members > 1 ? "[network]" : "", sides,
             s->reads_bytes ? ", divided by 255" : "");
    for (int k = 0; k < list->model->network->layer_count; k++) {
        if (list->stage_of[k] != i || !list->folded[k]) continue;
        text_add(t, "%s%s", before, c_layer_name(list, k));
        before = ", ";
    }
    text_add(t, " */\n");
}

/* ---- convolutions --------------------------------------------------------------------------------------- */

static int group_channels(const stage *s) {
    return s->in.channels / s->groups;
}

/* "const int h = 2 * row + i - 2;", and if zeros are padded, a line that passes over them. */
static void write_tap(text_buffer *t, int indent, const char *tap, const char *position, int stride, const char *index,
                      int pad, bool pads, int end) {
    text_add(t, "%*sconst int %s = ", indent, "", tap);
    if (stride > 1) text_add(t, "%d * ", stride);
    text_add(t, "%s + %s", position, index);
    if (pad > 0) text_add(t, " - %d", pad);
    text_add(t, ";\n");
    if (pads) text_add(t, "%*sif (%s < 0 || %s >= %d) continue; /* a zero */\n", indent, "", tap, tap, end);
}

void c_begin_taps(text_buffer *t, const stage *s) {
    bool pads = stage_pads(s);
    text_add(t, "    for (int i = 0; i < %d; i++) {\n", s->kernel_height);
    write_tap(t, 2 * C_INDENT, "h", "row", s->stride, "i", s->pad_top, pads, s->in.height);
    text_add(t, "        for (int j = 0; j < %d; j++) {\n", s->kernel_width);
    write_tap(t, 3 * C_INDENT, "w", "column", s->stride, "j", s->pad_left, pads, s->in.width);
    text_add(t, "            ");
    if (group_channels(s) > 1) text_add(t, "for (int c = 0; c < %d; c++) ", group_channels(s));
}

void c_end_taps(text_buffer *t) {
    text_add(t, "        }\n    }\n");
}

/* Filter f reads the channels of its group. */
void c_write_tap_of_x(text_buffer *t, const stage *s) {
    char c[C_EXPRESSION_SIZE];
    int channels = group_channels(s), filters = s->computed.channels / s->groups;
    if (s->groups == 1)
        (void)snprintf(c, sizeof c, "c");
    else if (channels == 1 && filters == 1)
        (void)snprintf(c, sizeof c, "f");
    else if (channels == 1)
        (void)snprintf(c, sizeof c, "f / %d", filters);
    else if (filters == 1)
        (void)snprintf(c, sizeof c, "f * %d + c", channels);
    else
        (void)snprintf(c, sizeof c, "f / %d * %d + c", filters, channels);
    c_write_index(t, s->in, "h", "w", c);
}

void c_write_tap_of_kernel(text_buffer *t, const stage *s) {
    clenet_shape kernel = {s->kernel_height, s->kernel_width, group_channels(s)};
    c_write_index(t, kernel, "i", "j", "c");
}

/* ---- windows -------------------------------------------------------------------------------------------- */

bool c_window_pads(const stage *s) {
    return s->window_top > 0 || s->window_left > 0 ||
           (s->out.height - 1) * s->window_stride + s->window_height > s->computed.height ||
           (s->out.width - 1) * s->window_stride + s->window_width > s->computed.width;
}

/* The expression of a row or column that a window reads: "2 * row + i". */
static void put_tap(char text[C_EXPRESSION_SIZE], const stage *s, const char *position, const char *tap) {
    bool multiplied = !c_has_source_function(s);
    if (c_is_flat(s->out))
        (void)snprintf(text, C_EXPRESSION_SIZE, "%s", tap);
    else if (s->window_stride == 1)
        (void)snprintf(text, C_EXPRESSION_SIZE, multiplied ? "(%s + %s)" : "%s + %s", position, tap);
    else
        (void)snprintf(text, C_EXPRESSION_SIZE, multiplied ? "(%d * %s + %s)" : "%d * %s + %s", s->window_stride,
                       position, tap);
}

/* "h = 2 * row + i - 1" */
static void write_window_tap(text_buffer *t, const stage *s, const char *tap, const char *position, const char *index,
                             int pad) {
    text_add(t, "%s = ", tap);
    if (!c_is_flat(s->out)) {
        if (s->window_stride > 1) text_add(t, "%d * ", s->window_stride);
        text_add(t, "%s + ", position);
    }
    text_add(t, "%s", index);
    if (pad > 0) text_add(t, " - %d", pad);
}

int c_begin_window(text_buffer *t, const stage *s, int indent, char row[C_EXPRESSION_SIZE],
                   char column[C_EXPRESSION_SIZE]) {
    if (!c_window_pads(s)) {
        put_tap(row, s, "row", "i");
        put_tap(column, s, "column", "j");
        text_add(t, "%*sfor (int i = 0; i < %d; i++)\n", indent, "", s->window_height);
        text_add(t, "%*sfor (int j = 0; j < %d; j++) {\n", indent + C_INDENT, "", s->window_width);
        return indent + 2 * C_INDENT;
    }
    (void)snprintf(row, C_EXPRESSION_SIZE, "h");
    (void)snprintf(column, C_EXPRESSION_SIZE, "w");
    text_add(t, "%*sfor (int i = 0; i < %d; i++)\n", indent, "", s->window_height);
    indent += C_INDENT;
    text_add(t, "%*sfor (int j = 0; j < %d; j++) {\n", indent, "", s->window_width);
    indent += C_INDENT;
    text_add(t, "%*sconst int ", indent, "");
    write_window_tap(t, s, "h", "row", "i", s->window_top);
    text_add(t, ", ");
    write_window_tap(t, s, "w", "column", "j", s->window_left);
    text_add(t, ";\n");
    text_add(t, "%*sif (h < 0 || h >= %d || w < 0 || w >= %d) continue; /* outside */\n", indent, "",
             s->computed.height, s->computed.width);
    return indent;
}

/* ---- loops ---------------------------------------------------------------------------------------------- */

/* A loop over `count` numbers; it runs down if the stage is to make the last number first. */
static void write_loop(text_buffer *t, const stage *s, int indent, const char *variable, int count, const char *end) {
    if (s->backward)
        text_add(t, "%*sfor (int %s = %d; %s-- > 0;)%s\n", indent, "", variable, count, variable, end);
    else
        text_add(t, "%*sfor (int %s = 0; %s < %d; %s++)%s\n", indent, "", variable, variable, count, variable, end);
}

void c_write_loops(text_buffer *t, const stage_list *list, const stage *s, c_body_function *body) {
    int indent = C_INDENT;
    bool one = s->out.channels == 1;
    if (!c_is_flat(s->out)) {
        write_loop(t, s, indent, "row", s->out.height, "");
        indent += C_INDENT;
        write_loop(t, s, indent, "column", s->out.width, one ? " {" : "");
        indent += C_INDENT;
    }
    if (!one) {
        write_loop(t, s, indent, "c", s->out.channels, " {");
        indent += C_INDENT;
    }
    body(t, list, s, indent, one ? "0" : "c");
    if (!one || !c_is_flat(s->out)) text_add(t, "%*s}\n", indent - C_INDENT, "");
}

void c_write_output(text_buffer *t, const stage *s, const char *c) {
    text_add(t, "y[");
    if (c_is_flat(s->out))
        text_add(t, "%s", c);
    else
        c_write_index(t, s->out, "row", "column", c);
    text_add(t, "]");
}

bool c_has_source_function(const stage *s) {
    return s->source == STAGE_CONV2D || (s->source == STAGE_INPUT && stage_pads(s));
}

void c_write_at(text_buffer *t, const stage_list *list, const stage *s, const char *row, const char *column,
                const char *c) {
    if (c_has_source_function(s)) {
        bool member = s->source == STAGE_CONV2D && list->model->members > 1;
        text_add(t, "%s_at(x, %s, %s, %s%s)", c_stage_name(list, s), row, column, c, member ? ", member" : "");
        return;
    }
    text_add(t, "x[");
    if (c_is_flat(s->in))
        text_add(t, "%s", c);
    else
        c_write_index(t, s->in, row, column, c);
    text_add(t, "]");
}

void c_write_pad_at(text_buffer *t, const stage_list *list, const stage *s, const char *type, const char *zero) {
    text_add(t, "/* The input of %s with zeros around it. */\n", c_stage_name(list, s));
    text_add(t, "static %s %s_at(const %s *x, int row, int column, int c) {\n", type, c_stage_name(list, s), type);
    text_add(t, "    const int h = row - %d, w = column - %d;\n", s->pad_top, s->pad_left);
    text_add(t, "    if (h < 0 || h >= %d || w < 0 || w >= %d) return %s;\n", s->in.height, s->in.width, zero);
    if (s->in.channels == 1) text_add(t, "    (void)c;\n");
    text_add(t, "    return x[");
    c_write_index(t, s->in, "h", "w", "c");
    text_add(t, "];\n}\n\n");
}

/* ---- functions ------------------------------------------------------------------------------------------ */

/* A layer as in the network's text, with its name in place of its kind: "conv2d_1 6 5x5 same relu". */
static void write_layer(text_buffer *t, const stage_list *list, int i) {
    char line[LAYER_LINE_SIZE];
    layer_line(line, &list->model->network->layers[i].spec);
    const char *fields = line + strcspn(line, " \n");
    text_add(t, "%s%.*s", c_layer_name(list, i), (int)strcspn(fields, "\n"), fields);
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

void c_begin_function(text_buffer *t, const stage_list *list, int i, const char *type) {
    const stage *s = &list->stages[i];
    write_headline(t, list, i);
    text_add(t, "static void %s(%s *y /* ", c_stage_name(list, s), type);
    c_write_sides(t, s->out);
    text_add(t, " */, const %s *x /* ", s->reads_bytes ? "uint8_t" : type);
    c_write_sides(t, s->in);
    text_add(t, " */%s) {\n", c_member_parameter(list, s));
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
        text_add(t, "%*s%s(", indent, "", c_stage_name(list, s));
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
