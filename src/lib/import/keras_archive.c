/* keras_archive.c - see keras_archive.h. */
#include "lib/import/keras_archive.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/data/unpack.h"

enum {
    BLOCK_BYTES = 64 * 1024,
    MEMBERS_MOST = 1000,
    GROWTH_MOST = 16 /* times the archive's bytes: Keras does not pack, and packed weights shrink little */
};

/* The archive in memory, as unpack.h reads it. */
typedef struct memory_source {
    const import_source *from;
    size_t at;
} memory_source;

static clenet_status next(void *user, const uint8_t **bytes, size_t *count, clenet_error *error) {
    memory_source *now = user;
    size_t left = now->from->size - now->at;
    (void)error;
    *bytes = now->from->bytes + now->at;
    *count = left < BLOCK_BYTES ? left : BLOCK_BYTES;
    now->at += *count;
    return CLENET_OK;
}

static int64_t seek(void *user, int64_t offset, int whence) {
    memory_source *now = user;
    int64_t size = (int64_t)now->from->size;
    int64_t base = whence == SEEK_END ? size : whence == SEEK_CUR ? (int64_t)now->at : 0;
    if (offset < -base || offset > size - base) return -1;
    now->at = (size_t)(base + offset);
    return base + offset;
}

static clenet_status read_member(growing *to, unpack *input, const import_source *from, const char *path,
                                 clenet_error *error) {
    size_t most = from->size <= SIZE_MAX / GROWTH_MOST ? from->size * GROWTH_MOST : SIZE_MAX, got = BLOCK_BYTES;
    while (got == BLOCK_BYTES) {
        if (!growing_reserve(to, BLOCK_BYTES)) return error_memory(error, to->count + BLOCK_BYTES, "a Keras archive");
        clenet_status status = unpack_read(input, to->bytes + to->count, BLOCK_BYTES, &got, error);
        if (status != CLENET_OK) return status;
        to->count += got;
        if (to->count > most)
            return error_set(error, CLENET_ERROR_FORMAT,
                             "%s: '%s' in it is more than %d times as large as the archive; save the model again",
                             from->name, path, GROWTH_MOST);
    }
    return CLENET_OK;
}

clenet_status keras_archive_open(keras_archive *archive, const import_source *from, clenet_error *error) {
    memory_source now = {.from = from};
    unpack *input = NULL;
    const char *path = "";
    unpack_source source = {.from = &now, .name = from->name, .next = next, .seek = seek};
    clenet_status status = unpack_open(&input, &source, PACKING_ZIP, error);
    for (int members = 0; status == CLENET_OK && members < MEMBERS_MOST; members++) {
        status = unpack_next(input, &path, error);
        if (status != CLENET_OK || path == NULL) break;
        bool config = strcmp(path, "config.json") == 0, weights = strcmp(path, "model.weights.h5") == 0;
        if (config && archive->config.count == 0)
            status = read_member(&archive->config, input, from, "config.json", error);
        if (weights && archive->weights.count == 0)
            status = read_member(&archive->weights, input, from, "model.weights.h5", error);
    }
    unpack_close(input);
    if (status == CLENET_OK && (archive->config.count == 0 || archive->weights.count == 0))
        status = error_set(error, CLENET_ERROR_FORMAT,
                           "%s: is a zip archive without %s; save the model again: "
                           "model.save('model.keras')",
                           from->name, archive->config.count == 0 ? "config.json" : "model.weights.h5");
    return status;
}

void keras_archive_free(keras_archive *archive) {
    memory_free(archive->config.bytes);
    memory_free(archive->weights.bytes);
    *archive = (keras_archive){.config.bytes = NULL};
}
