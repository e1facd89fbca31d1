/* tiles.c - the table of everything that can be tuned.
 *
 * Each number has its default, and the values that a tuner tries. */
#include "lib/backend/opencl/tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_VECTOR, KIND_VECTOR8, KIND_GROUP, KINDS, TRIED_MOST = 4, NUMBER_MOST = 1024 };

static const char *const kind_names[KINDS] = {"vector", "vector8", "group"};

typedef struct choice {
    int usual, tried[TRIED_MOST]; /* 0 ends them */
} choice;

/* A vector of L images fills a CPU's register; on a GPU a work-item takes one image, and 32 neighbours are one block. The
 * defaults come from the sizes of the register files: 32 vectors of a CPU with AVX-512 hold 24 sums, 16 of one without it 10 to
 * 14, and a GPU's work-item about 32 floats. The values to try are divisors of LeNet's sizes (6 and 16 filters, 14 columns, 400,
 * 120, 84 and 10 neurons), since a tile must divide the size that it cuts. docs/kernels.md explains each number; the order is
 * that of the tuner, slowest kernels first. */
static const struct {
    const char *name;
    size_t offset;
    bool of_dense; /* a dense layer's tile, which a library's products do not use */
    choice kinds[KINDS];
} numbers[] = {
#define NUMBER(name) #name, offsetof(opencl_tiles, name)
    {NUMBER(filters), false, {{6, {8, 16, 4, 3}}, {2, {3, 4, 6}}, {2, {4, 6, 8, 3}}}},
    {NUMBER(columns), false, {{7, {2, 14}}, {7, {2, 14}}, {2, {7, 14, 1}}}},
    {NUMBER(channels), false, {{3, {2, 6, 1}}, {2, {6, 3, 1}}, {3, {2, 6, 1}}}},
    {NUMBER(group_filters), false, {{4, {8, 6, 3, 2}}, {2, {3, 4, 1}}, {4, {8, 2, 1}}}},
    {NUMBER(neurons), true, {{8, {12, 10, 6, 4}}, {8, {12, 10, 6, 4}}, {4, {8, 12, 2}}}},
    {NUMBER(outputs), true, {{16, {8, 4}}, {8, {16, 4}}, {4, {2, 1}}}},
    {NUMBER(parts), false, {{1, {0}}, {1, {0}}, {256, {128, 512}}}},
    {NUMBER(fused), false, {{512, {1}}, {1024, {1}}, {512, {1}}}},
    {NUMBER(groups), false, {{16, {8, 32, 64, 4}}, {16, {8, 32, 64, 4}}, {16, {0}}}},
    {NUMBER(group_items), false, {{0, {0}}, {0, {0}}, {128, {64, 256, 32}}}},
    {NUMBER(group), false, {{1, {0}}, {1, {0}}, {256, {128, 64, 32}}}},
    {NUMBER(width), false, {{16, {8, 4}}, {8, {16, 4}}, {1, {2, 4}}}},
    {NUMBER(lanes), false, {{16, {32, 8}}, {8, {16, 32}}, {32, {64, 128}}}},
#undef NUMBER
};
enum { NUMBER_COUNT = sizeof numbers / sizeof numbers[0] };

static int *number_of(opencl_tiles *tiles, int n) {
    return (int *)(void *)((unsigned char *)tiles + numbers[n].offset);
}

/* A CPU whose compiler makes vectors of neighbouring work-items (llvmpipe, whose native vector is one float) gets group tiles:
 * LeNet's step took 110 ms with them and 410 ms with vectors, which llvmpipe splits into single numbers. It has few cores, so more
 * and larger groups are of no use. */
const char *tiles_kind(const opencl_found *device) {
    if ((device->type & CL_DEVICE_TYPE_CPU) == 0) return kind_names[KIND_GROUP];
    if (device->vector_width == 1) return "group,outputs=1,parts=1,group=64";
    return kind_names[device->vector_width >= 16 ? KIND_VECTOR : KIND_VECTOR8];
}

