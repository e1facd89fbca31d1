/* packing.h - detects how a file is packed, and names the unpacking command. */
#ifndef CLENET_LIB_DATA_PACKING_H
#define CLENET_LIB_DATA_PACKING_H

#include <stddef.h>
#include <stdint.h>

typedef enum packing {
    PACKING_NONE,
    PACKING_GZIP,
    PACKING_BZIP2,
    PACKING_XZ,
    PACKING_ZSTD,
    PACKING_ZIP, /* an archive: its members are files */
    PACKING_KINDS
} packing;

packing packing_of(const uint8_t *bytes, size_t count);

const char *packing_name(packing kind); /* "xz"; of PACKING_NONE: "plain" */
const char *
packing_command(packing kind); /* "xz -dk": followed by the file's name, it unpacks the file; not of PACKING_NONE */

#endif
