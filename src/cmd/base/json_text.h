/* json_text.h - a text of a driver or a system as JSON. */
#ifndef CLENET_CMD_BASE_JSON_TEXT_H
#define CLENET_CMD_BASE_JSON_TEXT_H

#include <jansson.h>

/* A string; where the text is not UTF-8, which jansson does not take, with '?' for each byte that is not ASCII. NULL where
 * memory cannot be had. */
json_t *json_text(const char *text);

#endif
