/* onnx_tensor.c - the numbers of an ONNX tensor, in the model's file or in another in its folder. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/import/onnx_reader.h"

/* TensorProto.DataType and .DataLocation */
enum {
    FLOAT = 1,
    UINT8 = 2,
    INT8 = 3,
    INT32 = 6,
    INT64 = 7,
    BOOL = 9,
    FLOAT16 = 10,
    DOUBLE = 11,
    BFLOAT16 = 16,
    EXTERNAL = 1
};

static const char *type_name(int type) {
    static const char *const names[] = {"an unknown type", "float",  "uint8",     "int8",       "uint16",  "int16",
                                        "int32",           "int64",  "string",    "bool",       "float16", "double",
                                        "uint32",          "uint64", "complex64", "complex128", "bfloat16"};
    bool known = type > 0 && (size_t)type < sizeof names / sizeof names[0];
    return known ? names[type] : names[0];
}

static bool is_float(int type) {
    return type == FLOAT || type == DOUBLE || type == FLOAT16 || type == BFLOAT16;
}

static size_t bytes_of(int type) {
    return type == DOUBLE || type == INT64       ? 8
           : type == FLOAT || type == INT32      ? 4
           : type == FLOAT16 || type == BFLOAT16 ? 2
                                                 : 1;
}

static import_type convert_as(int type) {
    return type == DOUBLE ? IMPORT_F64 : type == FLOAT16 ? IMPORT_F16 : type == BFLOAT16 ? IMPORT_BF16 : IMPORT_F32;
}

/* ---- numbers in another file ----------------------------------------------------------------- */

typedef struct onnx_place_in_file {
    const char *file;
    uint64_t offset, length; /* bytes; length UINT64_MAX: not given */
} onnx_place_in_file;

static bool read_decimal(uint64_t *to, const char *text) {
    uint64_t value = 0;
    if (text == NULL || *text == '\0' || strlen(text) > 18) return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        value = 10 * value + (uint64_t)(*text - '0');
    }
    *to = value;
    return true;
}

/* False if the tensor does not say it, or if the file would be outside the model's folder. */
static bool find_place(onnx_place_in_file *place, const Onnx__TensorProto *tensor) {
    *place = (onnx_place_in_file){.length = UINT64_MAX};
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        const char *key = tensor->external_data[i]->key, *value = tensor->external_data[i]->value;
        if (key == NULL) continue;
        if (strcmp(key, "location") == 0) place->file = value;
        if (strcmp(key, "offset") == 0 && !read_decimal(&place->offset, value)) return false;
        if (strcmp(key, "length") == 0 && !read_decimal(&place->length, value)) return false;
    }
    return place->file != NULL && *place->file != '\0' && strchr(place->file, '/') == NULL &&
           strcmp(place->file, ".") != 0 && strcmp(place->file, "..") != 0;
}

