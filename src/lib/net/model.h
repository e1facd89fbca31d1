/* model.h - a model inside the library: one or several networks. */
#ifndef CLENET_LIB_NET_MODEL_H
#define CLENET_LIB_NET_MODEL_H

#include "lib/data/data_form.h"
#include "lib/data/row_set.h"
#include "lib/net/network.h"
#include "lib/net/safetensors.h"

struct clenet_model {
    clenet_network *network; /* owned */
    int members;             /* networks of these layers, 1 to CLENET_MEMBERS_MAX */
    float *values;           /* [members][network->packed_size], packed as network.h says */
    char **class_names;      /* [classes of the network], one block */
    data_form form;          /* of the training data */
    row_set trained;         /* the rows that any of the networks was trained on */
};

struct clenet_dataset;

/* Keeps the names of the data set's classes, how it was read, and how it looks. Errors: CLENET_ERROR_MEMORY. */
clenet_status model_keep_data(clenet_model *model, const struct clenet_dataset *dataset, clenet_error *error);

/* Copies names [classes]. Errors: CLENET_ERROR_ARGUMENT, CLENET_ERROR_MEMORY; then the names stay. */
clenet_status model_set_class_names(clenet_model *model, const char *const *names, clenet_error *error);

/* Why values are not allowed in a model ("holds a variance below 0"), or NULL. */
const char *model_find_fault(const parameter *p, const float *values /* [p->count] */);

/* Takes ownership of the form, also on failure; copies the names of the classes, of which there may be fewer than classes. Errors:
 * CLENET_ERROR_MEMORY. */
clenet_status model_keep(clenet_model *model, const char *const *names, size_t count, data_form *form,
                         clenet_error *error);

/* A model of zeros. Takes ownership of the network, also on failure. */
clenet_status model_make(clenet_model **model, clenet_network *network, int members, clenet_error *error);

/* A shape as text, "5x5x1x6", and whether it is that of the parameter. */
enum { MODEL_SHAPE_SIZE = 192 }; /* bytes of eight sides as text */
void model_shape_text(char text[MODEL_SHAPE_SIZE], int rank, const size_t *shape /* [rank] */);
bool model_same_shape(const parameter *p, int rank, const size_t *shape /* [rank] */);

/* ---- the rows that it was trained on (src/lib/net/model_rows.c): the tensor "trained_rows" of bytes in the files of models and
 * checkpoints ---- */

#define MODEL_ROWS_NAME "trained_rows"

/* What to write to a file: *tensor, or NULL if nothing is known about the rows. */
const safetensors_bytes *model_rows_tensor(safetensors_bytes *tensor, const row_set *rows);

/* Reads the rows from a file; what: "model". Without the tensor, nothing is known. */
clenet_status model_rows_read(row_set *rows, const safetensors_file *file, const char *what, const char *path,
                              clenet_error *error);

/* The packed values of network `member`, counted from 0. */
static inline float *model_values(const clenet_model *model, int member) {
    return model->values + (size_t)member * model->network->packed_size;
}

/* Fills packed values with the initial weights of a seed (src/lib/net/init.c). */
void network_initialise(const clenet_network *network, uint64_t seed, float *values /* [packed_size] */);

#endif
