/* network.c - what a reader fills: layers, tensors, problems and notes. */
#include "lib/import/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/number.h"

enum { FIRST_CAPACITY = 16, DELETE = 0x7F };

/* Makes room for one more item; false if out of memory. */
static bool reserve(import_network *network, void **items, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return true;
    size_t larger = *capacity > 0 ? 2 * *capacity : FIRST_CAPACITY;
    void *resized = memory_resize(*items, larger, size);
    if (resized == NULL) {
        network->failed = true;
        return false;
    }
    *items = resized;
    *capacity = larger;
    return true;
}

/* Copies the text, cut at the size, between two characters of UTF-8. Control characters become '?'. */
static void put_line(char *to, size_t size, const char *text) {
    size_t length = strnlen(text, size - 1);
    if (text[length] != '\0')
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    for (size_t i = 0; i < length; i++) to[i] = (unsigned char)text[i] < ' ' || text[i] == DELETE ? '?' : text[i];
    to[length] = '\0';
}

/* ---- layers --------------------------------------------------------------------------------------------- */

import_layer *import_add_layer(import_network *network, const char *name, clenet_layer_kind kind) {
    if (network->layer_count >= IMPORT_LAYERS_MAX) {
        import_problem(network, "the network has more than %d layers", (int)IMPORT_LAYERS_MAX);
        return NULL;
    }
    void *layers = network->layers;
    bool room = reserve(network, &layers, network->layer_count, &network->layer_capacity, sizeof(import_layer));
    network->layers = layers;
    if (!room) return NULL;
    import_layer *fresh = &network->layers[network->layer_count++];
    *fresh = (import_layer){.spec = {.kind = kind}};
    put_line(fresh->name, sizeof fresh->name, name);
    return fresh;
}

void import_add_network(import_network *network, const clenet_network *own) {
    network->input = own->input;
    for (int i = 0; i < own->layer_count; i++) {
        const layer *l = &own->layers[i];
        import_layer *fresh = import_add_layer(network, l->name, l->spec.kind);
        if (fresh != NULL) fresh->spec = l->spec;
    }
}

float *import_set_tensor(import_network *network, import_layer *to, parameter_role role, import_layout layout, int rank,
                         const size_t *shape) {
    import_tensor *tensor = &to->tensors[role];
    size_t count = 1;
    bool fits = rank >= 0 && rank <= IMPORT_RANK_MAX;
    for (int i = 0; i < rank && fits; i++) {
        fits = shape[i] <= INT32_MAX && (shape[i] == 0 || count <= INT32_MAX / shape[i]);
        count *= fits ? shape[i] : 1;
    }
    memory_free(tensor->values);
    *tensor = (import_tensor){.values = NULL};
    if (!fits) {
        import_problem(network, "layer '%s': a tensor has more than %d numbers or %d axes", to->name, INT32_MAX,
                       (int)IMPORT_RANK_MAX);
        return NULL;
    }
    float *values = memory_new(count > 0 ? count : 1, sizeof *values);
    if (values == NULL) {
        network->failed = true;
        return NULL;
    }
    *tensor = (import_tensor){.values = values, .rank = rank, .layout = layout};
    memcpy(tensor->shape, shape, (size_t)rank * sizeof *shape);
    return values;
}

void import_network_free(import_network *network) {
    for (size_t i = 0; i < network->layer_count; i++)
        for (int role = 0; role < IMPORT_TENSORS; role++) memory_free(network->layers[i].tensors[role].values);
    memory_free(network->layers);
    memory_free(network->class_names);
    memory_free(network->problems.lines);
    memory_free(network->notes.lines);
    *network = (import_network){.failed = false};
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

static void add_line(import_network *network, import_lines *list, const char *format, va_list arguments) {
    char raw[IMPORT_LINE_SIZE], line[IMPORT_LINE_SIZE];
    (void)number_print_list(raw, sizeof raw, format, arguments);
    put_line(line, sizeof line, raw);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->lines[i], line) == 0) return;
    if (list->count == IMPORT_LINES_MAX) {
        list->more++;
        return;
    }
    void *lines = list->lines;
    bool room = reserve(network, &lines, list->count, &list->capacity, sizeof *list->lines);
    list->lines = lines;
    if (room) memcpy(list->lines[list->count++], line, sizeof line);
}

void import_problem(import_network *network, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_line(network, &network->problems, format, arguments);
    va_end(arguments);
}

void import_note(import_network *network, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_line(network, &network->notes, format, arguments);
    va_end(arguments);
}

const char *import_shape_text(char text[IMPORT_SHAPE_SIZE], int rank, const size_t *shape) {
    int length = snprintf(text, IMPORT_SHAPE_SIZE, "%s", rank == 0 ? "a single number" : "");
    for (int i = 0; i < rank; i++)
        length += snprintf(text + length, IMPORT_SHAPE_SIZE - (size_t)length, "%s%zu", i > 0 ? "x" : "", shape[i]);
    return text;
}

/* ---- numbers -------------------------------------------------------------------------------------------- */

size_t import_type_bytes(import_type type) {
    return type == IMPORT_F64 ? 8 : type == IMPORT_F32 ? 4 : 2;
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754's binary16: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
static float half_of(uint32_t bits) {
    uint32_t sign = (bits & 0x8000U) << 16, exponent = bits >> 10 & 0x1FU, fraction = bits & 0x3FFU;
    if (exponent == 0x1F) return float_of(sign | 0x7F800000U | fraction << 13); /* infinite, or no number */
    if (exponent == 0) return (sign != 0 ? -1.0f : 1.0f) * (float)fraction * 0x1p-24f;
    return float_of(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

static uint64_t bits_of(const uint8_t *from, size_t bytes) {
    uint64_t bits = 0;
    for (size_t i = bytes; i > 0; i--) bits = bits << 8 | from[i - 1];
    return bits;
}

void import_convert(float *to, const uint8_t *from, size_t count, import_type type) {
    size_t bytes = import_type_bytes(type);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = bits_of(from + i * bytes, bytes);
        double wide;
        switch (type) {
        case IMPORT_F64:
            memcpy(&wide, &bits, sizeof wide);
            to[i] = (float)wide;
            break;
        case IMPORT_F16:
            to[i] = half_of((uint32_t)bits);
            break;
        case IMPORT_BF16:
            to[i] = float_of((uint32_t)bits << 16);
            break;
        case IMPORT_F32:
        default:
            to[i] = float_of((uint32_t)bits);
            break;
        }
    }
}
