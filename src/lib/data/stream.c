/* stream.c - see stream.h. zlib unpacks gzip, and passes everything else through; libarchive unpacks the rest, as a layer above. */
#include "lib/data/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/base/memory.h"

enum {
    BLOCK_BYTES = MEMORY_BLOCK(128 * 1024), /* per read: larger reads leave the cache, and were no faster */
    NAME_BYTES = 256,
    LAYERS_MOST = 3, /* of packing, one in another */
    RATIO_MOST = 200,
    RATIO_CHECKED_FROM = 256 * 1024 * 1024 /* bytes unpacked: a smaller output does no harm */
};

struct stream {
    gzFile file;       /* of the lowest layer, or */
    unpack *unpacker;  /* of a layer above, or of a member of an archive */
    stream *below;     /* what the unpacker unpacks, owned; NULL for a member */
    packing kind;      /* of a layer above */
    int descriptor;    /* of the file if it is a regular one; otherwise -1 */
    uint64_t unpacked; /* bytes of content so far */
    size_t begin, end; /* the bytes in block that were not read yet */
    char name[NAME_BYTES];
    uint8_t block[BLOCK_BYTES];
};

static void set_name(stream *input, const char *path) {
    static const char cut[] = "...";
    size_t length = strlen(path);
    if (strcmp(path, "-") == 0) {
        (void)snprintf(input->name, sizeof input->name, "<stdin>");
    } else if (length < sizeof input->name) {
        memcpy(input->name, path, length + 1);
    } else {
        (void)snprintf(input->name, sizeof input->name, "%s%s", cut, path + length - (sizeof input->name - sizeof cut));
    }
}

static clenet_status cannot_read(const stream *input, const char *verb, int reason, clenet_error *error) {
    const char *remedy = "check the disk, or copy it again";
    if (reason == ENOENT || reason == ENOTDIR) remedy = "check the name";
    if (reason == EACCES || reason == EPERM) remedy = "change its permissions";
    if (reason == EBADF) remedy = "give it a file or a pipe";
    return error_set(error, CLENET_ERROR_IO, "%s: cannot be %s: %s; %s", input->name, verb, strerror(reason), remedy);
}

/* Takes ownership of the descriptor, also on failure. */
static clenet_status attach(stream *input, int descriptor, clenet_error *error) {
    struct stat found;
    clenet_status status = CLENET_OK;
    if (fstat(descriptor, &found) != 0) {
        status = cannot_read(input, "opened", errno, error);
    } else if (S_ISDIR(found.st_mode)) {
        status = error_set(error, CLENET_ERROR_IO, "%s: is a folder, not a file; name a file in it", input->name);
    } else {
        input->file = gzdopen(descriptor, "rb");
        input->descriptor = S_ISREG(found.st_mode) ? descriptor : -1;
        if (input->file == NULL || gzbuffer(input->file, BLOCK_BYTES) != 0) {
            status = error_memory(error, BLOCK_BYTES, "reading a file");
        }
    }
    if (input->file == NULL) (void)close(descriptor);
    return status;
}

/* ---- layers ------------------------------------------------------------------------------------------------------------- */

static stream *stream_new(const char *path) {
    stream *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return NULL;
    fresh->descriptor = -1;
    set_name(fresh, path);
    return fresh;
}

static clenet_status next_packed(void *below, const uint8_t **bytes, size_t *count, clenet_error *error) {
    return stream_next(below, bytes, count, error);
}

/* Puts a layer on *input that unpacks it. On failure *input is unchanged. */
static clenet_status add_layer(stream **input, packing kind, clenet_error *error) {
    stream *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "reading a file");
    fresh->descriptor = -1;
    fresh->kind = kind;
    memcpy(fresh->name, (*input)->name, sizeof fresh->name);
    unpack_source source = {.from = *input, .name = fresh->name, .next = next_packed};
    clenet_status status = unpack_open(&fresh->unpacker, &source, kind, error);
    if (status != CLENET_OK) {
        memory_free(fresh);
        return status;
    }
    fresh->below = *input;
    *input = fresh;
    return CLENET_OK;
}

