/* unpack.c - see unpack.h. */
#include "lib/data/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/on_demand.h"

#define SYMBOLS(S)                    \
    S(archive_entry_filetype)         \
    S(archive_entry_pathname)         \
    S(archive_errno)                  \
    S(archive_error_string)           \
    S(archive_read_append_filter)     \
    S(archive_read_data)              \
    S(archive_read_free)              \
    S(archive_read_new)               \
    S(archive_read_next_header)       \
    S(archive_read_open1)             \
    S(archive_read_set_callback_data) \
    S(archive_read_set_format)        \
    S(archive_read_set_read_callback) \
    S(archive_read_set_seek_callback) \
    S(archive_read_support_format_zip_seekable)

static struct { SYMBOLS(ON_DEMAND_MEMBER) } lib;
static on_demand libarchive = {CLENET_ARCHIVE_FILE, "libarchive-dev", &lib, ON_DEMAND_NAMES(SYMBOLS), false};

enum { BZIP2_EMPTY_BYTES = 14 /* of a file without content */ };

struct unpack {
    struct archive *archive;
    unpack_source source;
    packing kind;
    locale_t utf8;             /* in which paths are read; 0: none */
    uint64_t packed, unpacked; /* bytes so far */
    clenet_status status;      /* of the source: the reason for a failure of libarchive, if not CLENET_OK */
    clenet_error error;
};

/* ---- what libarchive calls ---------------------------------------------------------------------------------------------- */

static la_ssize_t on_read(struct archive *archive, void *user, const void **bytes) {
    unpack *input = user;
    const uint8_t *lent = NULL;
    size_t count = 0;
    (void)archive;
    if (input->status != CLENET_OK) return ARCHIVE_FATAL;
    input->status = input->source.next(input->source.from, &lent, &count, &input->error);
    if (input->status != CLENET_OK) return ARCHIVE_FATAL;
    *bytes = lent;
    input->packed += count;
    return (la_ssize_t)count;
}

static la_int64_t on_seek(struct archive *archive, void *user, la_int64_t offset, int whence) {
    unpack *input = user;
    (void)archive;
    int64_t now = input->source.seek(input->source.from, offset, whence);
    return now < 0 ? ARCHIVE_FATAL : now;
}

/* ---- errors ------------------------------------------------------------------------------------------------------------- */

static clenet_status no_memory(clenet_error *error) {
    return error_memory(error, sizeof(unpack), "unpacking a file");
}

static clenet_status cut_off(const unpack *input, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: is cut off: the %s data end after %llu bytes of content; fetch or copy it again",
                     input->source.name, packing_name(input->kind), (unsigned long long)input->unpacked);
}

static clenet_status damaged(const unpack *input, const char *what, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: is damaged: the %s data are wrong after %llu bytes of content (%s); fetch or copy it again",
                     input->source.name, packing_name(input->kind), (unsigned long long)input->unpacked, what);
}

/* The error of libarchive after a call that failed. */
static clenet_status failed(const unpack *input, clenet_error *error) {
    const char *what = lib.archive_error_string(input->archive);
    if (what == NULL) what = "no reason given";
    if (input->status != CLENET_OK) return error_set(error, input->status, "%s", input->error.message);
    if (lib.archive_errno(input->archive) == ENOMEM) return no_memory(error);
    if (strstr(what, "assphrase") != NULL || strstr(what, "ncrypt") != NULL) {
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is encrypted; unpack the archive with its password: %s FILE",
                         input->source.name, packing_command(input->kind));
    }
    /* The words of the filters for an end that comes too early, liblzma's among them. A zip archive has its list of members at its
     * end: without it, libarchive does not know the format. */
    bool early =
        strstr(what, "runcated") != NULL || strstr(what, "No progress") != NULL || strstr(what, "Unrecognized") != NULL;
    return early ? cut_off(input, error) : damaged(input, what, error);
}

/* ---- opening ------------------------------------------------------------------------------------------------------------ */

static int filter_code(packing kind) {
    switch (kind) {
    case PACKING_GZIP:
        return ARCHIVE_FILTER_GZIP;
    case PACKING_BZIP2:
        return ARCHIVE_FILTER_BZIP2;
    case PACKING_XZ:
        return ARCHIVE_FILTER_XZ;
    case PACKING_ZSTD:
        return ARCHIVE_FILTER_ZSTD;
    default:
        return ARCHIVE_FILTER_NONE;
    }
}

/* Lets libarchive read this kind and no other. A filter that would call an external program is refused: libarchive answers
 * ARCHIVE_WARN then. */
