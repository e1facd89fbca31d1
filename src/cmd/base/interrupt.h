/* interrupt.h - Ctrl-C, a polite kill and a terminal that is closed, which stop a run and keep what it has come to. */
#ifndef CLENET_CMD_BASE_INTERRUPT_H
#define CLENET_CMD_BASE_INTERRUPT_H

/* From here on the first SIGINT, SIGTERM or SIGHUP is only remembered; a second one ends the process at once. A
 * signal that whoever started us had ignored (nohup, a shell's background job) stays ignored. said, which is kept, goes to
 * standard error at once where Ctrl-C came, so that nobody presses it again to see whether it was heard; NULL: nothing does. */
void interrupt_catch(const char *said);

/* The signal that came, or 0. */
int interrupt_signal(void);

#endif
