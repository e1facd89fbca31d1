/* c_int8.c - see c_int8.h. */
#include "lib/export/c_int8.h"

#include <stdio.h>

#include "lib/export/c_parts.h"
#include "lib/export/stage_run.h"

enum { NUMBERS_PER_LINE = 16 };

/* ---- weights -------------------------------------------------------------------------------------------- */

/* "static const int8_t conv2d_1_kernel[6][25] = {", the first line of an array; rows 0: of one side. */
static void begin_array(text_buffer *t, const char *type, const char *name, const char *what, size_t rows,
                        size_t count) {
    text_add(t, "static const %s %s_%s", type, name, what);
    if (rows > 0) text_add(t, "[%zu]", rows);
    text_add(t, "[%zu] = {\n", count);
}

/* Number i of count, with what is around it. */
static void write_number(text_buffer *t, long number, size_t i, size_t count, int indent) {
    if (i % NUMBERS_PER_LINE == 0) text_add(t, "%*s", indent, "");
    text_add(t, "%ld%s", number, i + 1 == count ? "\n" : (i + 1) % NUMBERS_PER_LINE == 0 ? ",\n" : ", ");
}

static void write_bytes(text_buffer *t, const int8_t *bytes, size_t count, int indent) {
    for (size_t i = 0; i < count; i++) write_number(t, bytes[i], i, count, indent);
}

static void write_sums(text_buffer *t, const int8_sums *sums, const char *name, int zero) {
    size_t filters = sums->filters;
    bool one = sums->weights == 1; /* an array of one side */
    begin_array(t, "int8_t", name, "kernel", one ? 0 : filters, one ? filters : sums->weights);
    for (size_t f = 0; f < filters && !one; f++) {
        text_add(t, "%*s{\n", C_INDENT, "");
        write_bytes(t, sums->kernel + f * sums->weights, sums->weights, 2 * C_INDENT);
        text_add(t, "%*s}%s\n", C_INDENT, "", f + 1 < filters ? "," : "");
    }
    if (one) write_bytes(t, sums->kernel, filters, C_INDENT);
    text_add(t, "};\n");
    begin_array(t, "int32_t", name, "bias", 0, filters);
    for (size_t f = 0; f < filters; f++) write_number(t, int8_bias_of(sums, f, zero), f, filters, C_INDENT);
    text_add(t, "};\n");
    begin_array(t, "int32_t", name, "multiplier", 0, filters);
    for (size_t f = 0; f < filters; f++) write_number(t, sums->multiplier[f], f, filters, C_INDENT);
    text_add(t, "};\n");
    begin_array(t, "uint8_t", name, "shift", 0, filters);
    for (size_t f = 0; f < filters; f++) write_number(t, sums->shift[f], f, filters, C_INDENT);
    text_add(t, "};\n\n");
}

static void write_step_weights(text_buffer *t, const int8_network *network, int k) {
    const int8_step *step = &network->steps[k];
    const char *name = c_layer_name(network->list, network->list->steps[k].layer);
    if (step->kind == INT8_AFFINE) {
        text_add(t, "/* %s: [channel] */\n", name);
        write_sums(t, &step->affine, name, step->from.zero);
    }
    if (step->kind == INT8_LOOKUP) {
        text_add(t, "/* The activation of %s, by byte + 128. */\n", name);
        begin_array(t, "int8_t", name, "table", 0, INT8_TABLE);
        write_bytes(t, step->table, INT8_TABLE, C_INDENT);
        text_add(t, "};\n\n");
    }
}

void c_int8_write_weights(text_buffer *t, const int8_network *network) {
    const stage_list *list = network->list;
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        const int8_stage *q = &network->stages[i];
        if (s->kernel != NULL) {
            c_write_weights_comment(t, list, i);
            write_sums(t, &q->sums, c_stage_name(list, s), q->subtracts ? 0 : q->in.zero);
        }
        for (int k = 0; k < s->step_count; k++) write_step_weights(t, network, s->step_first + k);
    }
}

/* ---- helpers -------------------------------------------------------------------------------------------- */

static bool needs_sums(const int8_network *network) {
    for (int i = 0; i < network->list->count; i++)
        if (network->list->stages[i].kernel != NULL) return true;
    for (int k = 0; k < network->list->step_count; k++)
        if (network->steps[k].kind == INT8_AFFINE) return true;
    return false;
}

