/* safetensors.c - see safetensors.h. */
#include "lib/net/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/json_read.h"
#include "lib/base/memory.h"
#include "lib/base/output.h"
#include "lib/base/count.h"

enum {
    LENGTH_BYTES = 8,   /* of the header's length */
    FLOAT_BYTES = 4,    /* of a number in the file */
    DATA_ALIGNMENT = 8, /* bytes; the numbers begin at a multiple */
    CHUNK = 4096,       /* numbers that are converted at a time for writing */
    FIELDS = 3,         /* dtype, shape, data_offsets */
};

static const char metadata_name[] = "__metadata__";
/* A type of numbers, and its bytes. */
static const struct {
    const char *dtype;
    safetensors_type type;
    size_t bytes;
} types[] = {
    {"F32", SAFETENSORS_F32, 4},       {"U8", SAFETENSORS_U8, 1},         {"F64", SAFETENSORS_F64, 8},
    {"F16", SAFETENSORS_F16, 2},       {"BF16", SAFETENSORS_BF16, 2},     {"I64", SAFETENSORS_OTHER, 8},
    {"I32", SAFETENSORS_OTHER, 4},     {"I16", SAFETENSORS_OTHER, 2},     {"I8", SAFETENSORS_OTHER, 1},
    {"U64", SAFETENSORS_OTHER, 8},     {"U32", SAFETENSORS_OTHER, 4},     {"U16", SAFETENSORS_OTHER, 2},
    {"F8_E4M3", SAFETENSORS_OTHER, 1}, {"F8_E5M2", SAFETENSORS_OTHER, 1}, {"BOOL", SAFETENSORS_OTHER, 1},
};
enum { TYPES = sizeof types / sizeof types[0] };

struct safetensors_file {
    char *path;
    const char *remedy; /* what to do if it is damaged */
    bool foreign;
    const uint8_t *memory;       /* [size], lent; NULL: a file */
    int descriptor;              /* -1: in memory */
    uint64_t size;               /* bytes of the file */
    uint64_t data_begin;         /* bytes from the file's start to the numbers */
    json_t *header;              /* lends the tensors' names and the metadata */
    safetensors_tensor *tensors; /* [count], by name */
    size_t count;
};

/* ---- errors ------------------------------------------------------------------------------------------- */

static clenet_status damaged(const safetensors_file *file, const char *problem, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT, "model '%s' %s; %s", file->path, problem, file->remedy);
}

static clenet_status damaged_tensor(const safetensors_file *file, const char *name, const char *problem,
                                    clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT, "model '%s': tensor '%s' %s; %s", file->path, name, problem,
                     file->remedy);
}

static clenet_status cut_off(const safetensors_file *file, uint64_t has, const char *of, uint64_t needs,
                             clenet_error *error) {
    char has_text[COUNT_SIZE], needs_text[COUNT_SIZE];
    return error_set(error, CLENET_ERROR_FORMAT, "model '%s' ends after %s of %s%s bytes: it was cut off; %s",
                     file->path, text_count(has_text, has), of, text_count(needs_text, needs), file->remedy);
}

static clenet_status not_safetensors(const safetensors_file *file, clenet_error *error) {
    if (file->foreign)
        return error_set(error, CLENET_ERROR_FORMAT, "'%s' is not a safetensors file; %s", file->path, file->remedy);
    return error_set(error, CLENET_ERROR_FORMAT,
                     "'%s' is not a safetensors file; give a model.safetensors that 'clenet train' wrote", file->path);
}

/* ---- reading bytes ------------------------------------------------------------------------------------ */

static clenet_status read_at(const safetensors_file *file, void *bytes, size_t count, uint64_t offset,
                             clenet_error *error) {
    char *to = bytes;
    if (file->memory != NULL) { /* the header's places were compared with the size */
        if (count > 0) memcpy(to, file->memory + offset, count);
        return CLENET_OK;
    }
    for (size_t done = 0; done < count;) {
        ssize_t got = pread(file->descriptor, to + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            return error_set(error, CLENET_ERROR_IO, "cannot read model '%s': %s", file->path, strerror(errno));
        }
        if (got == 0)
            return cut_off(file, offset + done, "", file->size, error); /* the file became shorter while it was read */
        done += (size_t)got;
    }
    return CLENET_OK;
}

