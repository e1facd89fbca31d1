/* figures_shim.c - preloaded, it ends a process that draws PNG or PDF, like a library that crashes; before that it calls librsvg.
 *
 * CLENET_FIGURES_END  N:SIGNAL: the process that draws an Nth figure ends by that signal */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* The function of librsvg's header, without its types. */
typedef int render_function(void *handle, void *pen, const void *place, void **why);
render_function rsvg_handle_render_document;

int rsvg_handle_render_document(void *handle, void *pen, const void *place, void **why) {
    static int figures;
    static render_function *next;
    int last, number;
    const char *wanted = getenv("CLENET_FIGURES_END");
    figures++;
    if (wanted && sscanf(wanted, "%d:%d", &last, &number) == 2 && figures == last) raise(number);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "rsvg_handle_render_document");
    if (!next) abort();
    return next(handle, pen, place, why);
}
