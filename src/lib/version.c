/* version.c - the library's version. */
#include "clenet/clenet.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *clenet_version(void) {
    return TEXT(CLENET_VERSION_MAJOR) "." TEXT(CLENET_VERSION_MINOR) "." TEXT(CLENET_VERSION_PATCH);
}
