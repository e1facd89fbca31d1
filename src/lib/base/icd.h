/* icd.h - lists the OpenCL drivers that a loader looks for.
 *
 * A loader reads .icd files; each names the library of one driver. */
#ifndef CLENET_LIB_BASE_ICD_H
#define CLENET_LIB_BASE_ICD_H

enum { ICD_TEXT = 512, ICD_MOST = 16 };

extern const char icd_system_vendors[]; /* the folder of .icd files if no variable is set */

typedef struct icd_driver {
    char file[ICD_TEXT];    /* the .icd file, or the variable that names the library */
    char library[ICD_TEXT]; /* the name that the loader opens; "": the file names none */
} icd_driver;

/* Fills drivers, in the order of the files' names, and returns their number. vendors: the value of OCL_ICD_VENDORS (a folder of
 * .icd files; with ocl-icd also an .icd file or a library), or NULL for the system's folder. filenames: the value of
 * OCL_ICD_FILENAMES (libraries with colons between), or NULL. */
int icd_list(icd_driver drivers[ICD_MOST], const char *vendors, const char *filenames);

#endif
