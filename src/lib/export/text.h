/* text.h - a text that grows as it is written. */
#ifndef CLENET_LIB_EXPORT_TEXT_H
#define CLENET_LIB_EXPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct text_buffer {
    char *bytes; /* terminated by a zero; NULL: empty. memory_free() it */
    size_t count, capacity;
    bool failed; /* out of memory: the text is not complete */
} text_buffer;

/* Appends formatted text, with numbers as in the C locale. */
void text_add(text_buffer *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a constant of C that is read back as the same float: "0.25F". */
void text_add_float(text_buffer *t, float value);

/* Appends a string literal of C in ASCII, whatever the bytes of the string are. */
void text_add_literal(text_buffer *t, const char *string);

#endif
