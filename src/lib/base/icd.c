/* icd.c - see icd.h. */
#include "lib/base/icd.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char icd_system_vendors[] = "/etc/OpenCL/vendors";

typedef struct driver_list {
    icd_driver *drivers;
    int count;
} driver_list;

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), size = strlen(end);
    return length > size && strcmp(text + length - size, end) == 0;
}

/* The first line without blanks at its ends. */
static void read_library(char library[ICD_TEXT], const char *path) {
    FILE *file = fopen(path, "r");
    library[0] = '\0';
    if (file == NULL) return;
    if (fgets(library, ICD_TEXT, file) == NULL) library[0] = '\0';
    (void)fclose(file);
    size_t blanks = strspn(library, " \t\r\n"), length = strlen(library + blanks);
    memmove(library, library + blanks, length + 1);
    while (length > 0 && strchr(" \t\r\n", library[length - 1]) != NULL) library[--length] = '\0';
}

/* Adds the driver of an .icd file or, if the library is given, that of the variable with this name. */
static void add(driver_list *list, const char *file, const char *library, size_t length) {
    if (list->count == ICD_MOST) return;
    icd_driver *driver = &list->drivers[list->count++];
    (void)snprintf(driver->file, ICD_TEXT, "%s", file);
    if (library == NULL) {
        read_library(driver->library, file);
    } else {
        (void)snprintf(driver->library, ICD_TEXT, "%.*s", (int)length, library);
    }
}

static int is_icd(const struct dirent *entry) {
    return ends_with(entry->d_name, ".icd");
}

static void add_folder(driver_list *list, const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_icd, alphasort);
    for (int i = 0; i < count; i++) {
        char path[ICD_TEXT];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (length < ICD_TEXT) add(list, path, NULL, 0);
        free(entries[i]);
    }
    free(entries);
}

int icd_list(icd_driver drivers[ICD_MOST], const char *vendors, const char *filenames) {
    driver_list list = {.drivers = drivers};
    struct stat found;
    const char *folder = vendors != NULL ? vendors : icd_system_vendors;
    if (stat(folder, &found) == 0 && S_ISDIR(found.st_mode)) {
        add_folder(&list, folder);
    } else if (ends_with(folder, ".icd")) {
        if (access(folder, F_OK) == 0) add(&list, folder, NULL, 0);
    } else if (strstr(folder, ".so") != NULL) {
        add(&list, "OCL_ICD_VENDORS", folder, strlen(folder));
    }
    for (const char *at = filenames; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ":");
        if (length > 0) add(&list, "OCL_ICD_FILENAMES", at, length);
        at += length + (at[length] == ':');
    }
    return list.count;
}
