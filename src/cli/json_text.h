/* json_text.h - a text of a driver or a system as JSON. */
#ifndef CLENET_CLI_JSON_TEXT_H
#define CLENET_CLI_JSON_TEXT_H

#include <jansson.h>

/* A string; where the text is not UTF-8, which jansson does not take, with '?' for each byte that is not ASCII. NULL where
 * memory cannot be had. */
json_t *json_text(const char *text);

/* The value as a line of text, whole or not at all; free() it; NULL where memory cannot be had, or value is NULL. jansson's
 * json_dumps() goes on where memory is short while a name is written, and gives a text that lacks it. */
char *json_line(const json_t *value);

/* The object that the text is; json_decref() it; NULL where it is none, or memory cannot be had. Where memory is short while a
 * string is read, jansson's json_loads() goes on with another text, or aborts. */
json_t *json_object_of(const char *text);

#endif
