/* idx.c - see idx.h. */
#include "lib/data/idx.h"

enum { SIDE_AT_MOST = 4096, IMAGE_HEADER_BYTES = 16 };

typedef struct idx_type {
    uint8_t code;
    array_type type;
    uint8_t bytes;
} idx_type;

static const idx_type types[] = {
    {0x08, ARRAY_UNSIGNED, 1}, {0x09, ARRAY_SIGNED, 1}, {0x0B, ARRAY_SIGNED, 2},
    {0x0C, ARRAY_SIGNED, 4},   {0x0D, ARRAY_FLOAT, 4},  {0x0E, ARRAY_FLOAT, 8},
};

static const idx_type *find_type(uint8_t code) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code) return &types[i];
    return NULL;
}

bool idx_begins(const uint8_t *bytes, size_t count) {
    return count >= 2 && bytes[0] == 0 && bytes[1] == 0;
}

bool idx_is_known(const uint8_t *bytes, size_t count) {
    return idx_begins(bytes, count) && count >= 4 && find_type(bytes[2]) != NULL && bytes[3] >= 1 &&
           bytes[3] <= ARRAY_AXES_MOST;
}

bool idx_begins_reversed(const uint8_t *bytes, size_t count) {
    return count >= 4 && bytes[0] >= 1 && bytes[0] <= ARRAY_AXES_MOST && find_type(bytes[1]) != NULL && bytes[2] == 0 &&
           bytes[3] == 0;
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The sizes of images make sense only if they are read from the other end. */
static bool sizes_reversed(const array *header, const uint8_t *sizes) {
    if (header->axes < 3) return false;
    for (int i = 1; i < 3; i++) {
        const uint8_t *size = sizes + 4 * i;
        uint32_t reversed = (uint32_t)size[3] << 24 | (uint32_t)size[2] << 16 | (uint32_t)size[1] << 8 | size[0];
        if (header->sizes[i] <= SIDE_AT_MOST || reversed < 1 || reversed > SIDE_AT_MOST) return false;
    }
    return true;
}

clenet_status idx_header(array *header, stream *input, clenet_error *error) {
    uint8_t bytes[4 + 4 * ARRAY_AXES_MOST];
    size_t read = 0;
    clenet_status status = stream_read(input, bytes, 4, &read, error);
    if (status != CLENET_OK) return status;
    if (read < 4) return array_cut_off("IDX", input, read, IMAGE_HEADER_BYTES, error);
    const idx_type *type = find_type(bytes[2]);
    if (type == NULL || bytes[3] < 1 || bytes[3] > ARRAY_AXES_MOST) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: is an IDX file of type 0x%02x in %d dimensions; images are type 0x08 in 3, labels in 1",
                         stream_name(input), (unsigned)bytes[2], (int)bytes[3]);
    }
    *header = (array){.format = "IDX",
                      .type = type->type,
                      .element_bytes = type->bytes,
                      .big_endian = true,
                      .axes = bytes[3],
                      .header_bytes = 4 + 4 * (size_t)bytes[3]};
    status = stream_read(input, bytes + 4, header->header_bytes - 4, &read, error);
    if (status != CLENET_OK) return status;
    if (read < header->header_bytes - 4) return array_cut_off("IDX", input, 4 + read, header->header_bytes, error);
    for (int i = 0; i < header->axes; i++) header->sizes[i] = big_endian(bytes + 4 + 4 * i);
    if (!sizes_reversed(header, bytes + 4)) return CLENET_OK;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "%s: is an IDX file with little-endian sizes; IDX is big-endian: write it again in that order, or "
                     "with numpy.save()",
                     stream_name(input));
}
