/* class_names.c - see class_names.h. */
#include "lib/data/class_names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"

enum { NUMBER_SIZE = 24 }; /* bytes of a number as text */

char **class_names_new(const char *const *names, size_t count) {
    size_t bytes = count * sizeof(char *);
    for (size_t i = 0; i < count; i++) bytes += names != NULL ? strlen(names[i]) + 1 : (size_t)NUMBER_SIZE;
    char **copy = memory_new(bytes, 1);
    if (copy == NULL) return NULL;
    char *at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = at;
        if (names != NULL)
            memcpy(at, names[i], strlen(names[i]) + 1);
        else
            (void)snprintf(at, NUMBER_SIZE, "%zu", i);
        at += strlen(at) + 1;
    }
    return copy;
}

int class_names_are_numbers(const char *const *names, size_t count) {
    char number[NUMBER_SIZE];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(number, sizeof number, "%zu", i);
        if (strcmp(names[i], number) != 0) return 0;
    }
    return 1;
}

bool class_name_is_printable(const char *name) {
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
        if (*at < ' ' || *at == 0x7f) return false;
    return *name != '\0';
}
