/* json_read.h - reads an object from JSON text, safely if memory runs out.
 *
 * If its buffer for a string cannot grow, jansson 2.14 drops a byte and continues: it reads a different text, or aborts, or reads
 * past the end of the text if the byte was the last quote. So the text is read as the second element of an array, after a string
 * that is longer than any string in the text. The buffer grows for that first string only: its bytes do not matter, and its end
 * is withheld if a byte was dropped. */
#ifndef CLENET_LIB_BASE_JSON_READ_H
#define CLENET_LIB_BASE_JSON_READ_H

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    JSON_BUFFER_BYTES = 16, /* the first size of jansson's buffer; it doubles when less than 2 bytes are left */
    JSON_SPARE_BYTES = 8    /* so that it does not double at the end of the string */
};

typedef struct json_feed {
    size_t padding; /* remaining bytes of the first string */
    const char *text;
    size_t size; /* remaining bytes of the text */
    enum { JSON_BEGIN, JSON_PADDING, JSON_BETWEEN, JSON_TEXT, JSON_END, JSON_ALL } next;
} json_feed;

static inline size_t json_feed_next(void *buffer, size_t room /* at least 2 */, void *data) {
    json_feed *feed = data;
    size_t n = 0;
    if (errno == ENOMEM) return SIZE_MAX; /* an error: jansson stops reading */
    switch (feed->next) {
    case JSON_BEGIN:
        memcpy(buffer, "[\"", n = 2);
        feed->next = JSON_PADDING;
        break;
    case JSON_PADDING:
        n = feed->padding < room ? feed->padding : room;
        memset(buffer, 'x', n);
        feed->padding -= n;
        if (feed->padding == 0) feed->next = JSON_BETWEEN;
        break;
    case JSON_BETWEEN:
        memcpy(buffer, "\",", n = 2);
        feed->next = feed->size > 0 ? JSON_TEXT : JSON_END;
        break;
    case JSON_TEXT:
        n = feed->size < room ? feed->size : room;
        memcpy(buffer, feed->text, n);
        feed->text += n;
        feed->size -= n;
        if (feed->size == 0) feed->next = JSON_END;
        break;
    case JSON_END:
        memcpy(buffer, "]", n = 1);
        feed->next = JSON_ALL;
        break;
    default:
        break;
    }
    return n;
}

/* json_decref() the result. NULL if the text is not an object: then reason has the error, with json_error_code() of it if memory
 * was short. */
static inline json_t *json_read(const char *text, size_t size, size_t flags, json_error_t *reason) {
    size_t buffer = JSON_BUFFER_BYTES;
    while (buffer < SIZE_MAX / 2 && buffer < size + 2 * (size_t)JSON_SPARE_BYTES) buffer *= 2;
    json_feed feed = {.padding = buffer - JSON_SPARE_BYTES, .text = text, .size = size};
    errno = 0;
    json_t *both = json_load_callback(json_feed_next, &feed, flags, reason);
    json_t *value = json_array_size(both) == 2 ? json_incref(json_array_get(both, 1)) : NULL;
    if (both != NULL && !json_is_object(value)) {
        json_decref(value);
        value = NULL;
        (void)snprintf(reason->text, sizeof reason->text, "an object and no more was expected");
    }
    if (value == NULL && errno == ENOMEM) reason->text[sizeof reason->text - 1] = (char)json_error_out_of_memory;
    json_decref(both);
    return value;
}

#endif
