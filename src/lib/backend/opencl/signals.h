/* signals.h - keeps OpenCL drivers from changing the host's signal handlers.
 *
 * Several drivers include LLVM, which installs handlers for SIGINT and others when it is loaded or first compiles. */
#ifndef CLENET_LIB_BACKEND_OPENCL_SIGNALS_H
#define CLENET_LIB_BACKEND_OPENCL_SIGNALS_H

#include <signal.h>

enum { SIGNALS = 32 };

/* The process's action for each signal. */
typedef struct signal_actions {
    struct sigaction actions[SIGNALS];
} signal_actions;

static inline signal_actions signals_save(void) {
    signal_actions saved;
    for (int i = 1; i < SIGNALS; i++) (void)sigaction(i, NULL, &saved.actions[i]);
    return saved;
}

static inline void signals_restore(const signal_actions *saved) {
    for (int i = 1; i < SIGNALS; i++)
        if (i != SIGKILL && i != SIGSTOP) (void)sigaction(i, &saved->actions[i], NULL);
}

#endif
