/* npy.c - see npy.h. The dictionary is parsed strictly: three keys, each once, as numpy.save() writes them in any order. */
#include "lib/data/npy.h"

#include <stdio.h>
#include <string.h>

enum {
    MAGIC_BYTES = 6,
    VERSION_MOST = 3,
    TEXT_AT_MOST = 4096, /* of the dictionary: numpy.save() writes 118 bytes, or 54 */
    TYPE_BYTES = 16,     /* of a type's text, with its end */
};
static const char magic[MAGIC_BYTES + 1] = "\x93NUMPY";

bool npy_begins(const uint8_t *bytes, size_t count) {
    return count >= 4 && memcmp(bytes, magic, count < MAGIC_BYTES ? count : MAGIC_BYTES) == 0;
}

/* ---- the dictionary ----------------------------------------------------------------------------------------------------- */

/* Text that is being parsed. */
typedef struct parser {
    const char *at, *end;
} parser;

static void skip_blanks(parser *p) {
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t')) p->at++;
}

/* Takes the character, and blanks before it, if it is next. */
static bool take(parser *p, char c) {
    skip_blanks(p);
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

/* A string in single or double quotes, without escapes. */
static bool take_string(parser *p, char *text, size_t bytes) {
    char quote = take(p, '\'') ? '\'' : take(p, '"') ? '"' : '\0';
    size_t length = 0;
    if (quote == '\0') return false;
    for (; p->at < p->end && *p->at != quote; p->at++) {
        if (*p->at == '\\' || length + 1 == bytes) return false;
        text[length++] = *p->at;
    }
    text[length] = '\0';
    return take(p, quote);
}

static bool take_word(parser *p, const char *word) {
    size_t length = strlen(word);
    skip_blanks(p);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0) return false;
    p->at += length;
    return true;
}

/* A size below 2^32. NumPy of Python 2 wrote a long one as 60000L. */
static bool take_size(parser *p, uint64_t *size) {
    *size = 0;
    skip_blanks(p);
    const char *begin = p->at;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
        *size = *size * 10 + (uint64_t)(*p->at - '0');
        if (*size > UINT32_MAX) return false;
    }
    if (p->at == begin) return false;
    if (p->at < p->end && *p->at == 'L') p->at++;
    return true;
}

/* A tuple: (), (2,), (2, 3) or (2, 3,). *axes may be one above ARRAY_AXES_MOST, for a message. */
static bool take_shape(parser *p, array *header) {
    uint64_t size = 0;
    header->axes = 0;
    if (!take(p, '(')) return false;
    while (!take(p, ')')) {
        if (header->axes > 0 && !take(p, ',')) return false;
        if (header->axes > 0 && take(p, ')')) return true;
        if (!take_size(p, &size)) return false;
        if (header->axes < ARRAY_AXES_MOST) header->sizes[header->axes] = size;
        if (header->axes <= ARRAY_AXES_MOST) header->axes++;
    }
    return true;
}

/* The value of a key. */
static bool take_value(parser *p, const char *key, array *header, char *type, unsigned *seen) {
    unsigned bit = strcmp(key, "descr") == 0           ? 1
                   : strcmp(key, "fortran_order") == 0 ? 2
                   : strcmp(key, "shape") == 0         ? 4
                                                       : 0;
    if (bit == 0 || (*seen & bit) != 0) return false;
    *seen |= bit;
    if (bit == 1) return take_string(p, type, TYPE_BYTES);
    if (bit == 4) return take_shape(p, header);
    header->fortran = take_word(p, "True");
    return header->fortran || take_word(p, "False");
}

static bool parse(array *header, char *type, const char *text, size_t length) {
    parser p = {text, text + length};
    unsigned seen = 0;
    if (!take(&p, '{')) return false;
    while (!take(&p, '}')) {
        char key[TYPE_BYTES];
        if (seen != 0 && !take(&p, ',')) return false;
        if (seen != 0 && take(&p, '}')) break;
        if (!take_string(&p, key, sizeof key) || !take(&p, ':') || !take_value(&p, key, header, type, &seen))
            return false;
    }
    skip_blanks(&p);
    return seen == 7 && p.at == p.end;
}

