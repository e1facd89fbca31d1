/* csv_utf16.c - see csv_utf16.h. */
#include "lib/data/csv_utf16.h"

enum { HIGH = 0xD800, LOW = 0xDC00, AFTER_LOW = 0xE000, UNKNOWN = 0xFFFD };

static size_t put(uint8_t *text, uint32_t c) {
    if (c < 0x80) {
        text[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        text[0] = (uint8_t)(0xC0 | c >> 6);
        text[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        text[0] = (uint8_t)(0xE0 | c >> 12);
        text[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        text[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    text[0] = (uint8_t)(0xF0 | c >> 18);
    text[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    text[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    text[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

/* Two bytes: at most six bytes of text. */
static size_t add_unit(csv_utf16 *state, uint8_t *text, uint16_t unit) {
    bool low = unit >= LOW && unit < AFTER_LOW;
    uint16_t high = state->high;
    state->high = 0;
    if (high != 0 && low) return put(text, 0x10000 + ((uint32_t)(high - HIGH) << 10) + (uint32_t)(unit - LOW));
    size_t length = high != 0 ? put(text, UNKNOWN) : 0;
    if (unit >= HIGH && unit < LOW) {
        state->high = unit;
        return length;
    }
    return length + put(text + length, low ? UNKNOWN : unit);
}

size_t csv_utf16_add(csv_utf16 *state, uint8_t *text, const uint8_t *bytes, size_t count) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (state->has_byte) {
            unsigned first = state->byte, second = bytes[i];
            length +=
                add_unit(state, text + length, (uint16_t)(state->big ? first << 8 | second : second << 8 | first));
        }
        state->byte = bytes[i];
        state->has_byte = !state->has_byte;
    }
    return length;
}

size_t csv_utf16_end(csv_utf16 *state, uint8_t *text) {
    bool half = state->has_byte || state->high != 0;
    state->has_byte = false;
    state->high = 0;
    return half ? put(text, UNKNOWN) : 0;
}
