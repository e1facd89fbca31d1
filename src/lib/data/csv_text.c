/* csv_text.c - see csv_text.h. */
#include "lib/data/csv_text.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/csv_utf16.h"

enum {
    HEAD_BYTES = MEMORY_BLOCK(1024 * 1024),
    PIECE_BYTES =
        MEMORY_BLOCK(512), /* of the head, per read: if the file is broken, less is lost in front of that place */
    RAW_BYTES = MEMORY_BLOCK(64 * 1024)
};

static const uint8_t utf8_mark[] = {0xEF, 0xBB, 0xBF}, little_mark[] = {0xFF, 0xFE}, big_mark[] = {0xFE, 0xFF};

struct csv_utf16_reader {
    csv_utf16 state;
    size_t begin, end; /* of text, not used yet */
    bool ended;
    uint8_t raw[RAW_BYTES], text[RAW_BYTES * CSV_UTF16_PER_BYTE];
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static clenet_status refill(csv_utf16_reader *utf16, stream *input, size_t wanted, clenet_error *error) {
    size_t count = 0;
    if (wanted > sizeof utf16->raw) wanted = sizeof utf16->raw;
    clenet_status status = stream_read(input, utf16->raw, wanted, &count, error);
    if (status != CLENET_OK) return status;
    utf16->begin = 0;
    utf16->end = csv_utf16_add(&utf16->state, utf16->text, utf16->raw, count);
    utf16->ended = count < wanted;
    if (utf16->ended) utf16->end += csv_utf16_end(&utf16->state, utf16->text + utf16->end);
    return CLENET_OK;
}

static clenet_status read_utf16(csv_utf16_reader *utf16, stream *input, uint8_t *bytes, size_t count, size_t *read,
                                clenet_error *error) {
    *read = 0;
    while (*read < count) {
        size_t left = count - *read, waiting = utf16->end - utf16->begin;
        if (waiting == 0) {
            if (utf16->ended) return CLENET_OK;
            clenet_status status = refill(utf16, input, left, error);
            if (status != CLENET_OK) return status;
            continue;
        }
        if (waiting > left) waiting = left;
        memcpy(bytes + *read, utf16->text + utf16->begin, waiting);
        utf16->begin += waiting;
        *read += waiting;
    }
    return CLENET_OK;
}

/* The next bytes of the file as UTF-8; fewer only at its end. */
static clenet_status read_file(csv_text *text, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
    if (text->utf16 == NULL) return stream_read(text->input, bytes, count, read, error);
    return read_utf16(text->utf16, text->input, bytes, count, read, error);
}

/* The next bytes of the head, and then of the file. */
static clenet_status read_on(csv_text *text, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
    size_t waiting = text->head_end - text->head_begin, more = 0;
    if (waiting > count) waiting = count;
    memcpy(bytes, text->head + text->head_begin, waiting);
    text->head_begin += waiting;
    *read = waiting;
    if (waiting == count) return CLENET_OK;
    if (text->status != CLENET_OK && waiting > 0) return CLENET_OK;
    if (text->status != CLENET_OK) return error_set(error, text->status, "%s", text->why.message);
    clenet_status status = read_file(text, bytes + waiting, count - waiting, &more, error);
    if (status == CLENET_OK) *read += more;
    return status;
}

/* ---- the beginning ------------------------------------------------------------------------------------- */

static bool begins(const uint8_t *bytes, size_t count, const uint8_t *mark, size_t length) {
    return count >= length && memcmp(bytes, mark, length) == 0;
}

/* True if the first two characters are those of UTF-16 without a mark: bytes [first] and [first + 2] alone are zero. */
static bool every_second_is_zero(const uint8_t *bytes, size_t count, size_t first) {
    return count >= 4 && bytes[first] == 0 && bytes[first + 2] == 0 && bytes[1 - first] != 0 && bytes[3 - first] != 0;
}

/* Skips a byte order mark, which tells the encoding. */
static clenet_status skip_mark(csv_text *text, clenet_error *error) {
    const uint8_t *bytes = NULL;
    uint8_t skipped[sizeof utf8_mark];
    size_t count = 0, length = 0;
    clenet_status status = stream_peek(text->input, &bytes, &count, error);
    if (status != CLENET_OK) return status;
    bool big = begins(bytes, count, big_mark, sizeof big_mark);
    bool little = begins(bytes, count, little_mark, sizeof little_mark);
    if (begins(bytes, count, utf8_mark, sizeof utf8_mark)) length = sizeof utf8_mark;
    if (big || little) length = sizeof big_mark;
    big = big || every_second_is_zero(bytes, count, 0);
    if (big || little || every_second_is_zero(bytes, count, 1)) {
        text->utf16 = memory_new(1, sizeof *text->utf16);
        if (text->utf16 == NULL) return error_memory(error, sizeof *text->utf16, "the text of a CSV file");
        text->utf16->state.big = big;
    }
    return stream_read(text->input, skipped, length, &count, error);
}

clenet_status csv_text_open(csv_text *text, stream *input, size_t block_bytes, clenet_error *error) {
    *text = (csv_text){.input = input,
                       .block_bytes = block_bytes,
                       .rest = memory_resize(NULL, block_bytes, 1),
                       .head = memory_resize(NULL, HEAD_BYTES, 1)};
    if (text->rest == NULL || text->head == NULL)
        return error_memory(error, block_bytes + HEAD_BYTES, "the text of a CSV file");
    clenet_status status = skip_mark(text, error);
    if (status != CLENET_OK) return status;
    if (text->utf16 == NULL) text->size = stream_size(input);
    for (size_t read = PIECE_BYTES; read == PIECE_BYTES && text->head_end < HEAD_BYTES; text->head_end += read) {
        text->status = read_file(text, text->head + text->head_end, PIECE_BYTES, &read, &text->why);
        if (text->status != CLENET_OK) read = 0;
    }
    if (text->status != CLENET_OK && text->head_end == 0)
        return error_set(error, text->status, "%s", text->why.message);
    return CLENET_OK;
}

void csv_text_close(csv_text *text) {
    memory_free(text->rest);
    memory_free(text->head);
    memory_free(text->utf16);
}

const uint8_t *csv_text_head(const csv_text *text, size_t *count, bool *whole) {
    *count = text->head_end - text->head_begin;
    *whole = text->head_end < HEAD_BYTES && text->status == CLENET_OK;
    return text->head + text->head_begin;
}

void csv_text_skip(csv_text *text, size_t count) {
    text->head_begin += count;
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

/* The length of bytes [count] up to the end of its last line; count if no line ends. */
static size_t whole_lines(const uint8_t *bytes, size_t count) {
    for (size_t length = count; length > 0; length--) {
        if (bytes[length - 1] == '\n') return length;
    }
    return count;
}

clenet_status csv_text_next(csv_text *text, csv_block *block, clenet_error *error) {
    size_t read = 0, room = text->block_bytes - text->rest_count;
    memcpy(block->text, text->rest, text->rest_count);
    clenet_status status = read_on(text, block->text + text->rest_count, room, &read, error);
    if (status != CLENET_OK) return status;
    size_t count = text->rest_count + read;
    text->ended = read < room && text->status == CLENET_OK;
    size_t end = text->ended ? count : whole_lines(block->text, count);
    text->rest_count = count - end;
    memcpy(text->rest, block->text + end, text->rest_count);
    block->text[end] = '\0';
    block->begin = block->rows = 0;
    block->end = end;
    block->parsed = false;
    return CLENET_OK;
}