opencl_tiles tiles_plain(int lanes) {
    return (opencl_tiles){.lanes = lanes,
                          .width = 1,
                          .group = 1,
                          .filters = 1,
                          .columns = 1,
                          .channels = 1,
                          .group_filters = 1,
                          .neurons = 1,
                          .outputs = 1,
                          .parts = 1,
                          .fused = 1,
                          .group_items = 1,
                          .groups = 1};
}

/* ---- as text ------------------------------------------------------------------------------------------------ */

static bool is_power(int n) {
    return (n & (n - 1)) == 0;
}

/* True if kernels can be built with these tiles. */
static bool fit(const opencl_tiles *t) {
    return t->width <= 16 && is_power(t->width) && is_power(t->group) && t->outputs <= 16 && is_power(t->outputs) &&
           is_power(t->lanes) && t->lanes >= t->width;
}

static int read_kind(const char **at) {
    size_t length = strcspn(*at, ",");
    for (int kind = 0; kind < KINDS; kind++) {
        if (length != strlen(kind_names[kind]) || strncmp(*at, kind_names[kind], length) != 0) continue;
        *at += length;
        return kind;
    }
    return -1;
}

/* Reads ",NAME=N" at *at. */
static bool read_number(opencl_tiles *tiles, const char **at) {
    for (int n = 0; n < NUMBER_COUNT; n++) {
        size_t length = strlen(numbers[n].name);
        if (strncmp(*at + 1, numbers[n].name, length) != 0 || (*at)[1 + length] != '=') continue;
        const char *digits = *at + 1 + length + 1;
        size_t count = strspn(digits, "0123456789");
        long value = count >= 1 && count <= 4 ? strtol(digits, NULL, 10) : 0;
        if (value < 1 || value > NUMBER_MOST || (digits[count] != ',' && digits[count] != '\0')) return false;
        *number_of(tiles, n) = (int)value;
        *at = digits + count;
        return true;
    }
    return false;
}

/* *kind, if not NULL: the kind of the tiles. */
static bool read_text(opencl_tiles *tiles, int *kind, const char *text) {
    const char *at = text;
    int found = read_kind(&at);
    if (found < 0) return false;
    opencl_tiles read = {0};
    for (int n = 0; n < NUMBER_COUNT; n++) *number_of(&read, n) = numbers[n].kinds[found].usual;
    while (*at == ',')
        if (!read_number(&read, &at)) return false;
    if (!fit(&read)) return false;
    *tiles = read;
    if (kind) *kind = found;
    return true;
}

clenet_status tiles_read(opencl_tiles *tiles, const char *text, const opencl_found *device, clenet_error *error) {
    opencl_tiles read;
    if (!read_text(&read, NULL, text))
        return error_set(
            error, CLENET_ERROR_ARGUMENT,
            "tiles '%s' are not known; use vector, vector8 or group, and numbers that fit as in vector,filters=8",
            text);
    while ((size_t)read.group > device->max_group) read.group /= 2;
    *tiles = read;
    return CLENET_OK;
}

static void write_text(char text[TILES_TEXT], opencl_tiles *tiles, int kind) {
    size_t used = (size_t)snprintf(text, TILES_TEXT, "%s", kind_names[kind]);
    for (int n = 0; n < NUMBER_COUNT && used < TILES_TEXT; n++)
        if (*number_of(tiles, n) != numbers[n].kinds[kind].usual)
            used += (size_t)snprintf(text + used, TILES_TEXT - used, ",%s=%d", numbers[n].name, *number_of(tiles, n));
}

bool tiles_candidate(char candidate[TILES_TEXT], int i, const char *text, bool products) {
    opencl_tiles tiles;
    int kind;
    int n = i / (TRIED_MOST + 1), which = i % (TRIED_MOST + 1);
    candidate[0] = '\0';
    if (n >= NUMBER_COUNT || !read_text(&tiles, &kind, text)) return false;
    const choice *c = &numbers[n].kinds[kind];
    int value = which == 0 ? c->usual : c->tried[which - 1], *number = number_of(&tiles, n);
    if (value == 0 || value == *number || (products && numbers[n].of_dense)) return true;
    *number = value;
    if (fit(&tiles)) write_text(candidate, &tiles, kind);
    return true;
}
