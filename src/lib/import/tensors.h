/* tensors.h - from the tensors of a file to the parameters of a model. */
#ifndef CLENET_LIB_IMPORT_TENSORS_H
#define CLENET_LIB_IMPORT_TENSORS_H

#include "lib/import/import.h"
#include "lib/net/model.h"

/* The shape that a layer's parameter has in the layout; returns its rank. */
int import_shape_in(import_layout layout, const parameter *p, const layer *l, size_t shape[IMPORT_RANK_MAX]);

/* Compares the shapes of all tensors with the parameters of own, whose layer i is that of network; own may have fewer layers. Each misfit
 * is a problem. */
void import_check_tensors(const clenet_network *own, import_network *network);

/* Copies the tensors, whose shapes fit, into the model's parameters. A missing bias or beta stays 0, a missing gamma 1. Values that are not allowed in a
 * model are problems. */
void import_fill_tensors(clenet_model *model, import_network *network);

#endif
