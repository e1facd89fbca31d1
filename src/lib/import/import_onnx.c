/* import_onnx.c - reads an ONNX model: see onnx_reader.h. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json_read.h"
#include "lib/base/memory.h"
#include "lib/data/class_names.h"
#include "lib/data/labels.h"
#include "lib/import/onnx_reader.h"

enum { WHY_SIZE = 224 };

/* ---- nodes ---------------------------------------------------------------------------------------------- */

static const char *text_of(const char *text) {
    return text != NULL ? text : "";
}

/* Old exporters give nodes no names: then that of the first output. */
const char *onnx_node_name(const Onnx__NodeProto *node) {
    if (*text_of(node->name) != '\0') return node->name;
    return node->n_output > 0 ? text_of(node->output[0]) : "";
}

void onnx_complain(onnx_reader *r, const Onnx__NodeProto *node, const char *format, ...) {
    char why[WHY_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    import_problem(r->network, "node '%s' (%s): %s", onnx_node_name(node), text_of(node->op_type), why);
}

const Onnx__AttributeProto *onnx_attribute(const Onnx__NodeProto *node, const char *name) {
    for (size_t i = 0; i < node->n_attribute; i++)
        if (strcmp(text_of(node->attribute[i]->name), name) == 0) return node->attribute[i];
    return NULL;
}

float onnx_float(const Onnx__NodeProto *node, const char *name, float standard) {
    const Onnx__AttributeProto *attribute = onnx_attribute(node, name);
    return attribute != NULL ? attribute->f : standard;
}

static int int_of(int64_t value) {
    return value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
}

int onnx_int(const Onnx__NodeProto *node, const char *name, int standard) {
    const Onnx__AttributeProto *attribute = onnx_attribute(node, name);
    return attribute != NULL ? int_of(attribute->i) : standard;
}

bool onnx_ints(const Onnx__NodeProto *node, const char *name, int *to, size_t count) {
    const Onnx__AttributeProto *attribute = onnx_attribute(node, name);
    if (attribute == NULL || attribute->n_ints != count) return false;
    for (size_t i = 0; i < count; i++) to[i] = int_of(attribute->ints[i]);
    return true;
}

/* ---- values --------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
    return strcmp(((const onnx_value *)a)->name, ((const onnx_value *)b)->name);
}

static onnx_value *find_value(const onnx_reader *r, const char *name) {
    onnx_value wanted = {.name = text_of(name)};
    if (r->value_count == 0) return NULL;
    return bsearch(&wanted, r->values, r->value_count, sizeof wanted, by_name);
}

onnx_value *onnx_input(const onnx_reader *r, const Onnx__NodeProto *node, size_t i) {
    return i < node->n_input && node->input[i][0] != '\0' ? find_value(r, node->input[i]) : NULL;
}

static void add_value(onnx_reader *r, const char *name, const Onnx__TensorProto *tensor) {
    if (*text_of(name) == '\0') return;
    r->values[r->value_count++] =
        (onnx_value){.name = name, .kind = tensor != NULL ? VALUE_TENSOR : VALUE_LATER, .tensor = tensor};
}

/* Makes a value of each constant, and of each node's output. */
static clenet_status make_values(onnx_reader *r, clenet_error *error) {
    const Onnx__GraphProto *graph = r->graph;
    size_t count = graph->n_initializer + graph->n_input;
    for (size_t i = 0; i < graph->n_node; i++) count += graph->node[i]->n_output;
    r->values = memory_new(count + 1, sizeof *r->values);
    if (r->values == NULL) return error_memory(error, count * sizeof *r->values, "the values of an ONNX graph");
    for (size_t i = 0; i < graph->n_initializer; i++) add_value(r, graph->initializer[i]->name, graph->initializer[i]);
    size_t constants = r->value_count;
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++) add_value(r, graph->node[i]->output[k], NULL);
    /* Until IR version 3, constants were inputs as well. */
    if (constants > 0) qsort(r->values, constants, sizeof *r->values, by_name);
    for (size_t i = 0; i < graph->n_input; i++) {
        onnx_value wanted = {.name = text_of(graph->input[i]->name)};
        if (constants == 0 || bsearch(&wanted, r->values, constants, sizeof wanted, by_name) == NULL)
            add_value(r, graph->input[i]->name, NULL);
    }
    if (r->value_count > 0) qsort(r->values, r->value_count, sizeof *r->values, by_name);
    for (size_t i = 0; i + 1 < r->value_count; i++)
        if (by_name(&r->values[i], &r->values[i + 1]) == 0)
            return error_set(error, CLENET_ERROR_FORMAT, "'%s': its ONNX graph makes the value '%.80s' twice",
                             r->source->name, r->values[i].name);
    return CLENET_OK;
}

