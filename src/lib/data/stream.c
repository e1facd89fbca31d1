/* stream.c - see stream.h. zlib unpacks gzip, and passes everything else through. */
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
    RATIO_MOST = 200,
    RATIO_CHECKED_FROM = 256 * 1024 * 1024 /* bytes unpacked: a smaller output does no harm */
};

struct stream {
    gzFile file;
    uint64_t unpacked; /* bytes read from the file so far */
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
    if (reason == EACCES || reason == EPERM) remedy = "ask for the right to read it";
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
        if (input->file == NULL || gzbuffer(input->file, BLOCK_BYTES) != 0) {
            status = error_memory(error, BLOCK_BYTES, "reading a file");
        }
    }
    if (input->file == NULL) (void)close(descriptor);
    return status;
}

clenet_status stream_open(stream **input, const char *path, clenet_error *error) {
    stream *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "reading a file");
    set_name(fresh, path);
    int descriptor =
        strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    clenet_status status =
        descriptor < 0 ? cannot_read(fresh, "opened", errno, error) : attach(fresh, descriptor, error);
    if (status != CLENET_OK) {
        stream_close(fresh);
        return status;
    }
    *input = fresh;
    return CLENET_OK;
}

void stream_close(stream *input) {
    if (input == NULL) return;
    if (input->file != NULL) (void)gzclose_r(input->file);
    memory_free(input);
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
            "%s: is damaged: the gzip data go wrong after %llu bytes of content (%s); fetch or copy it again",
            input->name, unpacked, what);
    }
}

/* A small file that unpacks without end cannot hold digits: they pack to about a tenth; gzip's best ratio is a thousandth. */
static clenet_status check_ratio(const stream *input, clenet_error *error) {
    if (input->unpacked < RATIO_CHECKED_FROM || gzdirect(input->file)) return CLENET_OK;
    z_off_t packed = gzoffset(input->file);
    if (packed <= 0) return CLENET_OK; /* the size of a pipe is unknown */
    if (input->unpacked / (unsigned long long)packed < RATIO_MOST) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: unpacks to over %d times its size, as digits do not; unpack it with gzip where that is right",
                     input->name, RATIO_MOST);
}

/* Reads up to count bytes; fewer only at the end of the file. */
static clenet_status unpack(stream *input, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
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

clenet_status stream_peek(stream *input, const uint8_t **bytes, size_t *count, clenet_error *error) {
    clenet_status status = CLENET_OK;
    if (input->end - input->begin < 4) {
        size_t left = input->end - input->begin, read = 0;
        memmove(input->block, input->block + input->begin, left);
        status = unpack(input, input->block + left, sizeof input->block - left, &read, error);
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
    clenet_status status = unpack(input, (uint8_t *)bytes + waiting, count - waiting, &rest, error);
    if (status == CLENET_OK) *read = waiting + rest;
    return status;
}
