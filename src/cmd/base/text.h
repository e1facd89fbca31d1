/* text.h - formats numbers for people, and texts as JSON. */
#ifndef CLENET_CMD_BASE_TEXT_H
#define CLENET_CMD_BASE_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/count.h"

enum { TEXT_SIZE = 48 }; /* bytes: room for any of these */

/* Each fills text and returns it. */
char *text_counted(char text[TEXT_SIZE], uint64_t count, const char *noun); /* "1 epoch", "33,600 images", of "image" */
char *text_bytes(char text[TEXT_SIZE], uint64_t bytes);    /* "241.38 KB" (of 1024), "176.00 B", as Keras has it */
char *text_duration(char text[TEXT_SIZE], double seconds); /* "0.42 s", "3 min 07 s", "2 h 05 min" */
char *text_figure(char text[TEXT_SIZE], double value);     /* "0.9751", "nan" */
char *text_percent(char text[TEXT_SIZE], double share);    /* "98.93 %" */

/* A JSON string. If the text is not UTF-8, which jansson refuses, every byte that is not ASCII becomes '?'. NULL if out of
 * memory. */
json_t *json_text(const char *text);

#endif
