/* onnx_graph.h - an ONNX model in memory, and its bytes.
 *
 * All of it is in one store that is freed at once. If memory runs out, `failed` is set, functions do nothing, and return NULL. */
#ifndef CLENET_LIB_EXPORT_ONNX_GRAPH_H
#define CLENET_LIB_EXPORT_ONNX_GRAPH_H

#include <onnx.pb-c.h>

#include "lib/base/status.h"

enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT64 = 7 }; /* TensorProto.DataType */

typedef struct onnx_graph {
    Onnx__ModelProto *model; /* lent by the store */
    struct onnx_block *blocks;
    bool failed;
} onnx_graph;

/* Makes a model of one empty graph. False if out of memory. onnx_graph_free() it in any case. */
bool onnx_graph_new(onnx_graph *g, const char *name, int ir_version, int opset);
void onnx_graph_free(onnx_graph *g);

/* Formats a name. */
char *onnx_text(onnx_graph *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds an operator. inputs is a list that ends in NULL. */
Onnx__NodeProto *onnx_add_node(onnx_graph *g, const char *operator_name, const char *name, const char *output,
                               const char *const *inputs);

/* Add an attribute. They do nothing if node is NULL. */
void onnx_add_int(onnx_graph *g, Onnx__NodeProto *node, const char *name, int value);
void onnx_add_ints(onnx_graph *g, Onnx__NodeProto *node, const char *name, const int *values, size_t count);
void onnx_add_float(onnx_graph *g, Onnx__NodeProto *node, const char *name, float value);

/* Add a constant, and return its numbers, which the caller fills. dims [rank]. */
float *onnx_add_floats(onnx_graph *g, const char *name, const size_t *dims, size_t rank);
int64_t *onnx_add_int64s(onnx_graph *g, const char *name, size_t count);

/* Add an input or output. dims [rank]; the first is free, and has the name "N". */
void onnx_add_input(onnx_graph *g, const char *name, const char *doc, int type, const int *dims, size_t rank);
void onnx_add_output(onnx_graph *g, const char *name, const char *doc, int type, const int *dims, size_t rank);

/* Adds a text to the metadata. */
void onnx_add_note(onnx_graph *g, const char *key, const char *text);

/* Makes the bytes of the file [*size], and room for one more: memory_free() them. NULL if anything failed. */
char *onnx_pack(const onnx_graph *g, size_t *size);

#endif
