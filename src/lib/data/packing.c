/* packing.c - see packing.h. */
#include "lib/data/packing.h"

#include <string.h>

enum { MAGIC_BYTES = 6 };

static const struct {
    const char *name, *command;
    size_t count; /* of magic */
    uint8_t magic[MAGIC_BYTES];
} packings[] = {
    [PACKING_NONE] = {.name = "plain", .command = ""},
    [PACKING_GZIP] = {"gzip", "gzip -dk", 2, {0x1F, 0x8B}},
    [PACKING_BZIP2] = {"bzip2", "bzip2 -dk", 3, {'B', 'Z', 'h'}},
    [PACKING_XZ] = {"xz", "xz -dk", 6, {0xFD, '7', 'z', 'X', 'Z', 0}},
    [PACKING_ZSTD] = {"zstd", "zstd -d", 4, {0x28, 0xB5, 0x2F, 0xFD}},
    [PACKING_ZIP] = {"zip", "unzip", 4, {'P', 'K', 3, 4}},
};
_Static_assert(sizeof packings / sizeof *packings == PACKING_KINDS, "a row per kind");

packing packing_of(const uint8_t *bytes, size_t count) {
    for (packing kind = PACKING_GZIP; kind < PACKING_KINDS; kind++) {
        if (count < packings[kind].count || memcmp(bytes, packings[kind].magic, packings[kind].count) != 0) continue;
        /* "BZh" may begin a text; bzip2's fourth byte is the size of its blocks */
        if (kind == PACKING_BZIP2 && count > 3 && (bytes[3] < '1' || bytes[3] > '9')) continue;
        return kind;
    }
    return PACKING_NONE;
}

const char *packing_name(packing kind) {
    return packings[kind].name;
}

const char *packing_command(packing kind) {
    return packings[kind].command;
}