static bool needs_mean(const int8_network *network) {
    for (int i = 0; i < network->list->count; i++)
        if (network->list->stages[i].window_height > 0 && network->list->stages[i].mean) return true;
    return false;
}

void c_int8_write_helpers(text_buffer *t, const int8_network *network) {
    if (needs_sums(network))
        text_add(t,
                 "/* A sum of products becomes a byte: zero + sum * multiplier / 2^31 / 2^shift, at least `least`. It "
                 "is rounded twice,\n"
                 " * as in TensorFlow Lite and CMSIS-NN: first as gemmlowp's SaturatingRoundingDoublingHighMul, then "
                 "as its\n"
                 " * RoundingDivideByPOT. A multiplier is never negative, so nothing saturates. */\n"
                 "static int8_t quantize(int32_t sum, int32_t multiplier, int shift, int32_t zero, int32_t least) {\n"
                 "    const int64_t product = (int64_t)sum * multiplier;\n"
                 "    const int64_t half = (int64_t)1 << 30;\n"
                 "    const int32_t high = (int32_t)((product + (product >= 0 ? half : 1 - half)) / (half * 2));\n"
                 "    const int32_t mask = (int32_t)(((int64_t)1 << shift) - 1);\n"
                 "    const int32_t byte = (high >> shift) + ((high & mask) > (mask >> 1) + (high < 0)) + zero;\n"
                 "    return (int8_t)(byte < least ? least : byte > 127 ? 127 : byte);\n"
                 "}\n\n");
    if (needs_mean(network))
        text_add(t, "/* Rounded to the nearest; in the middle, away from 0. */\n"
                    "static int8_t mean_of(int32_t sum, int32_t count) {\n"
                    "    return (int8_t)((sum >= 0 ? sum + count / 2 : sum - count / 2) / count);\n"
                    "}\n\n");
}

/* ---- functions ------------------------------------------------------------------------------------------ */

/* "quantize(sum, conv2d_1_multiplier[c], conv2d_1_shift[c], -128, -128)" */
static void write_quantize(text_buffer *t, const char *sum, const char *name, const char *c, const int8_sums *sums) {
    text_add(t, "quantize(%s, %s_multiplier[%s], %s_shift[%s], %d, %d)", sum, name, c, name, c, sums->zero,
             sums->least);
}

/* Steps first .. end of stage s, applied to the variable. */
static void write_steps(text_buffer *t, const int8_network *network, const stage *s, int first, int end, int indent,
                        const char *variable, const char *c) {
    for (int k = s->step_first + first; k < s->step_first + end; k++) {
        const int8_step *step = &network->steps[k];
        const char *name = c_layer_name(network->list, network->list->steps[k].layer);
        switch (step->kind) {
        case INT8_SAME:
            break;
        case INT8_RELU:
            text_add(t, "%*sif (%s < %d) %s = %d;\n", indent, "", variable, step->from.zero, variable, step->from.zero);
            break;
        case INT8_LOOKUP:
            text_add(t, "%*s%s = %s_table[%s + 128];\n", indent, "", variable, name, variable);
            break;
        case INT8_AFFINE: {
            text_add(t, "%*s%s = quantize(%s_bias[%s] + %s * %s_kernel[%s], ", indent, "", variable, name, c, variable,
                     name, c);
            text_add(t, "%s_multiplier[%s], %s_shift[%s], %d, %d);\n", name, c, name, c, step->affine.zero,
                     step->affine.least);
            break;
        }
        }
    }
}

/* True if no step of first .. end changes a byte. */
static bool are_same(const int8_network *network, const stage *s, int first, int end) {
    for (int k = first; k < end; k++)
        if (network->steps[s->step_first + k].kind != INT8_SAME) return false;
    return true;
}

/* "x[...]" or "(x[...] - zero)" of a product. */
static void begin_factor(text_buffer *t, const int8_stage *q) {
    text_add(t, q->subtracts ? "(x[" : "x[");
}

static void end_factor(text_buffer *t, const int8_stage *q) {
    text_add(t, "]");
    if (q->subtracts) text_add(t, " %c %d)", q->in.zero < 0 ? '+' : '-', q->in.zero < 0 ? -q->in.zero : q->in.zero);
}