static clenet_status open_regular(safetensors_file *file, clenet_error *error) {
    struct stat about;
    /* Without O_NONBLOCK, opening a pipe would wait for a writer. */
    file->descriptor = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file->descriptor < 0 || fstat(file->descriptor, &about) != 0) {
        return error_set(error, CLENET_ERROR_IO, "cannot open model '%s': %s; check its name", file->path,
                         strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return error_set(error, CLENET_ERROR_IO, "cannot read model '%s': it is a folder; name a file in it",
                         file->path);
    }
    if (!S_ISREG(about.st_mode)) {
        return error_set(error, CLENET_ERROR_IO,
                         "cannot read model '%s': it is not a regular file; copy it to one first", file->path);
    }
    file->size = (uint64_t)about.st_size;
    return CLENET_OK;
}

/* ---- the header --------------------------------------------------------------------------------------- */

/* A whole number from 0 in JSON. */
static bool read_count(const json_t *value, uint64_t *count) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *count = (uint64_t)json_integer_value(value);
    return true;
}

static clenet_status read_shape(const safetensors_file *file, safetensors_tensor *tensor, const json_t *shape,
                                clenet_error *error) {
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > SAFETENSORS_RANK_MAX)
        return damaged_tensor(file, tensor->name, "has a shape that is not a list of at most 8 numbers", error);
    tensor->rank = (int)rank;
    uint64_t count = 1, side = 0;
    for (size_t i = 0; i < rank; i++) {
        if (!read_count(json_array_get(shape, i), &side))
            return damaged_tensor(file, tensor->name, "has a shape that is not whole numbers", error);
        if (side > INT32_MAX || (side > 0 && count > INT32_MAX / side))
            return damaged_tensor(file, tensor->name, "has a shape of more than 2147483647 numbers", error);
        tensor->shape[i] = (size_t)side;
        count *= side;
    }
    tensor->count = (size_t)count;
    return CLENET_OK;
}

/* Of a tensor's numbers in the file. */
static uint64_t bytes_of(const safetensors_tensor *tensor) {
    return (uint64_t)tensor->count * tensor->number_bytes;
}

static clenet_status read_offsets(const safetensors_file *file, safetensors_tensor *tensor, const json_t *offsets,
                                  clenet_error *error) {
    uint64_t end = 0;
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !read_count(json_array_get(offsets, 0), &tensor->begin) || !read_count(json_array_get(offsets, 1), &end))
        return damaged_tensor(file, tensor->name, "has data_offsets that are not two whole numbers", error);
    if (end < tensor->begin) return damaged_tensor(file, tensor->name, "ends before it begins", error);
    if (end - tensor->begin != bytes_of(tensor))
        return damaged_tensor(file, tensor->name, "has data_offsets that do not fit its shape", error);
    return CLENET_OK;
}

static clenet_status read_tensor(const safetensors_file *file, safetensors_tensor *tensor, const json_t *entry,
                                 clenet_error *error) {
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (json_object_size(entry) != FIELDS || dtype == NULL)
        return damaged_tensor(file, tensor->name, "is not described by dtype, shape and data_offsets", error);
    size_t own = 0, known = file->foreign ? (size_t)TYPES : (size_t)SAFETENSORS_U8 + 1;
    while (own < known && strcmp(dtype, types[own].dtype) != 0) own++;
    if (own == known && file->foreign) return damaged_tensor(file, tensor->name, "is of an unknown type", error);
    if (own == known) {
        return error_set(error, CLENET_ERROR_FORMAT,
                         "model '%s': tensor '%s' is of type '%.20s'; only F32 is read: convert it", file->path,
                         tensor->name, dtype);
    }
    tensor->type = types[own].type;
    tensor->number_bytes = types[own].bytes;
    clenet_status status = read_shape(file, tensor, json_object_get(entry, "shape"), error);
    if (status != CLENET_OK) return status;
    return read_offsets(file, tensor, json_object_get(entry, "data_offsets"), error);
}

