/* hdf5_write.c - see hdf5_write.h. libhdf5's core driver keeps the file in memory. */
#include "lib/export/hdf5_write.h"

#include <hdf5.h>
#include <string.h>

#include "lib/base/memory.h"

enum { GROWTH = 64 * 1024 /* bytes by which libhdf5 extends the file in memory */ };

/* libhdf5 prints its errors unless it is told not to, for this thread. */
typedef struct hdf5_words {
    H5E_auto2_t print;
    void *user;
} hdf5_words;

static hdf5_words be_silent(void) {
    hdf5_words kept = {.print = NULL};
    (void)H5Eget_auto2(H5E_DEFAULT, &kept.print, &kept.user);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return kept;
}

static void speak_again(const hdf5_words *kept) {
    (void)H5Eset_auto2(H5E_DEFAULT, kept->print, kept->user);
}

/* libhdf5 ends the program if it is not of the release that clenet was built with: its macros call H5check_version(). */
static clenet_status check_release(clenet_error *error) {
    unsigned major = 0, minor = 0, release = 0;
    (void)H5get_libversion(&major, &minor, &release);
    if (major == H5_VERS_MAJOR && minor == H5_VERS_MINOR && release == H5_VERS_RELEASE) return CLENET_OK;
    return error_set(error, CLENET_ERROR_ARGUMENT,
                     "cannot use libhdf5 %u.%u.%u: clenet was built with %d.%d.%d; build clenet again", major, minor,
                     release, H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
}

/* ---- writing -------------------------------------------------------------------------------------------- */

/* The objects of libhdf5 that a file is written with; an object that could not be made is below 0. */
typedef struct writer {
    hid_t access, parents, plain; /* lists of properties: of the file, of links, of data sets */
    hid_t file;
} writer;

static writer open_writer(void) {
    writer w = {.access = H5Pcreate(H5P_FILE_ACCESS),
                .parents = H5Pcreate(H5P_LINK_CREATE),
                .plain = H5Pcreate(H5P_DATASET_CREATE),
                .file = H5I_INVALID_HID};
    bool good = H5Pset_fapl_core(w.access, GROWTH, 0) >= 0 && H5Pset_create_intermediate_group(w.parents, 1) >= 0;
    if (good && H5Pset_obj_track_times(w.plain, 0) >= 0) /* no time of the day: the same model gives the same bytes */
        w.file = H5Fcreate("weights.h5", H5F_ACC_TRUNC, H5P_DEFAULT, w.access);
    return w;
}

static void close_writer(const writer *w) {
    if (w->file >= 0) (void)H5Fclose(w->file);
    if (w->plain >= 0) (void)H5Pclose(w->plain);
    if (w->parents >= 0) (void)H5Pclose(w->parents);
    if (w->access >= 0) (void)H5Pclose(w->access);
}

/* The attribute "name", a text of UTF-8. */
static bool write_name(hid_t group, const char *name) {
    hid_t text = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
    bool good = H5Tset_size(text, strlen(name) + 1) >= 0 && H5Tset_cset(text, H5T_CSET_UTF8) >= 0;
    hid_t attribute = good ? H5Acreate2(group, "name", text, one, H5P_DEFAULT, H5P_DEFAULT) : H5I_INVALID_HID;
    good = attribute >= 0 && H5Awrite(attribute, text, name) >= 0;
    if (attribute >= 0) good = H5Aclose(attribute) >= 0 && good;
    if (one >= 0) (void)H5Sclose(one);
    if (text >= 0) (void)H5Tclose(text);
    return good;
}

static bool write_array(const writer *w, hid_t group, int number, const clenet_tensor *array) {
    char name[2] = {(char)('0' + number), '\0'};
    hsize_t sides[4];
    for (int i = 0; i < array->rank; i++) sides[i] = array->shape[i];
    hid_t space = H5Screate_simple(array->rank, sides, NULL);
    hid_t set = H5Dcreate2(group, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, w->plain, H5P_DEFAULT);
    bool good = set >= 0 && H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) >= 0;
    if (set >= 0) good = H5Dclose(set) >= 0 && good;
    if (space >= 0) (void)H5Sclose(space);
    return good;
}

static bool write_group(const writer *w, const hdf5_vars *vars) {
    hid_t group = H5Gcreate2(w->file, vars->path, w->parents, H5P_DEFAULT, H5P_DEFAULT);
    bool good = group >= 0 && write_name(group, vars->name);
    for (int i = 0; good && i < vars->count; i++) good = write_array(w, group, i, &vars->arrays[i]);
    if (group >= 0) good = H5Gclose(group) >= 0 && good;
    return good;
}

/* Copies the file out of libhdf5's memory. */
static clenet_status take_bytes(uint8_t **bytes, size_t *count, const writer *w, clenet_error *error) {
    ssize_t size = H5Fflush(w->file, H5F_SCOPE_GLOBAL) >= 0 ? H5Fget_file_image(w->file, NULL, 0) : -1;
    if (size <= 0) return error_memory(error, 0, "an HDF5 file");
    uint8_t *copy = memory_new((size_t)size + 1, 1);
    if (copy == NULL || H5Fget_file_image(w->file, copy, (size_t)size) != size) {
        memory_free(copy);
        return error_memory(error, (size_t)size, "an HDF5 file");
    }
    *bytes = copy;
    *count = (size_t)size;
    return CLENET_OK;
}

clenet_status hdf5_write(uint8_t **bytes, size_t *count, const hdf5_vars *groups, size_t group_count,
                         clenet_error *error) {
    clenet_status status = check_release(error);
    if (status != CLENET_OK) return status;
    hdf5_words words = be_silent();
    writer w = open_writer();
    bool good = w.file >= 0;
    for (size_t i = 0; good && i < group_count; i++) good = write_group(&w, &groups[i]);
    /* In memory nothing else fails: libhdf5 gives no reason that a program could read. */
    status = good ? take_bytes(bytes, count, &w, error) : error_memory(error, GROWTH, "an HDF5 file");
    close_writer(&w);
    speak_again(&words);
    return status;
}
