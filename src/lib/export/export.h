/* export.h - what an export holds. */
#ifndef CLENET_LIB_EXPORT_EXPORT_H
#define CLENET_LIB_EXPORT_EXPORT_H

#include "lib/base/status.h"

struct clenet_export {
    char *source, *header; /* texts, owned */
    char *header_name;     /* owned */
    clenet_export_costs costs;
};

#endif
