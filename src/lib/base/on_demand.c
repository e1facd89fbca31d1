/* on_demand.c - see on_demand.h. */
#include "lib/base/on_demand.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

const char *on_demand_reason(const char *file) {
    const char *reason = dlerror();
    if (reason == NULL) return "it cannot be opened";
    size_t prefix = strlen(file);
    bool named = strncmp(reason, file, prefix) == 0 && strncmp(reason + prefix, ": ", 2) == 0;
    return named ? reason + prefix + 2 : reason;
}

const char *on_demand_find(void *table, const char *const *names, void *library) {
    for (size_t i = 0; names[i] != NULL; i++) {
        void *found = dlsym(library, names[i]);
        if (found == NULL) return names[i];
        /* Copied: ISO C cannot convert a pointer to data into a pointer to a function. */
        memcpy((unsigned char *)table + i * sizeof found, &found, sizeof found);
    }
    return NULL;
}

static bool load(on_demand *library, char why[ON_DEMAND_WHY]) {
    void *handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) {
        (void)snprintf(why, ON_DEMAND_WHY, "%s cannot be loaded: %.300s; install it (Debian: %s)", library->file,
                       on_demand_reason(library->file), library->package);
        return false;
    }
    /* The table of a library has the functions of the libraries that it needs, too: dlsym searches all of them. */
    const char *missing = on_demand_find(library->table, library->names, handle);
    if (missing == NULL) return true;
    (void)snprintf(why, ON_DEMAND_WHY, "%s lacks %s; install another version (Debian: %s)", library->file, missing,
                   library->package);
    (void)dlclose(handle);
    return false;
}

bool on_demand_load(on_demand *library, char why[ON_DEMAND_WHY]) {
    (void)pthread_mutex_lock(&one_at_a_time);
    if (!library->loaded) library->loaded = load(library, why);
    bool loaded = library->loaded;
    (void)pthread_mutex_unlock(&one_at_a_time);
    return loaded;
}
