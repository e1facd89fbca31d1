/* pack.h - packed files and zip archives for tests, written by libarchive. */
#ifndef CLENET_TESTS_DATA_PACK_H
#define CLENET_TESTS_DATA_PACK_H

#include <archive.h>
#include <archive_entry.h>

#include "../scratch.h"

typedef struct pack_member {
    const char *name;
    const void *bytes;
    size_t count;
} pack_member;

static inline void pack_add(struct archive *archive, const pack_member *member) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, member->name);
    archive_entry_set_size(entry, (la_int64_t)member->count);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK, "%s", archive_error_string(archive));
    cr_assert_eq(archive_write_data(archive, member->bytes, member->count), (la_ssize_t)member->count);
    archive_entry_free(entry);
}

/* filter: ARCHIVE_FILTER_XZ ... */
static inline void pack_file(const char *name, int filter, const void *bytes, size_t count) {
    const pack_member member = {"data", bytes, count};
    struct archive *archive = archive_write_new();
    cr_assert_eq(archive_write_add_filter(archive, filter), ARCHIVE_OK);
    cr_assert_eq(archive_write_set_format_raw(archive), ARCHIVE_OK);
    cr_assert_eq(archive_write_open_filename(archive, name), ARCHIVE_OK);
    pack_add(archive, &member);
    cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
}

static inline void pack_zip(const char *name, const pack_member *members, size_t count) {
    struct archive *archive = archive_write_new();
    cr_assert_eq(archive_write_set_format_zip(archive), ARCHIVE_OK);
    cr_assert_eq(archive_write_open_filename(archive, name), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) pack_add(archive, &members[i]);
    cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
}

#endif
