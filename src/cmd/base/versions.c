/* versions.c - see versions.h. */
#include "cmd/base/versions.h"

#include <stdio.h>
#include <sys/utsname.h>

const char *versions_compiler(void) {
#ifdef __clang__
    return __VERSION__; /* begins with its name */
#else
    return "gcc " __VERSION__;
#endif
}

const char *versions_system(char text[VERSIONS_SYSTEM]) {
    struct utsname system;
    text[0] = '\0';
    if (uname(&system) >= 0)
        (void)snprintf(text, VERSIONS_SYSTEM, "%.80s %.80s, %.80s", system.sysname, system.release, system.machine);
    return text;
}
