/* text.c - see text.h. */
#include "lib/export/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/number.h"

enum {
    CAPACITY_LEAST = 4096, /* bytes */
    PIECE_LEAST = 512,     /* bytes of room for one piece of text, before its length is known */
    FLOAT_SIZE = 32        /* bytes of a constant */
};

static bool reserve(text_buffer *t, size_t more) {
    if (t->failed) return false;
    if (t->capacity - t->count >= more) return true;
    size_t capacity = 2 * t->capacity + more > CAPACITY_LEAST ? 2 * t->capacity + more : CAPACITY_LEAST;
    char *grown = t->bytes != NULL ? memory_resize(t->bytes, capacity, 1) : memory_new(capacity, 1);
    t->failed = grown == NULL;
    if (t->failed) return false;
    t->bytes = grown;
    t->capacity = capacity;
    return true;
}

void text_add(text_buffer *t, const char *format, ...) {
    size_t room = PIECE_LEAST;
    for (int tries = 0; tries < 2; tries++) {
        if (!reserve(t, room)) return;
        va_list arguments;
        va_start(arguments, format);
        int length = number_print_list(t->bytes + t->count, t->capacity - t->count, format, arguments);
        va_end(arguments);
        if (length < 0) {
            t->failed = true;
            return;
        }
        room = (size_t)length + 1;
        if (t->capacity - t->count < room) continue;
        t->count += (size_t)length;
        return;
    }
}

void text_add_float(text_buffer *t, float value) {
    char constant[FLOAT_SIZE];
    (void)number_print(constant, sizeof constant, "%.9g", (double)value);
    text_add(t, "%s%sF", constant, strpbrk(constant, ".e") != NULL ? "" : ".0");
}

void text_add_literal(text_buffer *t, const char *string) {
    text_add(t, "\"");
    for (const unsigned char *at = (const unsigned char *)string; *at != '\0'; at++) {
        /* An octal escape has three digits at most, so that a digit after it is not part of it. '?' may begin a trigraph. */
        bool plain = *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\' && *at != '?';
        text_add(t, plain ? "%c" : "\\%03o", *at);
    }
    text_add(t, "\"");
}