/* ---- the input ------------------------------------------------------------------------------------------ */

enum { TYPE_FLOAT = 1, TYPE_UINT8 = 2, TYPE_FLOAT16 = 10, TYPE_DOUBLE = 11 };

/* Fills in the flow of the images. False: a problem. */
static bool take_input(onnx_reader *r, onnx_flow *flow, const Onnx__ValueInfoProto *input) {
    const Onnx__TypeProto *type = input->type;
    bool tensor = type != NULL && type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    const Onnx__TensorShapeProto *shape = tensor ? type->tensor_type->shape : NULL;
    size_t rank = shape != NULL ? shape->n_dim : 0;
    if (rank < 2 || rank > 4) {
        import_problem(r->network, "its input '%s' has %zu axes; clenet reads images: 2 to 4 axes", input->name, rank);
        return false;
    }
    int kind = type->tensor_type->elem_type;
    r->bytes = kind == TYPE_UINT8;
    if (kind != TYPE_UINT8 && kind != TYPE_FLOAT && kind != TYPE_FLOAT16 && kind != TYPE_DOUBLE)
        import_problem(r->network, "its input '%s' is neither float nor uint8", input->name);
    *flow = (onnx_flow){.rank = (int)rank, .axes = {AXIS_N}};
    for (size_t i = 0; i < rank; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        bool given = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && dim->dim_value > 0;
        int64_t side = given ? dim->dim_value : 0;
        if (side > ONNX_SIDE_MAX) {
            import_problem(r->network, "its input '%s' has an axis of more than %d places", input->name,
                           (int)ONNX_SIDE_MAX);
            return false;
        }
        if (i == 0)
            r->batch = side;
        else
            flow->sides[i] = side;
    }
    return true;
}

/* The one input that is no constant. */
static clenet_status find_input(onnx_reader *r, clenet_error *error) {
    const Onnx__ValueInfoProto *input = NULL;
    for (size_t i = 0; i < r->graph->n_input; i++) {
        onnx_value *value = find_value(r, r->graph->input[i]->name);
        if (value == NULL || value->kind != VALUE_LATER) continue;
        if (input != NULL) {
            import_problem(r->network, "it has several inputs, '%s' and '%s'; clenet's networks have one", input->name,
                           r->graph->input[i]->name);
            value->kind = VALUE_NOTHING;
            continue;
        }
        input = r->graph->input[i];
        r->last = value;
        value->kind = VALUE_FLOW;
        (void)take_input(r, &value->flow, input);
    }
    if (input != NULL) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT, "'%s': its ONNX graph has no input", r->source->name);
}

/* ---- the graph ------------------------------------------------------------------------------------------ */

static void do_nothing(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    (void)r, (void)node, (void)flow;
}

static void cast(onnx_reader *r, const Onnx__NodeProto *node, onnx_flow *flow) {
    (void)flow;
    int to = onnx_int(node, "to", 0);
    if (to != TYPE_FLOAT && to != TYPE_FLOAT16 && to != TYPE_DOUBLE)
        onnx_complain(r, node, "clenet computes with floats only");
}

typedef struct operator_row {
    const char *name;
    onnx_operator *read;
    size_t inputs; /* that it must have */
} operator_row;

static const operator_row operators[] = {
    {"Conv", onnx_conv, 2},
    {"MaxPool", onnx_pool, 1},
    {"AveragePool", onnx_pool, 1},
    {"GlobalAveragePool", onnx_globalavgpool, 1},
    {"ReduceMean", onnx_reduce_mean, 1},
    {"BatchNormalization", onnx_batchnorm, 5},
    {"Gemm", onnx_gemm, 2},
    {"MatMul", onnx_matmul, 2},
    {"Add", onnx_arithmetic, 2},
    {"Sub", onnx_arithmetic, 2},
    {"Mul", onnx_arithmetic, 2},
    {"Div", onnx_arithmetic, 2},
    {"Relu", onnx_activation, 1},
    {"LeakyRelu", onnx_activation, 1},
    {"Sigmoid", onnx_activation, 1},
    {"Tanh", onnx_activation, 1},
    {"Softmax", onnx_softmax, 1},
    {"LogSoftmax", onnx_softmax, 1},
    {"Pad", onnx_pad, 1},
    {"Dropout", onnx_dropout, 1},
    {"Flatten", onnx_flatten, 1},
    {"Reshape", onnx_reshape, 2},
    {"Transpose", onnx_transpose, 1},
    {"Squeeze", onnx_squeeze, 1},
    {"Unsqueeze", onnx_unsqueeze, 1},
    {"Cast", cast, 1},
    {"Identity", do_nothing, 1},
};

