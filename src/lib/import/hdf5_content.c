/* hdf5_content.c - see hdf5_read.h: the records of the child process, taken apart. */
#include <string.h>

#include "lib/base/memory.h"
#include "lib/import/hdf5_read.h"

typedef struct reader {
    const uint8_t *at, *end;
} reader;

/* Lends a text, and moves behind its zero; NULL if it has no end. */
static const char *take_text(reader *from) {
    const uint8_t *zero = from->at < from->end ? memchr(from->at, 0, (size_t)(from->end - from->at)) : NULL;
    if (zero == NULL) return NULL;
    const char *text = (const char *)from->at;
    from->at = zero + 1;
    return text;
}

static bool take(reader *from, void *to, size_t count) {
    if ((size_t)(from->end - from->at) < count) return false;
    memcpy(to, from->at, count);
    from->at += count;
    return true;
}

/* Both return false if the record is wrong. */
static bool take_array(hdf5_entry *to, reader *from) {
    uint32_t rank = 0;
    to->path = take_text(from);
    if (to->path == NULL || !take(from, &rank, sizeof rank) || rank > HDF5_RANK_MAX) return false;
    to->rank = (int)rank;
    to->count = 1;
    for (int i = 0; i < to->rank; i++) {
        uint64_t side = 0;
        if (!take(from, &side, sizeof side) || side > INT32_MAX) return false;
        to->shape[i] = (size_t)side;
        if (__builtin_mul_overflow(to->count, to->shape[i], &to->count) || to->count > INT32_MAX) return false;
    }
    to->values = from->at;
    if ((size_t)(from->end - from->at) / sizeof(float) < to->count) return false;
    from->at += to->count * sizeof(float);
    return true;
}

static bool take_attribute(hdf5_entry *to, reader *from) {
    to->path = take_text(from);
    to->name = take_text(from);
    to->text = take_text(from);
    return to->path != NULL && to->name != NULL && to->text != NULL;
}

static clenet_status grow(hdf5_content *content, clenet_error *error) {
    enum { FIRST = 64 };
    if (content->count < content->capacity) return CLENET_OK;
    size_t capacity = 2 * content->capacity + FIRST, size = sizeof *content->entries;
    hdf5_entry *entries =
        content->entries != NULL ? memory_resize(content->entries, capacity, size) : memory_new(capacity, size);
    if (entries == NULL) return error_memory(error, capacity * size, "the list of an HDF5 file");
    content->entries = entries;
    content->capacity = capacity;
    return CLENET_OK;
}

clenet_status hdf5_take_apart(hdf5_content *content, size_t size, const char *name, clenet_error *error) {
    reader from = {content->block, content->block + size};
    bool good = true;
    while (good && from.at < from.end && content->count < HDF5_ENTRIES_MAX) {
        hdf5_entry next = {.path = NULL};
        uint8_t kind = *from.at++;
        if (kind == HDF5_END) return CLENET_OK;
        if (kind == HDF5_ERROR) {
            const char *why = take_text(&from);
            if (why != NULL) return error_set(error, CLENET_ERROR_FORMAT, "%s: %s", name, why);
        }
        good = kind == HDF5_ARRAY ? take_array(&next, &from) : kind == HDF5_TEXT && take_attribute(&next, &from);
        clenet_status status = grow(content, error);
        if (status != CLENET_OK) return status;
        content->entries[content->count] = next;
        if (good) content->count++;
    }
    return error_set(error, CLENET_ERROR_FORMAT, "%s: is damaged: its HDF5 data end too early; fetch or copy it again",
                     name);
}

void hdf5_free(hdf5_content *content) {
    memory_free(content->entries);
    memory_free(content->block);
    *content = (hdf5_content){.block = NULL};
}

const hdf5_entry *hdf5_find(const hdf5_content *content, const char *path) {
    for (size_t i = 0; i < content->count; i++) {
        const hdf5_entry *entry = &content->entries[i];
        if (entry->name == NULL && strcmp(entry->path, path) == 0) return entry;
    }
    return NULL;
}

const char *hdf5_find_text(const hdf5_content *content, const char *path, const char *name) {
    for (size_t i = 0; i < content->count; i++) {
        const hdf5_entry *entry = &content->entries[i];
        if (entry->name != NULL && strcmp(entry->path, path) == 0 && strcmp(entry->name, name) == 0) return entry->text;
    }
    return NULL;
}

bool hdf5_has_below(const hdf5_content *content, const char *folder) {
    size_t length = strlen(folder);
    for (size_t i = 0; i < content->count; i++)
        if (strncmp(content->entries[i].path, folder, length) == 0) return true;
    return false;
}
