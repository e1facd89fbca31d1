/* zip.c - see zip.h. libarchive reads the list of members at the end of the archive, so any part of it must be within reach: a plain
 * file is read with pread(), everything else is kept in memory. */
#include "lib/data/zip.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/data/growing.h"

enum {
    BLOCK_BYTES = MEMORY_BLOCK(64 * 1024),
    MEMBERS_AT_MOST = 100000,
    NAME_BYTES = 512, /* of an archive and a member, in messages */
};

struct zip {
    const stream *input; /* borrowed */
    growing kept;        /* the archive's bytes if descriptor is -1 */
    int descriptor;
    int64_t bytes;  /* of the archive */
    char **members; /* [count] */
    size_t count, capacity;
};

/* A position in the archive, one for each open member. */
typedef struct cursor {
    const zip *archive;
    int64_t at;
    char name[NAME_BYTES]; /* for messages */
    uint8_t block[BLOCK_BYTES];
} cursor;

/* ---- the archive's bytes ------------------------------------------------------------------------------------------------ */

static clenet_status next(void *from, const uint8_t **bytes, size_t *count, clenet_error *error) {
    cursor *now = from;
    const zip *archive = now->archive;
    int64_t left = archive->bytes - now->at;
    *count = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
    if (archive->descriptor < 0) {
        *bytes = archive->kept.bytes + now->at;
    } else {
        ssize_t got = 0;
        do got = pread(archive->descriptor, now->block, *count, (off_t)now->at);
        while (got < 0 && errno == EINTR);
        if (got < 0) {
            return error_set(error, CLENET_ERROR_IO, "%s: cannot be read: %s; check the disk, or copy it again",
                             zip_name(archive), strerror(errno));
        }
        *bytes = now->block;
        *count = (size_t)got;
    }
    now->at += (int64_t)*count;
    return CLENET_OK;
}

static int64_t seek(void *from, int64_t offset, int whence) {
    cursor *now = from;
    int64_t base = whence == SEEK_END ? now->archive->bytes : whence == SEEK_CUR ? now->at : 0;
    if (offset < -base || offset > now->archive->bytes - base) return -1;
    return now->at = base + offset;
}

/* Before the first member. member: the one that will be read, for messages; NULL for the list. */
static clenet_status open_unpack(unpack **input, const zip *archive, const char *member, clenet_error *error) {
    cursor *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "reading a zip archive");
    fresh->archive = archive;
    (void)snprintf(fresh->name, sizeof fresh->name, "%s%s%s", zip_name(archive), member != NULL ? "/" : "",
                   member != NULL ? member : "");
    unpack_source source = {.from = fresh, .name = fresh->name, .next = next, .seek = seek, .close = memory_free};
    return unpack_open(input, &source, PACKING_ZIP, error);
}

/* Keeps all of the stream, if its file cannot be read at any place. */
static clenet_status reach(zip *archive, stream *input, clenet_error *error) {
    struct stat found;
    archive->descriptor = stream_descriptor(input);
    if (archive->descriptor >= 0 && fstat(archive->descriptor, &found) == 0) {
        archive->bytes = (int64_t)found.st_size;
        return CLENET_OK;
    }
    archive->descriptor = -1;
    for (;;) {
        const uint8_t *bytes = NULL;
        size_t count = 0;
        clenet_status status = stream_next(input, &bytes, &count, error);
        if (status != CLENET_OK) return status;
        if (count == 0) break;
        if (!growing_reserve(&archive->kept, count))
            return error_memory(error, archive->kept.count + count, "a zip archive");
        memcpy(archive->kept.bytes + archive->kept.count, bytes, count);
        archive->kept.count += count;
    }
    archive->bytes = (int64_t)archive->kept.count;
    return CLENET_OK;
}

/* ---- members ------------------------------------------------------------------------------------------------------------ */

static clenet_status add(zip *archive, const char *path, clenet_error *error) {
    if (archive->count == MEMBERS_AT_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: has more than %d files; unpack it, and name the file of the digits", zip_name(archive),
                         MEMBERS_AT_MOST);
    }
    if (archive->count == archive->capacity) {
        size_t capacity = archive->capacity * 2 + 16;
        char **members = memory_resize(archive->members, capacity, sizeof *members);
        if (members == NULL) return error_memory(error, capacity * sizeof *members, "the list of a zip archive");
        archive->members = members;
        archive->capacity = capacity;
    }
    char *copy = memory_copy_string(path);
    if (copy == NULL) return error_memory(error, strlen(path), "the list of a zip archive");
    archive->members[archive->count++] = copy;
    return CLENET_OK;
}

static clenet_status list(zip *archive, clenet_error *error) {
    unpack *input = NULL;
    const char *path = NULL;
    clenet_status status = open_unpack(&input, archive, NULL, error);
    do {
        if (status == CLENET_OK) status = unpack_next(input, &path, error);
        if (status == CLENET_OK && path != NULL) status = add(archive, path, error);
    } while (status == CLENET_OK && path != NULL);
    unpack_close(input);
    return status;
}

clenet_status zip_open(zip **archive, stream *input, clenet_error *error) {
    zip *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "a zip archive");
    fresh->input = input;
    clenet_status status = reach(fresh, input, error);
    if (status == CLENET_OK) status = list(fresh, error);
    if (status != CLENET_OK) {
        zip_close(fresh);
        return status;
    }
    *archive = fresh;
    return CLENET_OK;
}

void zip_close(zip *archive) {
    if (archive == NULL) return;
    for (size_t i = 0; i < archive->count; i++) memory_free(archive->members[i]);
    memory_free(archive->members);
    memory_free(archive->kept.bytes);
    memory_free(archive);
}

size_t zip_count(const zip *archive) {
    return archive->count;
}

const char *const *zip_members(const zip *archive) {
    return (const char *const *)archive->members;
}

const char *zip_name(const zip *archive) {
    return stream_name(archive->input);
}

clenet_status zip_open_member(stream **member, const zip *archive, size_t index, clenet_error *error) {
    unpack *input = NULL;
    const char *path = NULL;
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s/%s", zip_name(archive), archive->members[index]);
    clenet_status status = open_unpack(&input, archive, archive->members[index], error);
    for (size_t i = 0; status == CLENET_OK && i <= index; i++) {
        status = unpack_next(input, &path, error);
        if (status == CLENET_OK && path == NULL) {
            status = error_set(error, CLENET_ERROR_IO, "%s: has changed while it was read; run the command again",
                               zip_name(archive));
        }
    }
    if (status == CLENET_OK) return stream_open_member(member, input, name, error);
    unpack_close(input);
    return status;
}