/* NULL if clenet has nothing like it. */
static const operator_row *find_operator(const Onnx__NodeProto *node) {
    const char *domain = text_of(node->domain);
    if (*domain != '\0' && strcmp(domain, "ai.onnx") != 0) return NULL;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].name, text_of(node->op_type)) == 0) return &operators[i];
    return NULL;
}

/* Two values of the flow, or one that is not the last, are a branch. */
static bool is_branch(const onnx_reader *r, const Onnx__NodeProto *node) {
    for (size_t i = 0; i < node->n_input; i++) {
        const onnx_value *value = onnx_input(r, node, i);
        if (value != NULL && value->kind == VALUE_FLOW && value != r->last) return true;
    }
    return false;
}

/* Whether the operator has its inputs, the first of which is the flow, unless it is arithmetic. Otherwise a problem. */
static bool has_inputs(onnx_reader *r, const Onnx__NodeProto *node, const operator_row *of) {
    for (size_t i = 0; i < of->inputs; i++) {
        const onnx_value *value = onnx_input(r, node, i);
        if (value == NULL || (i == 0 && value->kind != VALUE_FLOW && of->read != onnx_arithmetic)) {
            onnx_complain(r, node, "does not have the inputs that clenet expects");
            return false;
        }
    }
    for (size_t i = 0; i < node->n_input; i++) {
        const onnx_value *value = onnx_input(r, node, i);
        if (value == NULL || value->kind != VALUE_NOTHING) continue;
        onnx_complain(r, node, "clenet cannot compute its input '%s'", value->name);
        return false;
    }
    return true;
}

/* Whether the flow's sides are such that their product is a number. */
static bool has_room(const onnx_flow *flow) {
    for (int i = 1; i < flow->rank; i++)
        if (flow->sides[i] > (flow->rank == 2 ? INT32_MAX : ONNX_SIDE_MAX)) return false;
    return true;
}

static void read_operator(onnx_reader *r, const Onnx__NodeProto *node, const operator_row *of, onnx_flow *flow) {
    size_t before = r->network->problems.count;
    bool known = flow->rank > 0;
    if (!has_inputs(r, node, of)) flow->rank = 0;
    if (flow->rank == 0) return;
    of->read(r, node, flow);
    if (!has_room(flow)) flow->rank = 0;
    /* No node is passed over without a word. */
    if (known && flow->rank == 0 && r->network->problems.count == before && !r->network->failed)
        onnx_complain(r, node, "clenet cannot use it");
}

/* Reads a node that reads the flow. */
static void read_flow(onnx_reader *r, const Onnx__NodeProto *node, onnx_value *output) {
    onnx_flow flow = r->last->flow;
    const operator_row *of = find_operator(node);
    if (of == NULL) {
        import_problem(r->network, "node '%s': clenet has no %s", onnx_node_name(node), text_of(node->op_type));
    } else if (is_branch(r, node)) {
        onnx_complain(r, node, "begins or ends a branch; clenet's networks are chains");
        flow.rank = 0;
    } else {
        read_operator(r, node, of, &flow);
    }
    if (output == NULL) return;
    output->kind = VALUE_FLOW;
    output->flow = flow;
    r->last = output;
}

static clenet_status read_node(onnx_reader *r, const Onnx__NodeProto *node, clenet_error *error) {
    bool flows = false;
    for (size_t i = 0; i < node->n_input; i++) {
        if (node->input[i][0] == '\0') continue;
        const onnx_value *value = find_value(r, node->input[i]);
        if (value == NULL || value->kind == VALUE_LATER)
            return error_set(error, CLENET_ERROR_FORMAT,
                             "'%s': node '%.80s' of its ONNX graph reads '%.80s', which no node before it makes",
                             r->source->name, onnx_node_name(node), node->input[i]);
        flows = flows || value->kind == VALUE_FLOW;
    }
    onnx_value *output = node->n_output > 0 ? find_value(r, node->output[0]) : NULL;
    for (size_t i = 1; i < node->n_output; i++) {
        onnx_value *more = find_value(r, node->output[i]);
        if (more != NULL) more->kind = VALUE_NOTHING;
    }
    bool shape = strcmp(text_of(node->op_type), "Shape") == 0;
    if (flows && !shape)
        read_flow(r, node, output);
    else if (output != NULL)
        onnx_fold(r, node, output);
    return CLENET_OK;
}

/* The last value of the flow must be an output. */
static void check_output(onnx_reader *r) {
    const char *name = NULL;
    for (size_t i = 0; i < r->graph->n_output; i++) {
        const onnx_value *value = find_value(r, r->graph->output[i]->name);
        if (value != NULL && value == r->last) return;
        name = r->graph->output[i]->name;
    }
    import_problem(r->network, "its output '%s' is not the end of the network, which is '%s'", text_of(name),
                   r->last->name);
}

