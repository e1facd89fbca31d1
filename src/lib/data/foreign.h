/* foreign.h - recognises files that clenet cannot read, and says what helps. */
#ifndef CLENET_LIB_DATA_FOREIGN_H
#define CLENET_LIB_DATA_FOREIGN_H

#include "lib/base/status.h"

/* Fails if bytes, the first ones of the file `name`, show a format that clenet cannot read. */
clenet_status foreign_check(const uint8_t *bytes, size_t count, const char *name, clenet_error *error);

/* The same for a zip archive, by its members [count]: office documents, and models of PyTorch and Keras, are zip archives. */
clenet_status foreign_check_members(const char *const *members, size_t count, const char *name, clenet_error *error);

#endif
