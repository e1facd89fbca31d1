/* on_demand.h - optional libraries, loaded at their first use.
 *
 * A command that draws no PNG and reads no HEIC starts without librsvg, libheif and all the libraries that those need.
 *
 * A list names a library's functions and variables. The program uses them by a table, with the types of the library's header:
 *
 *     #define SYMBOLS(S) S(heif_context_alloc) S(heif_context_free)
 *     static struct { SYMBOLS(ON_DEMAND_MEMBER) } lib;
 *     static on_demand libheif = {CLENET_HEIF_FILE, "libheif-dev", &lib, ON_DEMAND_NAMES(SYMBOLS), false};
 *
 *     if (on_demand_load(&libheif, why)) context = lib.heif_context_alloc(); */
#ifndef CLENET_LIB_BASE_ON_DEMAND_H
#define CLENET_LIB_BASE_ON_DEMAND_H

#include <stdbool.h>
#include <stddef.h>

#define ON_DEMAND_MEMBER(symbol) __typeof__(symbol) *symbol;

/* The list's names, in the order of its members. In two steps: a library's header may define a name as another one. */
#define ON_DEMAND_NAMES(symbols) ((const char *const[]){symbols(ON_DEMAND_NAME) NULL})
#define ON_DEMAND_NAME(symbol) ON_DEMAND_TEXT(symbol),
#define ON_DEMAND_TEXT(symbol) #symbol

enum { ON_DEMAND_WHY = 512 /* bytes of a reason */ };

typedef struct on_demand {
    const char *file;    /* "libheif.so.1": the SONAME, since functions of another version may have other parameters */
    const char *package; /* of Debian */
    void *table;         /* a struct of one pointer per name */
    const char *const *names; /* NULL after the last */
    bool loaded;
} on_demand;

/* Fills the table, once. Threads may call it at the same time. The library stays loaded until the process ends. On failure `why`
 * says what cannot be loaded, the reason, and what to install; a later call tries again. */
bool on_demand_load(on_demand *library, char why[ON_DEMAND_WHY]);

/* Fills a table from a library that dlopen has opened. Returns the first name that the library lacks, or NULL. */
const char *on_demand_find(void *table, const char *const *names, void *library);

/* The reason why dlopen has just refused the file, without this name at its start. Lent, until the next call of a dl function. */
const char *on_demand_reason(const char *file);

#endif
