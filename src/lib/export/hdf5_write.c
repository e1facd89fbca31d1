/* hdf5_write.c - see hdf5_write.h. libhdf5's core driver keeps the file in memory. */
#include "lib/export/hdf5_write.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/export/hdf5_library.h"

enum { GROWTH = 64 * 1024 /* bytes by which libhdf5 extends the file in memory */ };

/* libhdf5 prints its errors unless it is told not to, for this thread. */
typedef struct hdf5_words {
    H5E_auto2_t print;
    void *user;
} hdf5_words;

static hdf5_words be_silent(void) {
    hdf5_words kept = {.print = NULL};
    (void)hdf5.H5Eget_auto2(H5E_DEFAULT, &kept.print, &kept.user);
    (void)hdf5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return kept;
}

static void speak_again(const hdf5_words *kept) {
    (void)hdf5.H5Eset_auto2(H5E_DEFAULT, kept->print, kept->user);
}

/* ---- writing -------------------------------------------------------------------------------------------- */

/* The objects of libhdf5 that a file is written with; an object that could not be made is below 0. */
typedef struct writer {
    hid_t access, parents, plain; /* lists of properties: of the file, of links, of data sets */
    hid_t file;
} writer;

static writer open_writer(void) {
    writer w = {.access = hdf5.H5Pcreate(*hdf5.H5P_CLS_FILE_ACCESS_ID_g),
                .parents = hdf5.H5Pcreate(*hdf5.H5P_CLS_LINK_CREATE_ID_g),
                .plain = hdf5.H5Pcreate(*hdf5.H5P_CLS_DATASET_CREATE_ID_g),
                .file = H5I_INVALID_HID};
    bool good =
        hdf5.H5Pset_fapl_core(w.access, GROWTH, 0) >= 0 && hdf5.H5Pset_create_intermediate_group(w.parents, 1) >= 0;
    if (good &&
        hdf5.H5Pset_obj_track_times(w.plain, 0) >= 0) /* no time of the day: the same model gives the same bytes */
        w.file = hdf5.H5Fcreate("weights.h5", H5F_ACC_TRUNC, H5P_DEFAULT, w.access);
    return w;
}

static void close_writer(const writer *w) {
    if (w->file >= 0) (void)hdf5.H5Fclose(w->file);
    if (w->plain >= 0) (void)hdf5.H5Pclose(w->plain);
    if (w->parents >= 0) (void)hdf5.H5Pclose(w->parents);
    if (w->access >= 0) (void)hdf5.H5Pclose(w->access);
}

/* The attribute "name", a text of UTF-8. */
static bool write_name(hid_t group, const char *name) {
    hid_t text = hdf5.H5Tcopy(*hdf5.H5T_C_S1_g), one = hdf5.H5Screate(H5S_SCALAR);
    bool good = hdf5.H5Tset_size(text, strlen(name) + 1) >= 0 && hdf5.H5Tset_cset(text, H5T_CSET_UTF8) >= 0;
    hid_t attribute = good ? hdf5.H5Acreate2(group, "name", text, one, H5P_DEFAULT, H5P_DEFAULT) : H5I_INVALID_HID;
    good = attribute >= 0 && hdf5.H5Awrite(attribute, text, name) >= 0;
    if (attribute >= 0) good = hdf5.H5Aclose(attribute) >= 0 && good;
    if (one >= 0) (void)hdf5.H5Sclose(one);
    if (text >= 0) (void)hdf5.H5Tclose(text);
    return good;
}

static bool write_array(const writer *w, hid_t group, int number, const clenet_tensor *array) {
    char name[2] = {(char)('0' + number), '\0'};
    hsize_t sides[4];
    for (int i = 0; i < array->rank; i++) sides[i] = array->shape[i];
    hid_t space = hdf5.H5Screate_simple(array->rank, sides, NULL);
    hid_t set = hdf5.H5Dcreate2(group, name, *hdf5.H5T_IEEE_F32LE_g, space, H5P_DEFAULT, w->plain, H5P_DEFAULT);
    bool good =
        set >= 0 && hdf5.H5Dwrite(set, *hdf5.H5T_NATIVE_FLOAT_g, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) >= 0;
    if (set >= 0) good = hdf5.H5Dclose(set) >= 0 && good;
    if (space >= 0) (void)hdf5.H5Sclose(space);
    return good;
}

static bool write_group(const writer *w, const hdf5_vars *vars) {
    hid_t group = hdf5.H5Gcreate2(w->file, vars->path, w->parents, H5P_DEFAULT, H5P_DEFAULT);
    bool good = group >= 0 && write_name(group, vars->name);
    for (int i = 0; good && i < vars->count; i++) good = write_array(w, group, i, &vars->arrays[i]);
    if (group >= 0) good = hdf5.H5Gclose(group) >= 0 && good;
    return good;
}

/* Copies the file out of libhdf5's memory. */
static clenet_status take_bytes(uint8_t **bytes, size_t *count, const writer *w, clenet_error *error) {
    ssize_t size = hdf5.H5Fflush(w->file, H5F_SCOPE_GLOBAL) >= 0 ? hdf5.H5Fget_file_image(w->file, NULL, 0) : -1;
    if (size <= 0) return error_memory(error, 0, "an HDF5 file");
    uint8_t *copy = memory_new((size_t)size + 1, 1);
    if (copy == NULL || hdf5.H5Fget_file_image(w->file, copy, (size_t)size) != size) {
        memory_free(copy);
        return error_memory(error, (size_t)size, "an HDF5 file");
    }
    *bytes = copy;
    *count = (size_t)size;
    return CLENET_OK;
}

clenet_status hdf5_write(uint8_t **bytes, size_t *count, const hdf5_vars *groups, size_t group_count,
                         clenet_error *error) {
    char why[ON_DEMAND_WHY];
    if (!hdf5_load(why))
        return error_set(error, CLENET_ERROR_ARGUMENT, "cannot write files of Keras: they need libhdf5, and %s", why);
    hdf5_words words = be_silent();
    writer w = open_writer();
    bool good = w.file >= 0;
    for (size_t i = 0; good && i < group_count; i++) good = write_group(&w, &groups[i]);
    /* In memory nothing else fails: libhdf5 gives no reason that a program could read. */
    clenet_status status = good ? take_bytes(bytes, count, &w, error) : error_memory(error, GROWTH, "an HDF5 file");
    close_writer(&w);
    speak_again(&words);
    return status;
}