static int choose(unpack *input) {
    if (input->kind == PACKING_ZIP) return lib.archive_read_support_format_zip_seekable(input->archive);
    int code = lib.archive_read_append_filter(input->archive, filter_code(input->kind));
    return code == ARCHIVE_OK ? lib.archive_read_set_format(input->archive, ARCHIVE_FORMAT_RAW) : code;
}

static clenet_status begin(unpack *input, clenet_error *error) {
    if (choose(input) != ARCHIVE_OK) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: is packed with %s, which the installed libarchive cannot unpack; unpack it with: %s '%s'",
                         input->source.name, packing_name(input->kind), packing_command(input->kind),
                         input->source.name);
    }
    (void)lib.archive_read_set_read_callback(input->archive, on_read);
    if (input->source.seek != NULL) (void)lib.archive_read_set_seek_callback(input->archive, on_seek);
    (void)lib.archive_read_set_callback_data(input->archive, input);
    if (lib.archive_read_open1(input->archive) != ARCHIVE_OK) return failed(input, error);
    if (input->kind == PACKING_ZIP) return CLENET_OK;
    struct archive_entry *entry = NULL;
    int code = lib.archive_read_next_header(input->archive, &entry);
    return code == ARCHIVE_OK || code == ARCHIVE_WARN ? CLENET_OK : failed(input, error);
}

clenet_status unpack_open(unpack **input, const unpack_source *source, packing kind, clenet_error *error) {
    char why[ON_DEMAND_WHY];
    if (!on_demand_load(&libarchive, why)) {
        error_fill(error, CLENET_ERROR_FORMAT, "%s: is packed with %s, and %s, or unpack it with: %s '%s'",
                   source->name, packing_name(kind), why, packing_command(kind), source->name);
        if (source->close != NULL) source->close(source->from); /* the name may be freed with it */
        return CLENET_ERROR_FORMAT;
    }
    unpack *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) {
        if (source->close != NULL) source->close(source->from);
        return no_memory(error);
    }
    fresh->source = *source;
    fresh->kind = kind;
    fresh->archive = lib.archive_read_new();
    if (kind == PACKING_ZIP) fresh->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    clenet_status status = fresh->archive != NULL ? begin(fresh, error) : no_memory(error);
    if (status != CLENET_OK) {
        unpack_close(fresh);
        return status;
    }
    *input = fresh;
    return CLENET_OK;
}

void unpack_close(unpack *input) {
    if (input == NULL) return;
    if (input->archive != NULL) (void)lib.archive_read_free(input->archive);
    if (input->source.close != NULL) input->source.close(input->source.from);
    if (input->utf8 != (locale_t)0) freelocale(input->utf8);
    memory_free(input);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* libarchive translates paths into the letters of the thread's locale, and drops the ones that it cannot: UTF-8 has them all. */
static int next_path(unpack *input, const char **path) {
    struct archive_entry *entry = NULL;
    locale_t before = input->utf8 != (locale_t)0 ? uselocale(input->utf8) : (locale_t)0;
    int code = ARCHIVE_OK;
    do code = lib.archive_read_next_header(input->archive, &entry);
    while ((code == ARCHIVE_OK || code == ARCHIVE_WARN) && lib.archive_entry_filetype(entry) != AE_IFREG);
    if (code == ARCHIVE_OK || code == ARCHIVE_WARN)
        *path = lib.archive_entry_pathname(entry); /* a warning: the path's letters */
    if (before != (locale_t)0) (void)uselocale(before);
    return code;
}

clenet_status unpack_next(unpack *input, const char **path, clenet_error *error) {
    input->unpacked = 0;
    *path = NULL;
    int code = next_path(input, path);
    if (code == ARCHIVE_EOF) return CLENET_OK;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return failed(input, error);
    if (*path == NULL) *path = "?";
    return CLENET_OK;
}

/* libarchive takes a bzip2 file that does not begin right, or ends before its first block, for an empty one. */
static clenet_status check_end(const unpack *input, clenet_error *error) {
    if (input->kind != PACKING_BZIP2 || input->unpacked > 0 || input->packed == BZIP2_EMPTY_BYTES) return CLENET_OK;
    return input->packed < BZIP2_EMPTY_BYTES ? cut_off(input, error) : damaged(input, "no first block", error);
}

clenet_status unpack_read(unpack *input, uint8_t *bytes, size_t count, size_t *read, clenet_error *error) {
    *read = 0;
    while (*read < count) {
        la_ssize_t got = lib.archive_read_data(input->archive, bytes + *read, count - *read);
        if (got < 0) return failed(input, error);
        if (got == 0) return check_end(input, error);
        *read += (size_t)got;
        input->unpacked += (uint64_t)got;
    }
    return CLENET_OK;
}

uint64_t unpack_packed(const unpack *input) {
    return input->packed;
}
