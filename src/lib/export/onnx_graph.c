/* onnx_graph.c - see onnx_graph.h. The messages are those of onnx.proto. */
#include "lib/export/onnx_graph.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"

enum { TEXT_SIZE = 128, ATTRIBUTE_FLOAT = 1, ATTRIBUTE_INT = 2, ATTRIBUTE_INTS = 7 }; /* AttributeProto.AttributeType */

/* ---- the store ------------------------------------------------------------------------------------------ */

struct onnx_block {
    struct onnx_block *next;
    alignas(max_align_t) unsigned char bytes[];
};

static void *take(onnx_graph *g, size_t count, size_t size) {
    size_t most = (SIZE_MAX - sizeof(struct onnx_block)) / size;
    struct onnx_block *fresh =
        g->failed || count > most ? NULL : memory_new(1, sizeof(struct onnx_block) + count * size);
    g->failed = fresh == NULL;
    if (fresh == NULL) return NULL;
    fresh->next = g->blocks;
    g->blocks = fresh;
    return fresh->bytes;
}

void onnx_graph_free(onnx_graph *g) {
    while (g->blocks != NULL) {
        struct onnx_block *next = g->blocks->next;
        memory_free(g->blocks);
        g->blocks = next;
    }
    *g = (onnx_graph){.model = NULL};
}

