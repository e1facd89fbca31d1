/* hdf5_library.h - libhdf5, loaded at its first use. */
#ifndef CLENET_LIB_EXPORT_HDF5_LIBRARY_H
#define CLENET_LIB_EXPORT_HDF5_LIBRARY_H

#include <hdf5.h>

#include "lib/base/on_demand.h"

/* Each function that clenet calls, and the variables, with "_g" at the end, that are behind macros such as H5T_NATIVE_FLOAT. */
#define HDF5_SYMBOLS(S)                 \
    S(H5Aclose)                         \
    S(H5Acreate2)                       \
    S(H5Aget_space)                     \
    S(H5Aget_type)                      \
    S(H5Aiterate2)                      \
    S(H5Aopen)                          \
    S(H5Aread)                          \
    S(H5Awrite)                         \
    S(H5Dclose)                         \
    S(H5Dcreate2)                       \
    S(H5Dget_create_plist)              \
    S(H5Dget_space)                     \
    S(H5Dget_type)                      \
    S(H5Dread)                          \
    S(H5Dvlen_reclaim)                  \
    S(H5Dwrite)                         \
    S(H5Eget_auto2)                     \
    S(H5Eset_auto2)                     \
    S(H5Fclose)                         \
    S(H5Fcreate)                        \
    S(H5Fflush)                         \
    S(H5Fget_file_image)                \
    S(H5Fopen)                          \
    S(H5Gclose)                         \
    S(H5Gcreate2)                       \
    S(H5Gopen2)                         \
    S(H5Iget_type)                      \
    S(H5Literate)                       \
    S(H5Oclose)                         \
    S(H5Oopen)                          \
    S(H5PLset_loading_state)            \
    S(H5P_CLS_DATASET_CREATE_ID_g)      \
    S(H5P_CLS_FILE_ACCESS_ID_g)         \
    S(H5P_CLS_LINK_CREATE_ID_g)         \
    S(H5Pclose)                         \
    S(H5Pcreate)                        \
    S(H5Pget_chunk)                     \
    S(H5Pget_external_count)            \
    S(H5Pget_layout)                    \
    S(H5Pset_create_intermediate_group) \
    S(H5Pset_fapl_core)                 \
    S(H5Pset_file_image)                \
    S(H5Pset_obj_track_times)           \
    S(H5Sclose)                         \
    S(H5Screate)                        \
    S(H5Screate_simple)                 \
    S(H5Sget_simple_extent_dims)        \
    S(H5Sget_simple_extent_ndims)       \
    S(H5Sget_simple_extent_npoints)     \
    S(H5T_C_S1_g)                       \
    S(H5T_IEEE_F32LE_g)                 \
    S(H5T_NATIVE_FLOAT_g)               \
    S(H5Tclose)                         \
    S(H5Tcopy)                          \
    S(H5Tget_class)                     \
    S(H5Tget_size)                      \
    S(H5Tis_variable_str)               \
    S(H5Tset_cset)                      \
    S(H5Tset_size)                      \
    S(H5get_libversion)                 \
    S(H5open)

typedef struct hdf5_functions {
    HDF5_SYMBOLS(ON_DEMAND_MEMBER)
} hdf5_functions;

extern hdf5_functions hdf5; /* filled by hdf5_load() */

/* Loads libhdf5. On failure `why` says what failed and what to do, for example if libhdf5 is of another release than its headers. */
bool hdf5_load(char why[ON_DEMAND_WHY]);

/* Constants such as H5F_ACC_TRUNC call H5check_version() and H5open() first. hdf5_load() has done both. */
#undef H5CHECK
#undef H5OPEN
#define H5CHECK
#define H5OPEN

#endif
