/* hdf5_read.c - see hdf5_read.h: the child process, which walks through the file with libhdf5. */
#include "lib/import/hdf5_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/base/child.h"
#include "lib/base/memory.h"
#include "lib/data/growing.h"
#include "lib/export/hdf5_library.h"

enum {
    DEPTH_MAX = 16,                    /* of groups: a group may be a member of itself */
    PATH_SIZE = 512,                   /* bytes */
    TEXT_BYTES_MAX = 16 * 1024 * 1024, /* of an attribute */
    NUMBERS_PER_BYTE = 8,              /* of all arrays per byte of the file: gzip makes zeros small */
    SECONDS = 2,                       /* of the child's processor time, and one more for each BYTES_A_SECOND: */
    BYTES_A_SECOND = 8 * 1024 * 1024   /* in damaged files libhdf5 1.10.8 runs in circles */
};

/* The child's state. */
typedef struct walk {
    FILE *to;
    size_t numbers_left, entries_left, objects_left;
    int depth;
    char path[PATH_SIZE]; /* of the object, without a '/' at the beginning */
} walk;

typedef struct source {
    const uint8_t *bytes;
    size_t size;
} source;

/* ---- writing to the pipe -------------------------------------------------------------------------------- */

/* A failure to write is found by the parent: the last record is missing. */
static void put(FILE *to, const void *bytes, size_t count) {
    if (count > 0) (void)fwrite(bytes, 1, count, to);
}

static void put_text(FILE *to, const char *text) {
    put(to, text, strlen(text) + 1);
}

static void put_kind(FILE *to, char kind) {
    (void)fputc(kind, to);
}

/* ---- attributes ----------------------------------------------------------------------------------------- */

static void put_attribute(walk *w, const char *name, const char *text) {
    if (w->entries_left == 0) return;
    w->entries_left--;
    put_kind(w->to, HDF5_TEXT);
    put_text(w->to, w->path);
    put_text(w->to, name);
    put_text(w->to, text);
}

/* Texts of variable length. */
static void put_variable(walk *w, hid_t attribute, hid_t type, hid_t space, size_t count, const char *name) {
    char **texts = calloc(count, sizeof *texts);
    if (texts != NULL && hdf5.H5Aread(attribute, type, texts) >= 0) {
        for (size_t i = 0; i < count; i++) put_attribute(w, name, texts[i] != NULL ? texts[i] : "");
        (void)hdf5.H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    }
    free(texts);
}

/* Texts of `size` bytes each, which need not end in a zero. */
static void put_fixed(walk *w, hid_t attribute, hid_t type, size_t size, size_t count, const char *name) {
    char *texts = calloc(count, size), *text = calloc(1, size + 1);
    if (texts != NULL && text != NULL && hdf5.H5Aread(attribute, type, texts) >= 0) {
        for (size_t i = 0; i < count; i++) {
            memcpy(text, texts + i * size, size);
            put_attribute(w, name, text);
        }
    }
    free(texts);
    free(text);
}

static herr_t on_attribute(hid_t object, const char *name, const H5A_info_t *info, void *user) {
    walk *w = user;
    (void)info;
    hid_t attribute = hdf5.H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = hdf5.H5Aget_type(attribute), space = hdf5.H5Aget_space(attribute);
    hssize_t points = hdf5.H5Sget_simple_extent_npoints(space);
    if (points > 0 && points <= HDF5_ENTRIES_MAX && hdf5.H5Tget_class(type) == H5T_STRING) {
        size_t count = (size_t)points, size = hdf5.H5Tget_size(type);
        if (hdf5.H5Tis_variable_str(type) > 0)
            put_variable(w, attribute, type, space, count, name);
        else if (size > 0 && size <= TEXT_BYTES_MAX / count)
            put_fixed(w, attribute, type, size, count, name);
    }
    if (space >= 0) (void)hdf5.H5Sclose(space);
    if (type >= 0) (void)hdf5.H5Tclose(type);
    if (attribute >= 0) (void)hdf5.H5Aclose(attribute);
    return w->entries_left > 0 ? 0 : 1;
}