/* ---- the type ----------------------------------------------------------------------------------------------------------- */

/* "<f8": byte order, kind, bytes. */
static bool find_type(array *header, const char *type) {
    if (strlen(type) != 3 || strchr("<>|=", type[0]) == NULL || strchr("1248", type[2]) == NULL) return false;
    header->big_endian = type[0] == '>';
    header->element_bytes = (size_t)(type[2] - '0');
    if (type[0] == '|' && header->element_bytes > 1) return false; /* numpy writes it for bytes only */
    if (type[1] == 'b') header->type = ARRAY_UNSIGNED;
    if (type[1] == 'b') return header->element_bytes == 1;
    if (type[1] == 'f') header->type = ARRAY_FLOAT;
    if (type[1] == 'f') return header->element_bytes > 1;
    header->type = type[1] == 'i' ? ARRAY_SIGNED : ARRAY_UNSIGNED;
    return type[1] == 'i' || type[1] == 'u';
}

static clenet_status take_header(array *header, const char *text, size_t length, const stream *input,
                                 clenet_error *error) {
    char type[TYPE_BYTES] = "";
    bool whole = parse(header, type, text, length);
    if (memchr(text, '\0', length) == NULL &&
        (strstr(text, "'descr': [") != NULL || strcmp(type, "|O") == 0 || strcmp(type, "O") == 0)) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: has Python objects or records, not plain numbers; save it again as numpy.save(file, "
                         "x.astype('uint8'))",
                         stream_name(input));
    }
    if (!whole) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: the NumPy header is damaged; fetch or copy it again",
                         stream_name(input));
    }
    if (!find_type(header, type)) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: has elements of type '%s'; save it again as numpy.save(file, x.astype('uint8'))",
                         stream_name(input), type);
    }
    if (header->axes >= 1 && header->axes <= ARRAY_AXES_MOST) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT, "%s: has %s%d axes; images have rows, height, width, or channels too",
                     stream_name(input), header->axes > ARRAY_AXES_MOST ? "more than " : "",
                     header->axes > ARRAY_AXES_MOST ? ARRAY_AXES_MOST : header->axes);
}

clenet_status npy_header(array *header, stream *input, clenet_error *error) {
    uint8_t begin[MAGIC_BYTES + 2 + 4];
    char text[TEXT_AT_MOST + 1];
    size_t read = 0, shorter = 0;
    clenet_status status = stream_read(input, begin, MAGIC_BYTES + 2, &read, error);
    if (status != CLENET_OK) return status;
    if (read < MAGIC_BYTES + 2) return array_cut_off("NumPy", input, read, MAGIC_BYTES + 4, error);
    unsigned version = begin[MAGIC_BYTES];
    if (version < 1 || version > VERSION_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is a NumPy file of version %u; 1 to %d can be read",
                         stream_name(input), version, VERSION_MOST);
    }
    size_t length_bytes = version == 1 ? 2 : 4, length = 0;
    status = stream_read(input, begin + MAGIC_BYTES + 2, length_bytes, &shorter, error);
    if (status != CLENET_OK) return status;
    if (shorter < length_bytes)
        return array_cut_off("NumPy", input, read + shorter, MAGIC_BYTES + 2 + length_bytes, error);
    for (size_t i = length_bytes; i > 0; i--) length = length << 8 | begin[MAGIC_BYTES + 2 + i - 1];
    *header = (array){.format = "NumPy", .header_bytes = MAGIC_BYTES + 2 + length_bytes + length};
    if (length > TEXT_AT_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: the NumPy header has %zu bytes; at most %d can be read",
                         stream_name(input), length, TEXT_AT_MOST);
    }
    status = stream_read(input, text, length, &read, error);
    if (status != CLENET_OK) return status;
    if (read < length)
        return array_cut_off("NumPy", input, header->header_bytes - length + read, header->header_bytes, error);
    text[length] = '\0';
    return take_header(header, text, length, input, error);
}
