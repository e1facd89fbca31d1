/* json_print.h - JSON as text, complete or not at all.
 *
 * If memory runs out while a name is written, jansson's json_dumps() continues, and returns a text without the name. json_dumpb()
 * writes into memory that is already allocated. */
#ifndef CLENET_LIB_BASE_JSON_PRINT_H
#define CLENET_LIB_BASE_JSON_PRINT_H

#include <jansson.h>
#include <stdlib.h>

/* The caller must free() the text. NULL if out of memory, or if value is NULL. flags: jansson's. */
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