/* ---- data sets ------------------------------------------------------------------------------------------ */

/* True if the data are in this file, and no piece of them is larger than all may be. */
static bool is_here(const walk *w, hid_t set, int rank) {
    hid_t made = hdf5.H5Dget_create_plist(set);
    hsize_t sides[HDF5_RANK_MAX];
    H5D_layout_t layout = hdf5.H5Pget_layout(made);
    bool here = layout == H5D_COMPACT || (layout == H5D_CONTIGUOUS && hdf5.H5Pget_external_count(made) == 0);
    if (layout == H5D_CHUNKED && hdf5.H5Pget_chunk(made, HDF5_RANK_MAX, sides) == rank) {
        size_t left = w->numbers_left;
        here = true;
        for (int i = 0; here && i < rank; i++) {
            here = sides[i] > 0 && sides[i] <= left;
            if (here) left /= (size_t)sides[i];
        }
    }
    if (made >= 0) (void)hdf5.H5Pclose(made);
    return here;
}

static void put_array(walk *w, hid_t set, int rank, const hsize_t *sides, size_t count) {
    float *values = calloc(count > 0 ? count : 1, sizeof *values);
    if (values == NULL || hdf5.H5Dread(set, *hdf5.H5T_NATIVE_FLOAT_g, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        free(values);
        return;
    }
    w->entries_left--;
    w->numbers_left -= count;
    uint32_t short_rank = (uint32_t)rank;
    put_kind(w->to, HDF5_ARRAY);
    put_text(w->to, w->path);
    put(w->to, &short_rank, sizeof short_rank);
    for (int i = 0; i < rank; i++) {
        uint64_t side = sides[i];
        put(w->to, &side, sizeof side);
    }
    put(w->to, values, count * sizeof *values);
    free(values);
}

static void on_set(walk *w, hid_t set) {
    hsize_t sides[HDF5_RANK_MAX];
    hid_t type = hdf5.H5Dget_type(set), space = hdf5.H5Dget_space(set);
    H5T_class_t class = hdf5.H5Tget_class(type);
    int rank = hdf5.H5Sget_simple_extent_ndims(space);
    bool good = (class == H5T_FLOAT || class == H5T_INTEGER) && hdf5.H5Tget_size(type) <= sizeof(double);
    if (good && rank >= 0 && rank <= HDF5_RANK_MAX && hdf5.H5Sget_simple_extent_dims(space, sides, NULL) == rank) {
        size_t count = 1;
        for (int i = 0; good && i < rank; i++) {
            good = sides[i] == 0 || count <= w->numbers_left / sides[i];
            count *= good ? (size_t)sides[i] : 0;
        }
        if (good && count <= w->numbers_left && w->entries_left > 0 && is_here(w, set, rank))
            put_array(w, set, rank, sides, count);
    }
    if (space >= 0) (void)hdf5.H5Sclose(space);
    if (type >= 0) (void)hdf5.H5Tclose(type);
}

/* ---- the walk ------------------------------------------------------------------------------------------- */

static void on_object(walk *w, hid_t object);

static herr_t on_link(hid_t group, const char *name, const H5L_info_t *info, void *user) {
    walk *w = user;
    size_t length = strlen(w->path), more = strlen(name);
    if (info->type != H5L_TYPE_HARD || length + more + 2 > PATH_SIZE) return 0; /* soft, or into another file */
    hid_t object = hdf5.H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) return 0;
    (void)snprintf(w->path + length, PATH_SIZE - length, "%s%s", length > 0 ? "/" : "", name);
    on_object(w, object);
    w->path[length] = '\0';
    (void)hdf5.H5Oclose(object);
    return w->entries_left > 0 && w->objects_left > 0 ? 0 : 1;
}

