/* values.h - one option's value, from text. */
#ifndef CLENET_CMD_BASE_VALUES_H
#define CLENET_CMD_BASE_VALUES_H

#include "cmd/base/options.h"

enum { VALUE_EXPECTED_SIZE = 160 };

/* Stores text as the option's value in arguments. False where it is not one: nothing is stored, and expected
 * says what would be: "a whole number 1..65536". */
bool value_store(const option_spec *option, const char *text, void *arguments, char expected[VALUE_EXPECTED_SIZE]);

#endif
