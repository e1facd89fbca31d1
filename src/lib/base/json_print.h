/* json_print.h - JSON as text, whole or not at all. jansson's json_dumps() goes on where memory is short while a name is written,
 * and gives a text that lacks it; json_dumpb() writes into memory that is there. */
#ifndef CLENET_LIB_BASE_JSON_PRINT_H
#define CLENET_LIB_BASE_JSON_PRINT_H

#include <jansson.h>
#include <stdlib.h>

/* free() the text; NULL where memory is short, or value is NULL. flags: jansson's. */
static inline char *json_print(const json_t *value, size_t flags) {
    size_t length = value != NULL ? json_dumpb(value, NULL, 0, flags) : 0;
    char *text = length > 0 ? malloc(length + 1) : NULL;
    if (text == NULL) return NULL;
    if (json_dumpb(value, text, length, flags) == length) {
        text[length] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

#endif
