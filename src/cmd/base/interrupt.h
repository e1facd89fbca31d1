/* interrupt.h - signals stop a run and keep its results.
 *
 * They are Ctrl-C (SIGINT), SIGTERM, and SIGHUP of a closed terminal. */
#ifndef CLENET_CMD_BASE_INTERRUPT_H
#define CLENET_CMD_BASE_INTERRUPT_H

/* From now on the first SIGINT, SIGTERM or SIGHUP is only remembered; a second one ends the process at once. A signal that the
 * parent process ignores (nohup, a shell's background job) stays ignored. After Ctrl-C the handler writes `said` to standard
 * error at once, so that the user sees that it arrived; NULL: nothing. `said` must stay valid. */
void interrupt_catch(const char *said);

/* The signal that was received, or 0. */
int interrupt_signal(void);

#endif
