/* json_text.c - see json_text.h. */
#include "cli/json_text.h"

#include <errno.h>
#include <stdint.h>
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

/* Twin: base/json_print.h, for the library. */
char *json_line(const json_t *value) {
    size_t length = value != NULL ? json_dumpb(value, NULL, 0, JSON_COMPACT) : 0;
    char *text = length > 0 ? malloc(length + 1) : NULL;
    if (text == NULL) return NULL;
    if (json_dumpb(value, text, length, JSON_COMPACT) == length) {
        text[length] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

/* ---- reading; twin: base/json_read.h, for the library, which says why ----------------------------------------- */

enum {
    JSON_BUFFER_BYTES = 16, /* jansson's at first; it doubles, when less than 2 bytes are left */
    JSON_SPARE_BYTES = 8    /* so that it does not double at the string's end */
};

typedef struct json_feed {
    size_t padding; /* bytes of the first string that are left */
    const char *text;
    size_t size; /* of the text that is left */
    enum { JSON_BEGIN, JSON_PADDING, JSON_BETWEEN, JSON_TEXT, JSON_END, JSON_ALL } next;
} json_feed;

static size_t json_feed_next(void *buffer, size_t room /* at least 2 */, void *data) {
    json_feed *feed = data;
    size_t n = 0;
    if (errno == ENOMEM) return SIZE_MAX; /* an error: jansson reads no more */
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

json_t *json_object_of(const char *text) {
    size_t size = strlen(text), buffer = JSON_BUFFER_BYTES;
    while (buffer < SIZE_MAX / 2 && buffer < size + 2 * (size_t)JSON_SPARE_BYTES) buffer *= 2;
    json_feed feed = {.padding = buffer - JSON_SPARE_BYTES, .text = text, .size = size};
    errno = 0;
    json_t *both = json_load_callback(json_feed_next, &feed, JSON_REJECT_DUPLICATES, NULL);
    json_t *value = json_array_size(both) == 2 ? json_incref(json_array_get(both, 1)) : NULL;
    if (!json_is_object(value)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(both);
    return value;
}