/* Unpacks *input as long as its first bytes show a packed file. On failure closes it. */
static clenet_status unpack_layers(stream **input, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int layer = 0; status == CLENET_OK; layer++) {
        const uint8_t *bytes = NULL;
        size_t count = 0;
        status = stream_peek(*input, &bytes, &count, error);
        packing kind = status == CLENET_OK ? packing_of(bytes, count) : PACKING_NONE;
        if (kind == PACKING_NONE || kind == PACKING_ZIP) break;
        if (layer < LAYERS_MOST)
            status = add_layer(input, kind, error);
        else
            status = error_set(error, CLENET_ERROR_FORMAT, "%s: is packed more than %d times; unpack it with: %s '%s'",
                               (*input)->name, LAYERS_MOST, packing_command(kind), (*input)->name);
    }
    if (status != CLENET_OK) {
        stream_close(*input);
        *input = NULL;
    }
    return status;
}

clenet_status stream_open(stream **input, const char *path, clenet_error *error) {
    stream *fresh = stream_new(path);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "reading a file");
    int descriptor =
        strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    clenet_status status =
        descriptor < 0 ? cannot_read(fresh, "opened", errno, error) : attach(fresh, descriptor, error);
    if (status != CLENET_OK) {
        stream_close(fresh);
        return status;
    }
    if (strcmp(path, "-") == 0) fresh->descriptor = -1; /* may not begin at offset 0 */
    status = unpack_layers(&fresh, error);
    if (status == CLENET_OK) *input = fresh;
    return status;
}

clenet_status stream_open_member(stream **input, unpack *member, const char *name, clenet_error *error) {
    stream *fresh = stream_new(name);
    if (fresh == NULL) {
        unpack_close(member);
        return error_memory(error, sizeof *fresh, "reading a file");
    }
    fresh->unpacker = member;
    fresh->kind = PACKING_ZIP;
    clenet_status status = unpack_layers(&fresh, error);
    if (status == CLENET_OK) *input = fresh;
    return status;
}

void stream_close(stream *input) {
    while (input != NULL) {
        stream *below = input->below;
        if (input->file != NULL) (void)gzclose_r(input->file);
        unpack_close(input->unpacker);
        memory_free(input);
        input = below;
    }
}

int stream_descriptor(const stream *input) {
    return input->file != NULL && gzdirect(input->file) ? input->descriptor : -1;
}

uint64_t stream_size(const stream *input) {
    struct stat found;
    int descriptor = stream_descriptor(input);
    return descriptor >= 0 && fstat(descriptor, &found) == 0 && found.st_size > 0 ? (uint64_t)found.st_size : 0;
}

const char *stream_name(const stream *input) {
    return input->name;
}

/* The error of zlib after a short read; the end of the file is no error. */
static clenet_status check(stream *input, int reason, clenet_error *error) {
    int code = Z_OK;
    const char *what = gzerror(input->file, &code);
    unsigned long long unpacked = input->unpacked;
    switch (code) {
    case Z_OK:
    case Z_STREAM_END:
        return CLENET_OK;
    case Z_ERRNO:
        return cannot_read(input, "read", reason, error);
    case Z_MEM_ERROR:
        return error_memory(error, BLOCK_BYTES, "unpacking a gzip file");
    case Z_BUF_ERROR:
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: is cut off: the gzip data end after %llu bytes of content; fetch or copy it again",
                         input->name, unpacked);
    default:
        return error_set(
            error, CLENET_ERROR_FORMAT,
            "%s: is damaged: the gzip data are wrong after %llu bytes of content (%s); fetch or copy it again",
            input->name, unpacked, what);
    }
}