static char *copy_text(onnx_graph *g, const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = take(g, size, 1);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

char *onnx_text(onnx_graph *g, const char *format, ...) {
    char text[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return copy_text(g, text);
}

/* Room for one pointer more at the end of a list of `count`: a list grows to the next power of two. */
static void **grow(onnx_graph *g, void *list, size_t count) {
    if ((count & (count - 1)) != 0) return list;
    void **grown = take(g, count == 0 ? 1 : 2 * count, sizeof *grown);
    if (grown != NULL && count > 0) memcpy(grown, list, count * sizeof *grown);
    return grown;
}

/* APPEND(g, list of pointers, its count, pointer) */
#define APPEND(g, list, count, fresh)              \
    do {                                           \
        void *grown_ = grow((g), (list), (count)); \
        if (grown_ != NULL && (fresh) != NULL) {   \
            (list) = grown_;                       \
            (list)[(count)++] = (fresh);           \
        }                                          \
    } while (0)

/* MESSAGE(g, pointer, INIT): makes a message; the pointer is NULL if out of memory. */
#define MESSAGE(g, pointer, type, initial)           \
    type *pointer = take((g), 1, sizeof *(pointer)); \
    if ((pointer) != NULL) *(pointer) = (type)initial

/* ---- the graph ------------------------------------------------------------------------------------------ */

bool onnx_graph_new(onnx_graph *g, const char *name, int ir_version, int opset) {
    *g = (onnx_graph){.model = NULL};
    MESSAGE(g, model, Onnx__ModelProto, ONNX__MODEL_PROTO__INIT);
    MESSAGE(g, graph, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    MESSAGE(g, set, Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT);
    if (model == NULL || graph == NULL || set == NULL) return false;
    model->has_ir_version = set->has_version = 1;
    model->ir_version = ir_version;
    model->producer_name = copy_text(g, "clenet");
    model->producer_version = copy_text(g, clenet_version());
    model->graph = graph;
    graph->name = copy_text(g, name);
    set->domain = copy_text(g, "");
    set->version = opset;
    APPEND(g, model->opset_import, model->n_opset_import, set);
    g->model = model;
    return !g->failed;
}

Onnx__NodeProto *onnx_add_node(onnx_graph *g, const char *operator_name, const char *name, const char *output,
                               const char *const *inputs) {
    MESSAGE(g, node, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);
    if (node == NULL) return NULL;
    node->op_type = copy_text(g, operator_name);
    node->name = copy_text(g, name);
    char *made = copy_text(g, output);
    APPEND(g, node->output, node->n_output, made);
    for (size_t i = 0; inputs[i] != NULL; i++) {
        char *read = copy_text(g, inputs[i]);
        APPEND(g, node->input, node->n_input, read);
    }
    Onnx__GraphProto *graph = g->model->graph;
    APPEND(g, graph->node, graph->n_node, node);
    return node;
}

static Onnx__AttributeProto *add_attribute(onnx_graph *g, Onnx__NodeProto *node, const char *name, int type) {
    if (node == NULL) return NULL;
    MESSAGE(g, attribute, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);
    if (attribute == NULL) return NULL;
    attribute->name = copy_text(g, name);
    attribute->has_type = 1;
    attribute->type = type;
    APPEND(g, node->attribute, node->n_attribute, attribute);
    return attribute;
}

void onnx_add_int(onnx_graph *g, Onnx__NodeProto *node, const char *name, int value) {
    Onnx__AttributeProto *attribute = add_attribute(g, node, name, ATTRIBUTE_INT);
    if (attribute == NULL) return;
    attribute->has_i = 1;
    attribute->i = value;
}

void onnx_add_ints(onnx_graph *g, Onnx__NodeProto *node, const char *name, const int *values, size_t count) {
    Onnx__AttributeProto *attribute = add_attribute(g, node, name, ATTRIBUTE_INTS);
    if (attribute == NULL) return;
    attribute->ints = take(g, count, sizeof *attribute->ints);
    if (attribute->ints == NULL) return;
    attribute->n_ints = count;
    for (size_t i = 0; i < count; i++) attribute->ints[i] = values[i];
}

void onnx_add_float(onnx_graph *g, Onnx__NodeProto *node, const char *name, float value) {
    Onnx__AttributeProto *attribute = add_attribute(g, node, name, ATTRIBUTE_FLOAT);
    if (attribute == NULL) return;
    attribute->has_f = 1;
    attribute->f = value;
}

static Onnx__TensorProto *add_constant(onnx_graph *g, const char *name, int type, const size_t *dims, size_t rank) {
    MESSAGE(g, tensor, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    if (tensor == NULL) return NULL;
    tensor->name = copy_text(g, name);
    tensor->has_data_type = 1;
    tensor->data_type = type;
    tensor->dims = take(g, rank + 1, sizeof *tensor->dims); /* a scalar has none */
    if (tensor->dims == NULL) return NULL;
    tensor->n_dims = rank;
    for (size_t i = 0; i < rank; i++) tensor->dims[i] = (int64_t)dims[i];
    Onnx__GraphProto *graph = g->model->graph;
    APPEND(g, graph->initializer, graph->n_initializer, tensor);
    return tensor;
}

float *onnx_add_floats(onnx_graph *g, const char *name, const size_t *dims, size_t rank) {
    size_t count = 1;
    for (size_t i = 0; i < rank; i++) count *= dims[i];
    Onnx__TensorProto *tensor = add_constant(g, name, ONNX_FLOAT, dims, rank);
    if (tensor == NULL) return NULL;
    tensor->float_data = take(g, count, sizeof *tensor->float_data);
    if (tensor->float_data != NULL) tensor->n_float_data = count;
    return tensor->float_data;
}

int64_t *onnx_add_int64s(onnx_graph *g, const char *name, size_t count) {
    Onnx__TensorProto *tensor = add_constant(g, name, ONNX_INT64, &count, 1);
    if (tensor == NULL) return NULL;
    tensor->int64_data = take(g, count, sizeof *tensor->int64_data);
    if (tensor->int64_data != NULL) tensor->n_int64_data = count;
    return tensor->int64_data;
}

/* ---- inputs and outputs --------------------------------------------------------------------------------- */

static Onnx__TensorShapeProto *make_shape(onnx_graph *g, const int *dims, size_t rank) {
    MESSAGE(g, shape, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    if (shape == NULL) return NULL;
    for (size_t i = 0; i < rank; i++) {
        MESSAGE(g, dim, Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
        if (dim == NULL) return NULL;
        if (i == 0) {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            dim->dim_param = copy_text(g, "N");
        } else {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            dim->dim_value = dims[i];
        }
        APPEND(g, shape->dim, shape->n_dim, dim);
    }
    return shape;
}

static Onnx__ValueInfoProto *make_value(onnx_graph *g, const char *name, const char *doc, int type, const int *dims,
                                        size_t rank) {
    MESSAGE(g, value, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    MESSAGE(g, of, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    MESSAGE(g, tensor, Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);
    if (value == NULL || of == NULL || tensor == NULL) return NULL;
    value->name = copy_text(g, name);
    value->doc_string = copy_text(g, doc);
    value->type = of;
    of->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    of->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = type;
    tensor->shape = make_shape(g, dims, rank);
    return value;
}

void onnx_add_input(onnx_graph *g, const char *name, const char *doc, int type, const int *dims, size_t rank) {
    Onnx__GraphProto *graph = g->model->graph;
    Onnx__ValueInfoProto *value = make_value(g, name, doc, type, dims, rank);
    APPEND(g, graph->input, graph->n_input, value);
}

void onnx_add_output(onnx_graph *g, const char *name, const char *doc, int type, const int *dims, size_t rank) {
    Onnx__GraphProto *graph = g->model->graph;
    Onnx__ValueInfoProto *value = make_value(g, name, doc, type, dims, rank);
    APPEND(g, graph->output, graph->n_output, value);
}

void onnx_add_note(onnx_graph *g, const char *key, const char *text) {
    MESSAGE(g, note, Onnx__StringStringEntryProto, ONNX__STRING_STRING_ENTRY_PROTO__INIT);
    if (note == NULL) return;
    note->key = copy_text(g, key);
    note->value = copy_text(g, text);
    APPEND(g, g->model->metadata_props, g->model->n_metadata_props, note);
}

char *onnx_pack(const onnx_graph *g, size_t *size) {
    if (g->failed) return NULL;
    *size = onnx__model_proto__get_packed_size(g->model);
    char *bytes = memory_new(*size + 1, 1);
    if (bytes != NULL) (void)onnx__model_proto__pack(g->model, (uint8_t *)bytes);
    return bytes;
}
