/* hdf5_library.c - see hdf5_library.h. */
#include "lib/export/hdf5_library.h"

#include <pthread.h>
#include <stdio.h>

hdf5_functions hdf5;
static on_demand libhdf5 = {CLENET_HDF5_FILE, "libhdf5-dev", &hdf5, ON_DEMAND_NAMES(HDF5_SYMBOLS), false};

/* libhdf5 is not safe in several threads: its first call, too, is for one alone. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* The parameters of libhdf5's functions are those of its headers in the same release only. */
static bool is_right_release(char why[ON_DEMAND_WHY]) {
    unsigned major = 0, minor = 0, release = 0;
    (void)hdf5.H5open();
    (void)hdf5.H5get_libversion(&major, &minor, &release);
    if (major == H5_VERS_MAJOR && minor == H5_VERS_MINOR && release == H5_VERS_RELEASE) return true;
    (void)snprintf(why, ON_DEMAND_WHY, "%s is release %u.%u.%u, but clenet was built with %d.%d.%d; build clenet again",
                   libhdf5.file, major, minor, release, H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
    return false;
}

bool hdf5_load(char why[ON_DEMAND_WHY]) {
    static bool loaded;
    (void)pthread_mutex_lock(&one_at_a_time);
    loaded = loaded || (on_demand_load(&libhdf5, why) && is_right_release(why));
    bool good = loaded;
    (void)pthread_mutex_unlock(&one_at_a_time);
    return good;
}