/* Bytes of the packed file that were read so far; 0 if unknown, as of a packed pipe. */
static uint64_t packed_bytes(const stream *input) {
    if (input->below != NULL) {
        uint64_t packed = packed_bytes(input->below);
        return packed > 0 ? packed : input->below->unpacked;
    }
    if (input->unpacker != NULL) return unpack_packed(input->unpacker);
    if (gzdirect(input->file)) return input->unpacked;
    z_off_t packed = gzoffset(input->file);
    return packed > 0 ? (uint64_t)packed : 0;
}

/* A small file that unpacks without end cannot hold digits: they pack to about a tenth; gzip's best ratio is a thousandth. Layers are
 * measured against the file. */
static clenet_status check_ratio(const stream *input, clenet_error *error) {
    if (input->unpacked < RATIO_CHECKED_FROM) return CLENET_OK;
    uint64_t packed = packed_bytes(input);
    if (packed == 0 || input->unpacked / packed < RATIO_MOST) return CLENET_OK;
    packing kind = input->unpacker != NULL ? input->kind : PACKING_GZIP;
    return error_set(
        error, CLENET_ERROR_FORMAT,
        "%s: unpacks to more than %d times its size, which digits do not; if that is right, unpack it with %s",
        input->name, RATIO_MOST, packing_name(kind));
}

/* Reads up to count bytes of the file; fewer only at its end. */
static clenet_status read_file(stream *input, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
    *read = 0;
    while (*read < count) {
        size_t left = count - *read;
        unsigned part = left > INT_MAX ? INT_MAX : (unsigned)left;
        errno = 0;
        int got = gzread(input->file, bytes + *read, part);
        int reason = errno;
        if (got > 0) {
            *read += (size_t)got;
            input->unpacked += (unsigned)got;
        }
        if (got < (int)part) return check(input, reason, error);
        clenet_status status = check_ratio(input, error);
        if (status != CLENET_OK) return status;
    }
    return CLENET_OK;
}

/* Reads up to count bytes of content; fewer only at the end. */
static clenet_status read_content(stream *input, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
    if (input->file != NULL) return read_file(input, bytes, count, read, error);
    *read = 0;
    while (*read < count) {
        size_t part = count - *read < BLOCK_BYTES ? count - *read : BLOCK_BYTES, got = 0;
        clenet_status status = unpack_read(input->unpacker, bytes + *read, part, &got, error);
        if (status != CLENET_OK) return status;
        *read += got;
        input->unpacked += got;
        if (got < part) break;
        status = check_ratio(input, error);
        if (status != CLENET_OK) return status;
    }
    return CLENET_OK;
}

clenet_status stream_peek(stream *input, const uint8_t **bytes, size_t *count, clenet_error *error) {
    clenet_status status = CLENET_OK;
    if (input->end - input->begin < 4) {
        size_t left = input->end - input->begin, read = 0;
        memmove(input->block, input->block + input->begin, left);
        status = read_content(input, input->block + left, sizeof input->block - left, &read, error);
        input->begin = 0;
        input->end = left + read;
    }
    if (status != CLENET_OK) return status;
    *bytes = input->block + input->begin;
    *count = input->end - input->begin;
    return CLENET_OK;
}

clenet_status stream_next(stream *input, const uint8_t **bytes, size_t *count, clenet_error *error) {
    clenet_status status = stream_peek(input, bytes, count, error);
    if (status == CLENET_OK) input->begin = input->end;
    return status;
}

clenet_status stream_read(stream *input, void *bytes, size_t count, size_t *read, clenet_error *error) {
    size_t waiting = input->end - input->begin, rest = 0;
    if (waiting > count) waiting = count;
    memcpy(bytes, input->block + input->begin, waiting);
    input->begin += waiting;
    clenet_status status = read_content(input, (uint8_t *)bytes + waiting, count - waiting, &rest, error);
    if (status == CLENET_OK) *read = waiting + rest;
    return status;
}