static void on_object(walk *w, hid_t object) {
    H5I_type_t type = hdf5.H5Iget_type(object);
    if ((type != H5I_GROUP && type != H5I_DATASET) || w->depth == DEPTH_MAX || w->objects_left == 0) return;
    w->objects_left--;
    w->depth++;
    (void)hdf5.H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, on_attribute, w);
    if (type == H5I_DATASET)
        on_set(w, object);
    else
        (void)hdf5.H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, on_link, w);
    w->depth--;
}

/* In the child: no dump of its memory if it crashes, no plug-in of another folder, no word. */
static void restrict_child(size_t size) {
    rlim_t seconds = SECONDS + size / BYTES_A_SECOND;
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){.rlim_cur = 0});
    (void)setrlimit(RLIMIT_CPU, &(struct rlimit){.rlim_cur = seconds, .rlim_max = seconds + 1});
    (void)hdf5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    (void)hdf5.H5PLset_loading_state(0);
}

static void walk_file(FILE *to, const void *context) {
    const source *from = context;
    restrict_child(from->size);
    walk w = {.to = to,
              .numbers_left = NUMBERS_PER_BYTE * from->size,
              .entries_left = HDF5_ENTRIES_MAX,
              .objects_left = HDF5_ENTRIES_MAX};
    hid_t access = hdf5.H5Pcreate(*hdf5.H5P_CLS_FILE_ACCESS_ID_g);
    bool good = hdf5.H5Pset_fapl_core(access, from->size, 0) >= 0;
    /* libhdf5 copies the bytes; its argument is not const. */
    good = good && hdf5.H5Pset_file_image(access, (void *)(uintptr_t)from->bytes, from->size) >= 0;
    hid_t file = good ? hdf5.H5Fopen("weights.h5", H5F_ACC_RDONLY, access) : H5I_INVALID_HID;
    hid_t root = file >= 0 ? hdf5.H5Gopen2(file, "/", H5P_DEFAULT) : H5I_INVALID_HID;
    if (root < 0) {
        put_kind(to, HDF5_ERROR);
        put_text(to, "is damaged: libhdf5 cannot read it; fetch or copy it again");
        return;
    }
    on_object(&w, root);
    put_kind(to, HDF5_END);
}

/* ---- the parent ----------------------------------------------------------------------------------------- */

typedef struct receiver {
    growing block;
    bool no_memory;
} receiver;

static void on_bytes(const void *bytes, size_t count, void *user) {
    receiver *to = user;
    if (!to->no_memory) to->no_memory = !growing_reserve(&to->block, count);
    if (to->no_memory) return;
    memcpy(to->block.bytes + to->block.count, bytes, count);
    to->block.count += count;
}

clenet_status hdf5_read(hdf5_content *content, const uint8_t *bytes, size_t size, const char *name,
                        clenet_error *error) {
    child_result result;
    source from = {bytes, size};
    receiver to = {.no_memory = false};
    char why[ON_DEMAND_WHY];
    if (!hdf5_load(why)) /* here, for each child to find it loaded */
        return error_set(error, CLENET_ERROR_FORMAT, "%s: is a file of Keras, which needs libhdf5, and %s", name, why);
    if (size > SIZE_MAX / 2 / NUMBERS_PER_BYTE) return error_memory(error, size, "an HDF5 file");
    if (!child_run_bytes(&result, walk_file, &from, on_bytes, &to))
        return error_set(error, CLENET_ERROR_IO, "%s: no process can be started to read it; end other programs", name);
    size_t count = to.block.count;
    content->block = growing_take(&to.block);
    if (to.no_memory) return error_memory(error, count, "an HDF5 file");
    if (result.crashed)
        return error_set(error, CLENET_ERROR_FORMAT,
                         "%s: is damaged: libhdf5 failed while it read it (%s); fetch or copy it again", name,
                         result.how);
    return hdf5_take_apart(content, count, name, error);
}