static clenet_status check_metadata(const safetensors_file *file, json_t *metadata, clenet_error *error) {
    const char *key;
    json_t *value;
    bool texts = json_is_object(metadata);
    json_object_foreach(metadata, key, value) texts = texts && json_is_string(value);
    return texts ? CLENET_OK : damaged(file, "has metadata that are not a list of texts", error);
}

static clenet_status read_tensors(safetensors_file *file, clenet_error *error) {
    size_t entries = json_object_size(file->header);
    file->tensors = memory_new(entries, sizeof *file->tensors);
    if (file->tensors == NULL) return error_memory(error, entries * sizeof *file->tensors, "a model's header");
    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry) {
        clenet_status status;
        if (strcmp(name, metadata_name) == 0) {
            status = check_metadata(file, entry, error);
        } else if (strlen(name) > SAFETENSORS_NAME_MAX) {
            status = damaged(file, "has a tensor whose name is longer than 255 bytes", error);
        } else {
            safetensors_tensor *tensor = &file->tensors[file->count++];
            tensor->name = name;
            status = read_tensor(file, tensor, entry, error);
        }
        if (status != CLENET_OK) return status;
    }
    return CLENET_OK;
}

static int by_place(const void *left, const void *right) {
    const safetensors_tensor *a = left, *b = right;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count); /* an empty one comes before its neighbour */
}

static int by_name(const void *left, const void *right) {
    const safetensors_tensor *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* Checks that the tensors cover all numbers, without overlap, and that the file ends with them. */
static clenet_status check_places(safetensors_file *file, clenet_error *error) {
    uint64_t end = 0, has = file->size - file->data_begin;
    qsort(file->tensors, file->count, sizeof *file->tensors, by_place);
    for (size_t i = 0; i < file->count; i++) {
        const safetensors_tensor *tensor = &file->tensors[i];
        if (tensor->begin < end) return damaged_tensor(file, tensor->name, "overlaps another", error);
        if (tensor->begin > end) return damaged_tensor(file, tensor->name, "has unused bytes before it", error);
        end += bytes_of(tensor);
    }
    if (end > has) return cut_off(file, file->size, "", file->data_begin + end, error);
    if (end < has) return damaged(file, "has bytes after its last tensor", error);
    qsort(file->tensors, file->count, sizeof *file->tensors, by_name);
    return CLENET_OK;
}

static clenet_status parse_header(safetensors_file *file, const char *bytes, size_t length, clenet_error *error) {
    json_error_t reason;
    file->header = json_read(bytes, length, JSON_REJECT_DUPLICATES, &reason);
    if (file->header != NULL) return CLENET_OK;
    if (json_error_code(&reason) == json_error_out_of_memory) return error_memory(error, length, "a model's header");
    return error_set(error, CLENET_ERROR_FORMAT, "model '%s' has a header that is not JSON: %s; %s", file->path,
                     reason.text, file->remedy);
}

/* Checks the header's length against the file's size before memory is allocated for it. */
static clenet_status read_header(safetensors_file *file, clenet_error *error) {
    unsigned char start[LENGTH_BYTES + 1];
    if (file->size == 0) return damaged(file, "is empty", error);
    if (file->size < LENGTH_BYTES) return cut_off(file, file->size, "at least ", LENGTH_BYTES, error);
    clenet_status status = read_at(file, start, file->size > LENGTH_BYTES ? sizeof start : LENGTH_BYTES, 0, error);
    if (status != CLENET_OK) return status;
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--) length = length << 8 | start[i];
    if (length < 2 || length > SAFETENSORS_HEADER_MAX) return not_safetensors(file, error);
    if (file->size > LENGTH_BYTES && start[LENGTH_BYTES] != '{') return not_safetensors(file, error);
    file->data_begin = LENGTH_BYTES + length;
    if (file->data_begin > file->size) return cut_off(file, file->size, "at least ", file->data_begin, error);

    char *bytes = memory_new((size_t)length, 1);
    if (bytes == NULL) return error_memory(error, (size_t)length, "a model's header");
    status = read_at(file, bytes, (size_t)length, LENGTH_BYTES, error);
    if (status == CLENET_OK) status = parse_header(file, bytes, (size_t)length, error);
    memory_free(bytes);
    return status;
}