static void write_conv2d_at(text_buffer *t, const int8_network *network, int i) {
    const stage *s = &network->list->stages[i];
    const int8_stage *q = &network->stages[i];
    const char *name = c_stage_name(network->list, s);
    text_add(t, "/* The sum of filter f of %s at a position of its ", name);
    c_write_shape(t, s->computed);
    text_add(t, " output. */\n");
    text_add(t, "static int32_t %s_at(const %s *x, int row, int column, int f) {\n", name,
             s->reads_bytes ? "uint8_t" : "int8_t");
    text_add(t, "    const int8_t *kernel = %s%s_kernel[f]; /* [%d][%d][%d] */\n", s->weights == 1 ? "&" : "", name,
             s->kernel_height, s->kernel_width, s->in.channels / s->groups);
    text_add(t, "    int32_t sum = %s_bias[f];\n", name);
    c_begin_taps(t, s);
    text_add(t, "sum += ");
    begin_factor(t, q);
    c_write_tap_of_x(t, s);
    end_factor(t, q);
    text_add(t, " * kernel[");
    c_write_tap_of_kernel(t, s);
    text_add(t, "];\n");
    c_end_taps(t);
    text_add(t, "    return sum;\n}\n\n");
}

static void write_dense(text_buffer *t, const int8_network *network, int i) {
    const stage *s = &network->list->stages[i];
    const int8_stage *q = &network->stages[i];
    const char *name = c_stage_name(network->list, s);
    bool same = are_same(network, s, 0, s->step_count);
    text_add(t, "    for (int c = 0; c < %d; c++) {\n", s->out.channels);
    text_add(t, "        int32_t sum = %s_bias[c];\n", name);
    if (s->weights == 1)
        text_add(t, "        sum += %s_kernel[c] * x[0];\n", name);
    else
        text_add(t, "        for (int i = 0; i < %d; i++) sum += %s_kernel[c][i] * x[i];\n", s->in.channels, name);
    text_add(t, "        %s = ", same ? "y[c]" : "int8_t value");
    write_quantize(t, "sum", name, "c", &q->sums);
    text_add(t, ";\n");
    write_steps(t, network, s, 0, s->step_count, 2 * C_INDENT, "value", "c");
    if (!same) text_add(t, "        y[c] = value;\n");
    text_add(t, "    }\n");
}

/* The byte that the source makes at a position, before any step. */
static void write_byte(text_buffer *t, const int8_network *network, const stage *s, const char *row, const char *column,
                       const char *c) {
    const int8_stage *q = &network->stages[s - network->list->stages];
    const char *name = c_stage_name(network->list, s);
    if (s->kernel != NULL)
        text_add(t, "quantize(");
    else if (s->reads_bytes)
        text_add(t, "(int8_t)(");
    c_write_at(t, network->list, s, row, column, c);
    if (s->kernel != NULL)
        text_add(t, ", %s_multiplier[%s], %s_shift[%s], %d, %d)", name, c, name, c, q->sums.zero, q->sums.least);
    else if (s->reads_bytes)
        text_add(t, " - 128)");
}

/* The pooled number of one window: `best`, a sum of products, or `value`, a byte. */
static void write_window(text_buffer *t, const int8_network *network, const stage *s, int indent, const char *c) {
    char row[C_EXPRESSION_SIZE], column[C_EXPRESSION_SIZE];
    bool sums = s->kernel != NULL && stage_pools_first(s), counts = s->mean && c_window_pads(s);
    bool same = are_same(network, s, 0, s->before);
    if (s->mean)
        text_add(t, "%*sint32_t sum = 0;\n", indent, "");
    else
        text_add(t, sums ? "%*sint32_t best = INT32_MIN;\n" : "%*sint8_t best = -128;\n", indent, "");
    if (counts) text_add(t, "%*sint32_t count = 0;\n", indent, "");
    int inner = c_begin_window(t, s, indent, row, column);
    text_add(t, "%*s%s %s = ", inner, "",
             sums   ? "const int32_t"
             : same ? "const int8_t"
                    : "int8_t",
             sums ? "sum" : "value");
    if (sums)
        c_write_at(t, network->list, s, row, column, c);
    else
        write_byte(t, network, s, row, column, c);
    text_add(t, ";\n");
    if (!sums) write_steps(t, network, s, 0, s->before, inner, "value", c);
    if (s->mean)
        text_add(t, "%*ssum += value;\n", inner, "");
    else
        text_add(t, "%*sif (%s > best) best = %s;\n", inner, "", sums ? "sum" : "value", sums ? "sum" : "value");
    if (counts) text_add(t, "%*scount++;\n", inner, "");
    text_add(t, "%*s}\n", inner - C_INDENT, "");
}

