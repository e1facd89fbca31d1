/* foreign.h - files that are no data of clenet's: what they are by their first bytes, and what helps. */
#ifndef CLENET_LIB_DATA_FOREIGN_H
#define CLENET_LIB_DATA_FOREIGN_H

#include "lib/base/status.h"

/* Fails if bytes, the first ones of the file `name`, tell that it is of a format that is not read. */
clenet_status foreign_check(const uint8_t *bytes, size_t count, const char *name, clenet_error *error);

/* The same for a zip archive, by its members [count]: office documents, and models of PyTorch and Keras, are such. */
clenet_status foreign_check_members(const char *const *members, size_t count, const char *name, clenet_error *error);

#endif