static clenet_status read_graph(onnx_reader *r, clenet_error *error) {
    clenet_status status = make_values(r, error);
    if (status == CLENET_OK) status = find_input(r, error);
    for (size_t i = 0; i < r->graph->n_node && status == CLENET_OK; i++)
        status = read_node(r, r->graph->node[i], error);
    if (status != CLENET_OK) return status;
    check_output(r);
    if (!r->started && r->network->problems.count == 0) import_problem(r->network, "its graph has no layer");
    return CLENET_OK;
}

/* ---- the metadata ----------------------------------------------------------------------------------------- */

/* The array, which is read as a member of an object; NULL if it is something else, or if out of memory. json_decref() it. */
static json_t *read_array(const char *text) {
    size_t size = strlen(text) + sizeof "{\"all\":}";
    char *object = memory_new(size, 1);
    if (object == NULL) return NULL;
    int length = snprintf(object, size, "{\"all\":%s}", text);
    json_error_t reason;
    json_t *whole = json_read(object, (size_t)length, JSON_REJECT_DUPLICATES, &reason);
    json_t *array = json_is_array(json_object_get(whole, "all")) ? json_incref(json_object_get(whole, "all")) : NULL;
    json_decref(whole);
    memory_free(object);
    return array;
}

/* The names of the classes, as clenet_export_onnx() writes them: a JSON array. Others are passed over. */
static void read_class_names(import_network *to, const Onnx__ModelProto *model) {
    const char *names[CLASSES_AT_MOST], *text = NULL;
    for (size_t i = 0; i < model->n_metadata_props; i++)
        if (strcmp(text_of(model->metadata_props[i]->key), "classes") == 0) text = model->metadata_props[i]->value;
    json_t *list = text != NULL ? read_array(text) : NULL;
    size_t count = json_array_size(list);
    bool good = count > 0 && count <= CLASSES_AT_MOST;
    for (size_t i = 0; i < count && good; i++) {
        names[i] = json_string_value(json_array_get(list, i));
        good = names[i] != NULL && strlen(names[i]) < LABEL_BYTES && class_name_is_printable(names[i]);
    }
    if (good) {
        to->class_names = class_names_new(names, count);
        to->class_count = count;
        to->failed = to->failed || to->class_names == NULL;
    }
    json_decref(list);
}

/* ---- the file ------------------------------------------------------------------------------------------- */

/* Bytes that messages may take: those of an honest file are a small multiple of its size. */
typedef struct unpack_budget {
    size_t left;
    bool exceeded, failed;
} unpack_budget;

static void *take_memory(void *budget, size_t size) {
    unpack_budget *of = budget;
    if (size > of->left) {
        of->exceeded = true;
        return NULL;
    }
    void *block = memory_new(size > 0 ? size : 1, 1);
    of->failed = of->failed || block == NULL;
    if (block != NULL) of->left -= size;
    return block;
}

static void give_memory(void *budget, void *block) {
    (void)budget;
    memory_free(block);
}

enum { MEMORY_FACTOR = 8, MEMORY_LEAST = 1 << 20 };

clenet_status import_read_onnx(import_network *to, const import_source *from, clenet_error *error) {
    unpack_budget budget = {.left = MEMORY_LEAST + (size_t)MEMORY_FACTOR * from->size};
    ProtobufCAllocator allocator = {.alloc = take_memory, .free = give_memory, .allocator_data = &budget};
    Onnx__ModelProto *model = onnx__model_proto__unpack(&allocator, from->size, from->bytes);
    if (model == NULL && budget.failed) return error_memory(error, from->size, "an ONNX model");
    if (model == NULL || model->graph == NULL || model->graph->n_node == 0) {
        bool empty = model != NULL;
        if (empty) onnx__model_proto__free_unpacked(model, &allocator);
        return error_set(error, CLENET_ERROR_FORMAT, "'%s' %s; export it again or restore a copy", from->name,
                         empty ? "is an ONNX model without a graph" : "is not an ONNX model, or is damaged");
    }
    onnx_reader r = {.network = to, .source = from, .graph = model->graph, .budget = budget.left};
    to->separate = true;
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (*text_of(model->opset_import[i]->domain) == '\0') r.opset = int_of(model->opset_import[i]->version);
    read_class_names(to, model);
    clenet_status status = read_graph(&r, error);
    memory_free(r.values);
    onnx_store_free(&r);
    onnx__model_proto__free_unpacked(model, &allocator);
    return status;
}
