/* zip_store.c - see zip_store.h. The format is PKWARE's APPNOTE.TXT: each file after its local header, then a list of the files, then
 * the end record. All numbers are little-endian. */
#include "lib/export/zip_store.h"

#include <string.h>
#include <zlib.h>

#include "lib/base/memory.h"

enum {
    LOCAL_BYTES = 30, /* of a local header, without the name */
    ENTRY_BYTES = 46, /* of a file in the list, without the name */
    END_BYTES = 22,
    VERSION = 20,              /* that a reader needs: 2.0 */
    FIRST_DAY = (1 << 5) | 1,  /* 1980-01-01, the first day that a zip archive knows */
    CHECKED_AT_ONCE = 1 << 30, /* bytes for crc32(), which counts in unsigned int */
    NAME_FLAG = 0              /* names in ASCII */
};

/* The place of the next byte. */
typedef struct position {
    uint8_t *at;
} position;

static void put(position *to, int bytes, uint32_t value) {
    for (int i = 0; i < bytes; i++) *to->at++ = (uint8_t)(value >> (8 * i));
}

static void put_bytes(position *to, const void *bytes, size_t count) {
    if (count > 0) memcpy(to->at, bytes, count);
    to->at += count;
}

static uint32_t checksum(const zip_file *file) {
    uLong sum = crc32(0, NULL, 0);
    for (size_t at = 0; at < file->count; at += CHECKED_AT_ONCE) {
        size_t left = file->count - at;
        sum = crc32(sum, file->bytes + at, left < CHECKED_AT_ONCE ? (uInt)left : (uInt)CHECKED_AT_ONCE);
    }
    return (uint32_t)sum;
}

/* What a local header and an entry of the list have in common. */
static void put_common(position *to, const zip_file *file, uint32_t sum) {
    put(to, 2, VERSION);
    put(to, 2, NAME_FLAG);
    put(to, 2, 0); /* stored */
    put(to, 2, 0); /* midnight */
    put(to, 2, FIRST_DAY);
    put(to, 4, sum);
    put(to, 4, (uint32_t)file->count); /* packed */
    put(to, 4, (uint32_t)file->count);
    put(to, 2, (uint32_t)strlen(file->name));
    put(to, 2, 0); /* no extra field */
}

static void put_entry(position *to, const zip_file *file, uint32_t sum, uint32_t offset) {
    put(to, 4, 0x02014b50);
    put(to, 2, VERSION);
    put_common(to, file, sum);
    put(to, 2, 0); /* no comment */
    put(to, 2, 0); /* disk */
    put(to, 2, 0); /* attributes */
    put(to, 4, 0);
    put(to, 4, offset);
    put_bytes(to, file->name, strlen(file->name));
}

static void put_end(position *to, size_t files, size_t list, size_t offset) {
    put(to, 4, 0x06054b50);
    put(to, 4, 0); /* disks */
    put(to, 2, (uint32_t)files);
    put(to, 2, (uint32_t)files);
    put(to, 4, (uint32_t)list);
    put(to, 4, (uint32_t)offset);
    put(to, 2, 0); /* no comment */
}

clenet_status zip_store(uint8_t **bytes, size_t *count, const zip_file *files, size_t file_count, clenet_error *error) {
    size_t list = 0, all = END_BYTES;
    for (size_t i = 0; i < file_count; i++) {
        size_t name = strlen(files[i].name);
        list += ENTRY_BYTES + name;
        all += LOCAL_BYTES + ENTRY_BYTES + 2 * name + files[i].count;
    }
    if (all >= UINT32_MAX)
        return error_set(error, CLENET_ERROR_ARGUMENT,
                         "the model is too large for a zip archive: %zu bytes of at most 4 GiB", all);
    uint8_t *fresh = memory_new(all + 1, 1);
    if (fresh == NULL) return error_memory(error, all, "a zip archive");
    position to = {fresh}, entry = {fresh + all - END_BYTES - list};
    for (size_t i = 0; i < file_count; i++) {
        uint32_t sum = checksum(&files[i]);
        put_entry(&entry, &files[i], sum, (uint32_t)(to.at - fresh));
        put(&to, 4, 0x04034b50);
        put_common(&to, &files[i], sum);
        put_bytes(&to, files[i].name, strlen(files[i].name));
        put_bytes(&to, files[i].bytes, files[i].count);
    }
    put_end(&entry, file_count, list, all - END_BYTES - list);
    *bytes = fresh;
    *count = all;
    return CLENET_OK;
}
