/* raw_safetensors.h - safetensors files made by hand, byte by byte, so that they can be wrong. */
#ifndef CLENET_TESTS_NET_RAW_SAFETENSORS_H
#define CLENET_TESTS_NET_RAW_SAFETENSORS_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"

/* Writes length (of the header, as the file claims), the header and data_size bytes of zeros. */
static inline void write_raw(const char *name, uint64_t length, const char *header, size_t header_size,
                             size_t data_size) {
    unsigned char *bytes = calloc(8 + header_size + data_size + 1, 1);
    cr_assert_not_null(bytes);
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(length >> (8 * i) & 0xFF);
    memcpy(bytes + 8, header, header_size);
    scratch_write(name, bytes, 8 + header_size + data_size);
    free(bytes);
}

static inline void write_header(const char *name, const char *header, size_t data_size) {
    write_raw(name, strlen(header), header, strlen(header), data_size);
}

#endif