/* ---- the reader --------------------------------------------------------------------------------------- */

/* like: what it is opened with. */
static clenet_status open_file(safetensors_file **file, const char *name, const safetensors_file *like,
                               clenet_error *error) {
    safetensors_file *fresh = memory_new(1, sizeof *fresh);
    if (fresh == NULL) return error_memory(error, sizeof *fresh, "a model file");
    *fresh = *like;
    fresh->descriptor = -1;
    fresh->path = memory_copy_string(name);
    clenet_status status = CLENET_OK;
    if (fresh->path == NULL) status = error_memory(error, strlen(name) + 1, "a model file");
    if (status == CLENET_OK && fresh->memory == NULL) status = open_regular(fresh, error);
    if (status == CLENET_OK) status = read_header(fresh, error);
    if (status == CLENET_OK) status = read_tensors(fresh, error);
    if (status == CLENET_OK) status = check_places(fresh, error);
    if (status != CLENET_OK) {
        safetensors_close(fresh);
        return status;
    }
    *file = fresh;
    return CLENET_OK;
}

static const char own_remedy[] = "train again or restore a copy", foreign_remedy[] = "save it again";

clenet_status safetensors_open(safetensors_file **file, const char *path, clenet_error *error) {
    return open_file(file, path, &(safetensors_file){.remedy = own_remedy}, error);
}

clenet_status safetensors_open_memory(safetensors_file **file, const void *bytes, size_t size, const char *name,
                                      bool foreign, clenet_error *error) {
    const safetensors_file like = {
        .remedy = foreign ? foreign_remedy : own_remedy, .foreign = foreign, .memory = bytes, .size = size};
    return open_file(file, name, &like, error);
}

void safetensors_close(safetensors_file *file) {
    if (file == NULL) return;
    if (file->descriptor >= 0) (void)close(file->descriptor);
    json_decref(file->header);
    memory_free(file->tensors);
    memory_free(file->path);
    memory_free(file);
}

size_t safetensors_count(const safetensors_file *file) {
    return file->count;
}

const safetensors_tensor *safetensors_get(const safetensors_file *file, size_t i) {
    return i < file->count ? &file->tensors[i] : NULL;
}

static const safetensors_tensor *find(const safetensors_file *file, const char *name, safetensors_type type) {
    safetensors_tensor wanted = {.name = name};
    const safetensors_tensor *found = bsearch(&wanted, file->tensors, file->count, sizeof wanted, by_name);
    return found != NULL && found->type == type ? found : NULL;
}

const safetensors_tensor *safetensors_find(const safetensors_file *file, const char *name) {
    return find(file, name, SAFETENSORS_F32);
}

const safetensors_tensor *safetensors_find_bytes(const safetensors_file *file, const char *name) {
    return find(file, name, SAFETENSORS_U8);
}

const char *safetensors_metadata(const safetensors_file *file, const char *key) {
    return json_string_value(json_object_get(json_object_get(file->header, metadata_name), key));
}

_Static_assert(sizeof(float) == FLOAT_BYTES, "F32 is the host's float");

clenet_status safetensors_read(const safetensors_file *file, const safetensors_tensor *tensor, float *values,
                               clenet_error *error) {
    clenet_status status = read_at(file, values, tensor->count * FLOAT_BYTES, file->data_begin + tensor->begin, error);
    if (status != CLENET_OK) return status;
    for (size_t i = 0; i < tensor->count; i++) { /* in place; compiles to nothing on a little-endian host */
        unsigned char bytes[FLOAT_BYTES];
        memcpy(bytes, &values[i], sizeof bytes);
        uint32_t bits =
            (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        memcpy(&values[i], &bits, sizeof bits);
    }
    return CLENET_OK;
}

clenet_status safetensors_read_bytes(const safetensors_file *file, const safetensors_tensor *tensor, uint8_t *bytes,
                                     clenet_error *error) {
    return read_at(file, bytes, (size_t)bytes_of(tensor), file->data_begin + tensor->begin, error);
}

/* ---- the writer --------------------------------------------------------------------------------------- */

static size_t tensor_size(const clenet_tensor *tensor) {
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->shape[i];
    return count;
}

/* Adds a tensor to the header, and moves *begin behind it. Releases shape. False on failure. */
static bool describe(json_t *header, const char *name, const char *dtype, json_t *shape, uint64_t *begin,
                     uint64_t bytes) {
    uint64_t end = *begin + bytes;
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype, "shape", shape, "data_offsets",
                              (json_int_t)*begin, (json_int_t)end);
    *begin = end;
    return json_object_set_new(header, name, entry) == 0;
}

