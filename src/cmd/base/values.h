/* values.h - parses the value of an option. */
#ifndef CLENET_CMD_BASE_VALUES_H
#define CLENET_CMD_BASE_VALUES_H

#include "cmd/base/options.h"

enum { VALUE_EXPECTED_SIZE = 160 };

/* Stores text as the option's value in arguments. If it is not a valid value, returns false and stores nothing; `expected` then
 * describes one: "a whole number 1..65536". */
bool value_store(const option_spec *option, const char *text, void *arguments, char expected[VALUE_EXPECTED_SIZE]);

#endif