/* The expression of the byte that a window is, after write_window(). */
static void write_pooled(text_buffer *t, const int8_network *network, const stage *s, const char *c) {
    const int8_stage *q = &network->stages[s - network->list->stages];
    if (s->mean && c_window_pads(s))
        text_add(t, "mean_of(sum, count)");
    else if (s->mean)
        text_add(t, "mean_of(sum, %d)", s->window_height * s->window_width);
    else if (s->kernel != NULL && stage_pools_first(s))
        write_quantize(t, "best", c_stage_name(network->list, s), c, &q->sums);
    else
        text_add(t, "best");
}

static void write_body(text_buffer *t, const stage_list *list, const stage *s, int indent, const char *c) {
    const int8_network *network = list->int8;
    bool flat = c_is_flat(s->out), same = are_same(network, s, s->before, s->step_count);
    if (s->window_height > 0) write_window(t, network, s, indent, c);
    text_add(t, "%*s", indent, "");
    if (same)
        c_write_output(t, s, c);
    else
        text_add(t, "int8_t value");
    text_add(t, " = ");
    if (s->window_height > 0)
        write_pooled(t, network, s, c);
    else
        write_byte(t, network, s, flat ? "0" : "row", flat ? "0" : "column", c);
    text_add(t, ";\n");
    write_steps(t, network, s, s->before, s->step_count, indent, "value", c);
    if (same) return;
    text_add(t, "%*s", indent, "");
    c_write_output(t, s, c);
    text_add(t, " = value;\n");
}

void c_int8_write_functions(text_buffer *t, const int8_network *network) {
    const stage_list *list = network->list;
    for (int i = 0; i < list->count; i++) {
        const stage *s = &list->stages[i];
        char zero[C_EXPRESSION_SIZE];
        (void)snprintf(zero, sizeof zero, "%d", network->stages[i].in.zero);
        if (s->source == STAGE_CONV2D)
            write_conv2d_at(t, network, i);
        else if (c_has_source_function(s))
            c_write_pad_at(t, list, s, s->reads_bytes ? "uint8_t" : "int8_t", zero);
        c_begin_function(t, list, i, "int8_t");
        if (s->source == STAGE_DENSE)
            write_dense(t, network, i);
        else
            c_write_loops(t, list, s, write_body);
        text_add(t, "}\n\n");
    }
}

/* ---- softmax -------------------------------------------------------------------------------------------- */

void c_int8_write_softmax(text_buffer *t, const int8_network *network) {
    int classes = network_classes(network->list->model->network), count = network->exponential_count;
    text_add(t, "/* 65535 exp(-d * the unit of logits), by the difference d of two logits. The next is 0. */\n");
    text_add(t, "static const uint16_t exponentials[%d] = {\n", count);
    for (int i = 0; i < count; i++) write_number(t, network->exponentials[i], (size_t)i, (size_t)count, C_INDENT);
    text_add(t, "};\n\n");
    text_add(t,
             "/* Logits become probabilities in units of 1/256, at most 255, as those of TensorFlow Lite. */\n"
             "static void softmax(uint8_t *probabilities /* [%d] */, const int8_t *logits /* [%d] */) {\n"
             "    int largest = logits[0];\n"
             "    uint32_t sum = 0;\n"
             "    for (int c = 1; c < %d; c++)\n"
             "        if (logits[c] > largest) largest = logits[c];\n"
             "    for (int c = 0; c < %d; c++)\n"
             "        if (largest - logits[c] < %d) sum += exponentials[largest - logits[c]];\n"
             "    for (int c = 0; c < %d; c++) {\n"
             "        const uint32_t part = largest - logits[c] < %d ? exponentials[largest - logits[c]] : 0;\n"
             "        const uint32_t probability = (part * 256 + sum / 2) / sum;\n"
             "        probabilities[c] = (uint8_t)(probability < 255 ? probability : 255);\n"
             "    }\n"
             "}\n\n",
             classes, classes, classes, classes, count, classes, count);
}