/* The header as JSON; NULL if out of memory, or if a name or text is not UTF-8. */
static json_t *make_header(const clenet_tensor *tensors, size_t tensor_count, const safetensors_bytes *bytes,
                           const safetensors_note *metadata, size_t metadata_count) {
    json_t *header = json_object(), *notes = json_object();
    bool failed = json_object_set_new(header, metadata_name, notes) != 0;
    for (size_t i = 0; i < metadata_count && !failed; i++) {
        failed = json_object_set_new(notes, metadata[i].key, json_string(metadata[i].text)) != 0;
    }
    uint64_t begin = 0;
    for (size_t i = 0; i < tensor_count && !failed; i++) {
        json_t *shape = json_array();
        for (int k = 0; k < tensors[i].rank && !failed; k++) {
            failed = json_array_append_new(shape, json_integer((json_int_t)tensors[i].shape[k])) != 0;
        }
        uint64_t size = (uint64_t)tensor_size(&tensors[i]) * FLOAT_BYTES;
        failed = !describe(header, tensors[i].name, "F32", shape, &begin, size) || failed;
    }
    if (bytes != NULL && !failed) {
        json_t *shape = json_pack("[I]", (json_int_t)bytes->size);
        failed = !describe(header, bytes->name, "U8", shape, &begin, bytes->size);
    }
    if (!failed) return header;
    json_decref(header);
    return NULL;
}