/* The file, in the folder of the model; -1: errno says why. */
static int open_beside(const char *model, const char *name) {
    const char *slash = strrchr(model, '/');
    size_t folder = slash != NULL ? (size_t)(slash - model) + 1 : 0, length = strlen(name) + 1;
    char *path = memory_new(folder + length, 1);
    if (path == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(path, model, folder);
    memcpy(path + folder, name, length);
    /* Without O_NONBLOCK, opening a pipe would wait for a writer. */
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    memory_free(path);
    return file;
}

static bool read_at(int file, uint8_t *to, size_t size, uint64_t offset) {
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(file, to + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

/* The numbers of another file may be stored once: 16-bit floats double. */
static void add_budget(onnx_reader *r, const struct stat *about) {
    for (int i = 0; i < r->file_count; i++)
        if (r->files[i] == about->st_ino) return;
    if (r->file_count == ONNX_FILES_MAX) return;
    r->files[r->file_count++] = about->st_ino;
    r->budget += 2 * (size_t)about->st_size;
}

/* `size` bytes of the tensor: memory_free() them. NULL: a problem. */
static uint8_t *read_outside(onnx_reader *r, const Onnx__TensorProto *tensor, const char *name, size_t size) {
    onnx_place_in_file place;
    struct stat about;
    if (!find_place(&place, tensor)) {
        import_problem(r->network, "tensor '%s': its numbers are in a file whose name is not one in the model's folder",
                       name);
        return NULL;
    }
    int file = open_beside(r->source->name, place.file);
    if (file < 0 && errno == ENOMEM) {
        r->network->failed = true;
        return NULL;
    }
    if (file < 0) {
        import_problem(r->network,
                       "its weights are in the file '%s', which cannot be opened: %s. Put both into one "
                       "folder, or write one file (PyTorch: external_data=False)",
                       place.file, strerror(errno));
        return NULL;
    }
    bool good = fstat(file, &about) == 0 && S_ISREG(about.st_mode) && place.offset <= (uint64_t)about.st_size &&
                size <= (uint64_t)about.st_size - place.offset && (place.length == UINT64_MAX || place.length == size);
    if (good) add_budget(r, &about);
    uint8_t *bytes = good ? memory_new(size > 0 ? size : 1, 1) : NULL;
    if (!good)
        import_problem(r->network, "tensor '%s': '%s' does not have its %zu bytes; copy both files again", name,
                       place.file, size);
    else if (bytes == NULL)
        r->network->failed = true;
    else if (!read_at(file, bytes, size, place.offset)) {
        import_problem(r->network, "tensor '%s': cannot read '%s'", name, place.file);
        memory_free(bytes);
        bytes = NULL;
    }
    (void)close(file);
    return bytes;
}

/* ---- numbers in the model ------------------------------------------------------------------------------- */

/* Little-endian bytes. */
static void convert(void *to, const uint8_t *from, size_t count, int type) {
    if (is_float(type)) {
        import_convert(to, from, count, convert_as(type));
        return;
    }
    int64_t *integers = to;
    size_t bytes = bytes_of(type);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        for (size_t b = bytes; b > 0; b--) bits = bits << 8 | from[i * bytes + b - 1];
        integers[i] = bytes == 8 ? (int64_t)bits : (int64_t)(int32_t)(uint32_t)bits;
        if (type == INT8 && integers[i] > INT8_MAX) integers[i] -= UINT8_MAX + 1;
    }
}

/* The numbers in a list of their type. False: there are not `count` in it. */
static bool take_list(void *to, const Onnx__TensorProto *tensor, size_t count, int type) {
    float *floats = to;
    int64_t *integers = to;
    switch (type) {
    case FLOAT:
        if (tensor->n_float_data == count && count > 0) memcpy(floats, tensor->float_data, count * sizeof *floats);
        return tensor->n_float_data == count;
    case DOUBLE:
        for (size_t i = 0; i < count && tensor->n_double_data == count; i++) floats[i] = (float)tensor->double_data[i];
        return tensor->n_double_data == count;
    case INT64:
        if (tensor->n_int64_data == count && count > 0) memcpy(integers, tensor->int64_data, count * sizeof *integers);
        return tensor->n_int64_data == count;
    default:
        break;
    }
    if (tensor->n_int32_data != count) return false;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)tensor->int32_data[i];
        const uint8_t half[] = {(uint8_t)(bits & 0xFF), (uint8_t)(bits >> 8 & 0xFF)};
        if (is_float(type))
            import_convert(&floats[i], half, 1, convert_as(type));
        else
            integers[i] = tensor->int32_data[i];
    }
    return true;
}

/* Reads the shape. False: a problem. */
static bool read_shape(onnx_reader *r, onnx_constant *to, const Onnx__TensorProto *tensor, const char *name) {
    *to = (onnx_constant){.rank = (int)tensor->n_dims, .count = 1};
    bool good = tensor->n_dims <= ONNX_RANK_MAX;
    for (size_t i = 0; good && i < tensor->n_dims; i++) {
        int64_t side = tensor->dims[i];
        good = side >= 0 && side <= INT32_MAX && (side == 0 || to->count <= (size_t)(INT32_MAX / side));
        if (!good) break;
        to->shape[i] = (size_t)side;
        to->count *= (size_t)side;
    }
    if (!good)
        import_problem(r->network, "tensor '%s': its shape is damaged, or has more than %d axes or numbers than %d",
                       name, (int)ONNX_RANK_MAX, INT32_MAX);
    return good;
}

bool onnx_tensor_read(onnx_reader *r, onnx_constant *to, const Onnx__TensorProto *tensor, const char *name) {
    char shape[IMPORT_SHAPE_SIZE];
    int type = tensor->has_data_type ? tensor->data_type : 0;
    bool floats = is_float(type);
    bool known = floats || type == INT64 || type == INT32 || type == UINT8 || type == INT8 || type == BOOL;
    if (!known) {
        import_problem(r->network, "tensor '%s': clenet does not read numbers of %s", name, type_name(type));
        return false;
    }
    if (!read_shape(r, to, tensor, name)) return false;
    bool outside = tensor->has_data_location && tensor->data_location == EXTERNAL;
    bool raw = tensor->has_raw_data;
    size_t size = to->count * bytes_of(type);
    size_t lists = tensor->n_float_data + tensor->n_double_data + tensor->n_int64_data + tensor->n_int32_data;
    /* Before memory is allocated: does the file have these numbers? */
    bool there = outside || (raw ? tensor->raw_data.len == size : lists == to->count);
    uint8_t *bytes = NULL;
    if (there && outside) {
        bytes = read_outside(r, tensor, name, size);
        if (bytes == NULL) return false;
    }
    void *numbers = there ? onnx_store_new(r, to->count, floats ? sizeof(float) : sizeof(int64_t)) : NULL;
    if (numbers != NULL && (outside || raw))
        convert(numbers, outside ? bytes : tensor->raw_data.data, to->count, type);
    else if (numbers != NULL)
        there = take_list(numbers, tensor, to->count, type);
    memory_free(bytes);
    if (!there)
        import_problem(r->network, "tensor '%s': the file does not have the %s numbers of its shape", name,
                       import_shape_text(shape, to->rank, to->shape));
    if (floats)
        to->floats = numbers;
    else
        to->integers = numbers;
    return there && numbers != NULL;
}
