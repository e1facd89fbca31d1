/* json_text.h - converts a text of a driver or a system to JSON. */
#ifndef CLENET_CMD_BASE_JSON_TEXT_H
#define CLENET_CMD_BASE_JSON_TEXT_H

#include <jansson.h>

/* A JSON string. If the text is not UTF-8, which jansson refuses, every byte that is not ASCII becomes '?'. NULL if out of
 * memory. */
json_t *json_text(const char *text);

#endif
