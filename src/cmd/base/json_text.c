/* json_text.c - see json_text.h. */
#include "cmd/base/json_text.h"

#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *text) {
    json_t *string = json_string(text);
    if (string != NULL) return string;
    size_t length = strlen(text);
    char *ascii = malloc(length + 1);
    if (ascii == NULL) return NULL;
    for (size_t i = 0; i <= length; i++) ascii[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    string = json_string(ascii);
    free(ascii);
    return string;
}
