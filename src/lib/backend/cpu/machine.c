/* machine.c - see machine.h. */
#include "lib/backend/cpu/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Linux on x86 has lines such as "model name	: AMD Ryzen 7 7840U". */
static bool read_model(char name[MACHINE_TEXT], FILE *file) {
    static const char field[] = "model name";
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        const char *value = strchr(line, ':');
        if (strncmp(line, field, sizeof field - 1) != 0 || value == NULL) continue;
        value += 1 + strspn(value + 1, " \t");
        (void)snprintf(name, MACHINE_TEXT, "%.*s", (int)strcspn(value, "\r\n"), value);
        return name[0] != '\0';
    }
    return false;
}

void machine_processor(char name[MACHINE_TEXT]) {
    FILE *file = fopen("/proc/cpuinfo", "r");
    bool found = file != NULL && read_model(name, file);
    if (file != NULL) (void)fclose(file);
    if (found) return;
    struct utsname system;
    (void)snprintf(name, MACHINE_TEXT, "%.*s", MACHINE_TEXT - 1, uname(&system) < 0 ? "processor" : system.machine);
}

uint64_t machine_memory(void) {
#if defined(_SC_PHYS_PAGES)
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && size > 0) return (uint64_t)pages * (uint64_t)size;
#endif
    return 0;
}
