/* exported.h - models with random weights, and their exported code as a library. */
#ifndef CLENET_TESTS_EXPORT_EXPORTED_H
#define CLENET_TESTS_EXPORT_EXPORTED_H

#include <dlfcn.h>
#include <math.h>

#include "net/networks.h"
#include "scratch.h"

static clenet_error error;

#define succeeds(call) cr_assert_eq(call, CLENET_OK, "%s", error.message)

static inline double uniform(dice *d) { /* -1 .. 1 */
    return roll(d, 2000001) * 1e-6 - 1;
}

/* Weights that keep numbers of about 1, and batch norms that are no identity: some scales are below 0. */
static inline void fill(clenet_model *model, dice *d) {
    for (int m = 0; m < model->members; m++)
        for (int i = 0; i < model->network->parameter_count; i++) {
            const parameter *p = &model->network->parameters[i];
            float *values = model_values(model, m) + p->offset;
            for (size_t k = 0; k < p->count; k++) {
                double value = uniform(d);
                if (p->role == PARAMETER_KERNEL) value *= 1.5 / sqrt((double)p->fan_in);
                if (p->role == PARAMETER_MOVING_VARIANCE) value = 1.25 + value;
                values[k] = (float)value;
            }
        }
}

static inline clenet_model *model_of(clenet_network *network, int members, dice *d) {
    clenet_model *one = NULL, *model = NULL;
    const clenet_model *all[3];
    succeeds(clenet_model_new(&one, network, 1, &error));
    for (int i = 0; i < members; i++) all[i] = one;
    succeeds(clenet_model_join(&model, all, (size_t)members, &error));
    clenet_model_free(one);
    clenet_network_free(network);
    fill(model, d);
    return model;
}

/* The function of this name in the library; `as` is a pointer to a pointer to a function. */
static inline void find(void *library, const char *prefix, const char *name, void *as) {
    char symbol[64];
    (void)snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
    void *found = dlsym(library, symbol);
    cr_assert_not_null(found, "no %s", symbol);
    memcpy(as, &found, sizeof found);
}

static inline void *compiled(const char *sources) {
    char command[600];
    if (system("cc --version >/dev/null 2>&1") != 0) cr_skip_test("there is no cc");
    (void)snprintf(command, sizeof command,
                   "cc -std=c99 -O1 -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror -shared -fPIC %s "
                   "-o ./all.so -lm",
                   sources);
    cr_assert_eq(system(command), 0);
    void *library = dlopen("./all.so", RTLD_NOW);
    cr_assert_not_null(library);
    return library;
}

#endif
