/* import.c - clenet_import: detects the format of a file, reads it, and builds the model. */
#include "lib/import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/options_sized.h"

static const clenet_import_options defaults = {.scaling = 0};

void clenet_import_options_init(clenet_import_options *options, size_t size) {
    options_sized_init(options, size, &defaults, sizeof defaults);
}

/* ---- formats -------------------------------------------------------------------------------------------- */

static bool begins(const uint8_t *bytes, size_t size, const char *magic, size_t length) {
    return size >= length && memcmp(bytes, magic, length) == 0;
}
#define BEGINS(bytes, size, magic) begins(bytes, size, magic, sizeof(magic) - 1)

static bool contains(const uint8_t *bytes, size_t size, const char *text) {
    size_t length = strlen(text);
    for (const uint8_t *at = bytes; at != NULL && size - (size_t)(at - bytes) >= length; at++) {
        at = memchr(at, text[0], size - (size_t)(at - bytes) - length + 1);
        if (at == NULL || memcmp(at, text, length) == 0) return at != NULL;
    }
    return false;
}

/* .keras is a zip archive; .h5 is HDF5. */
static bool is_keras(const uint8_t *bytes, size_t size) {
    if (BEGINS(bytes, size, "\x89HDF\r\n\x1A\n")) return true;
    return BEGINS(bytes, size, "PK\3\4") &&
           (contains(bytes, size, "config.json") || contains(bytes, size, ".weights.h5"));
}

/* A zip archive with data.pkl, or a pickle of protocol 2 to 5. */
static bool is_pickle(const uint8_t *bytes, size_t size) {
    if (BEGINS(bytes, size, "PK\3\4")) return contains(bytes, size, "data.pkl");
    return size >= 3 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
}

/* A length of 8 bytes, then JSON. */
static bool is_safetensors(const uint8_t *bytes, size_t size) {
    return size >= 10 && bytes[6] == 0 && bytes[7] == 0 && bytes[8] == '{';
}

/* A message of protobuf that begins with field 1, ir_version, as all writers of ONNX have it. */
static bool is_onnx(const uint8_t *bytes, size_t size) {
    return size >= 2 && bytes[0] == 0x08 && bytes[1] >= 1 && bytes[1] < 0x80;
}

static clenet_status refuse_pickle(import_network *to, const import_source *from, clenet_error *error) {
    (void)to;
    return error_set(error, CLENET_ERROR_FORMAT,
                     "'%s' is a pickle of PyTorch, which may run any code when it is read. Convert it in Python: "
                     "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')",
                     from->name);
}

typedef struct import_reader {
    const char *name;
    bool (*detects)(const uint8_t *bytes, size_t size);
    import_read_function *read;
} import_reader;

static const import_reader readers[] = {
    {"Keras", is_keras, import_read_keras},
    {"PyTorch", is_pickle, refuse_pickle},
    {"PyTorch", is_safetensors, import_read_torch},
    {"ONNX", is_onnx, import_read_onnx},
};

static clenet_status read_network(import_network *to, const import_source *from, clenet_error *error) {
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (readers[i].detects(from->bytes, from->size)) return readers[i].read(to, from, error);
    return error_set(error, CLENET_ERROR_FORMAT,
                     "'%s' is not a model that clenet can import: give a .keras, .h5, .onnx or .safetensors file",
                     from->name);
}

/* ---- the file ------------------------------------------------------------------------------------------- */

static clenet_status read_all(int file, uint8_t *bytes, size_t size, const char *path, clenet_error *error) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(file, bytes + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_set(error, CLENET_ERROR_IO, "cannot read '%s': %s", path, strerror(errno));
        if (got == 0)
            return error_set(error, CLENET_ERROR_IO, "cannot read '%s': it became shorter while it was read", path);
        done += (size_t)got;
    }
    return CLENET_OK;
}

/* memory_free() the bytes. */
static clenet_status read_file(uint8_t **bytes, size_t *size, const char *path, clenet_error *error) {
    struct stat about;
    /* Without O_NONBLOCK, opening a pipe would wait for a writer. */
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0) {
        int reason = errno;
        if (file >= 0) (void)close(file);
        return error_set(error, CLENET_ERROR_IO, "cannot open '%s': %s; check its name", path, strerror(reason));
    }
    clenet_status status = CLENET_OK;
    uint8_t *fresh = NULL;
    if (!S_ISREG(about.st_mode))
        status = error_set(error, CLENET_ERROR_IO, "cannot read '%s': it is not a regular file", path);
    if (status == CLENET_OK) {
        *size = (size_t)about.st_size;
        fresh = memory_new(*size + 1, 1);
        if (fresh == NULL) status = error_memory(error, *size, "a model file");
    }
    if (status == CLENET_OK) status = read_all(file, fresh, *size, path, error);
    (void)close(file);
    if (status != CLENET_OK) {
        memory_free(fresh);
        return status;
    }
    *bytes = fresh;
    return CLENET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static clenet_status check_scaling(const clenet_import_options *options, clenet_error *error) {
    if (options->scaling < 0 || options->scaling > CLENET_IMPORT_CHANNELS)
        return error_set(error, CLENET_ERROR_ARGUMENT, "scaling %d is out of range 0..%d", options->scaling,
                         (int)CLENET_IMPORT_CHANNELS);
    for (int i = 0; i < options->scaling; i++) {
        if (!isfinite(options->mean[i]))
            return error_set(error, CLENET_ERROR_ARGUMENT, "mean %g must be a finite number", options->mean[i]);
        if (!isfinite(options->std[i]) || options->std[i] == 0.0)
            return error_set(error, CLENET_ERROR_ARGUMENT, "std %g must be a finite number other than 0",
                             options->std[i]);
    }
    return CLENET_OK;
}

clenet_status clenet_import(clenet_model **model, const char *path, const clenet_import_options *options,
                            clenet_error *error) {
    REQUIRE(model, error);
    REQUIRE(path, error);
    clenet_import_options taken = defaults;
    clenet_status status = options_sized_take(&taken, sizeof taken, options, "clenet_import_options", error);
    if (status == CLENET_OK) status = check_scaling(&taken, error);
    uint8_t *bytes = NULL;
    import_source source = {.name = path, .network = taken.network};
    if (status == CLENET_OK) status = read_file(&bytes, &source.size, path, error);
    source.bytes = bytes;
    if (status != CLENET_OK) return status;
    import_network network = {.failed = false};
    status = read_network(&network, &source, error);
    memory_free(bytes);
    if (status == CLENET_OK) status = import_build(model, &network, path, &taken, error);
    import_network_free(&network);
    return status;
}