/* The length and the header, padded with spaces; memory_free() it. NULL if out of memory. */
static unsigned char *print_header(const json_t *header, size_t *size) {
    size_t length = json_dumpb(header, NULL, 0, JSON_COMPACT);
    size_t padded = (length + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
    unsigned char *bytes = length == 0 ? NULL : memory_new(LENGTH_BYTES + padded, 1);
    if (bytes == NULL) return NULL;
    for (int i = 0; i < LENGTH_BYTES; i++) bytes[i] = (unsigned char)((uint64_t)padded >> (8 * i) & 0xFF);
    memset(bytes + LENGTH_BYTES, ' ', padded);
    if (json_dumpb(header, (char *)bytes + LENGTH_BYTES, length, JSON_COMPACT) != length) { /* it allocates, too */
        memory_free(bytes);
        return NULL;
    }
    *size = LENGTH_BYTES + padded;
    return bytes;
}

/* A file, or memory that is large enough. */
typedef struct sink {
    output_file *output; /* NULL: memory */
    uint8_t *next;
} sink;

static clenet_status put(sink *to, const void *bytes, size_t count, clenet_error *error) {
    if (to->output != NULL) return output_write(to->output, bytes, count, error);
    if (count > 0) memcpy(to->next, bytes, count);
    to->next += count;
    return CLENET_OK;
}

static clenet_status put_values(sink *to, const float *values /* [count] */, size_t count, clenet_error *error) {
    unsigned char bytes[CHUNK * FLOAT_BYTES];
    clenet_status status = CLENET_OK;
    for (size_t done = 0; done < count && status == CLENET_OK;) {
        size_t filled = 0;
        for (; filled < sizeof bytes && done < count; done++) {
            uint32_t bits;
            memcpy(&bits, &values[done], sizeof bits);
            for (int k = 0; k < FLOAT_BYTES; k++) bytes[filled++] = (unsigned char)(bits >> (8 * k) & 0xFF);
        }
        status = put(to, bytes, filled, error);
    }
    return status;
}

/* What a file consists of. */
typedef struct content {
    unsigned char *header; /* [header_size], owned */
    size_t header_size;
    const clenet_tensor *tensors; /* [tensor_count] */
    size_t tensor_count;
    const safetensors_bytes *bytes; /* NULL: none */
} content;

static clenet_status put_content(sink *to, const content *all, clenet_error *error) {
    clenet_status status = put(to, all->header, all->header_size, error);
    for (size_t i = 0; i < all->tensor_count && status == CLENET_OK; i++)
        status = put_values(to, all->tensors[i].data, tensor_size(&all->tensors[i]), error);
    if (status == CLENET_OK && all->bytes != NULL) status = put(to, all->bytes->bytes, all->bytes->size, error);
    return status;
}

static clenet_status write_file(const char *path, const content *all, clenet_error *error) {
    sink to = {.output = NULL};
    clenet_status status = output_open(&to.output, path, error);
    if (status == CLENET_OK) status = put_content(&to, all, error);
    if (status == CLENET_OK) return output_commit(to.output, error);
    output_abandon(to.output);
    return status;
}

static clenet_status write_memory(uint8_t **written, size_t *size, const content *all, clenet_error *error) {
    size_t count = all->header_size + (all->bytes != NULL ? all->bytes->size : 0);
    for (size_t i = 0; i < all->tensor_count; i++) count += tensor_size(&all->tensors[i]) * FLOAT_BYTES;
    uint8_t *fresh = memory_new(count + 1, 1);
    if (fresh == NULL) return error_memory(error, count, "a model file in memory");
    clenet_status status = put_content(&(sink){.next = fresh}, all, error);
    *written = fresh;
    *size = count;
    return status;
}

/* Makes the header; path: of the file, for the error. */
static clenet_status begin_content(content *all, const char *path, const safetensors_note *metadata,
                                   size_t metadata_count, clenet_error *error) {
    json_t *json = make_header(all->tensors, all->tensor_count, all->bytes, metadata, metadata_count);
    size_t size = 0;
    all->header = json == NULL ? NULL : print_header(json, &size);
    all->header_size = size;
    json_decref(json);
    if (all->header == NULL) return error_memory(error, size, "a model's header");
    clenet_status status = CLENET_OK;
    if (size > (size_t)LENGTH_BYTES + SAFETENSORS_HEADER_MAX) { /* safetensors_open would refuse it */
        char has[COUNT_SIZE], most[COUNT_SIZE];
        (void)text_count(has, size - LENGTH_BYTES);
        (void)text_count(most, SAFETENSORS_HEADER_MAX);
        status =
            error_set(error, CLENET_ERROR_ARGUMENT,
                      "cannot write model '%s': its header would be of %s bytes, and no more than %s are read; give "
                      "it fewer layers or networks",
                      path, has, most);
    }
    if (status != CLENET_OK) memory_free(all->header);
    return status;
}

clenet_status safetensors_write(const char *path, const clenet_tensor *tensors, size_t tensor_count,
                                const safetensors_bytes *bytes, const safetensors_note *metadata, size_t metadata_count,
                                clenet_error *error) {
    content all = {.tensors = tensors, .tensor_count = tensor_count, .bytes = bytes};
    clenet_status status = begin_content(&all, path, metadata, metadata_count, error);
    if (status != CLENET_OK) return status;
    status = write_file(path, &all, error);
    memory_free(all.header);
    return status;
}

clenet_status safetensors_write_memory(uint8_t **written, size_t *size, const clenet_tensor *tensors,
                                       size_t tensor_count, const safetensors_bytes *bytes,
                                       const safetensors_note *metadata, size_t metadata_count, clenet_error *error) {
    content all = {.tensors = tensors, .tensor_count = tensor_count, .bytes = bytes};
    clenet_status status = begin_content(&all, "<memory>", metadata, metadata_count, error);
    if (status != CLENET_OK) return status;
    status = write_memory(written, size, &all, error);
    memory_free(all.header);
    return status;
}
