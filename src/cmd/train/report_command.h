/* report_command.h - builds the command that repeats a run. */
#ifndef CLENET_CMD_TRAIN_REPORT_COMMAND_H
#define CLENET_CMD_TRAIN_REPORT_COMMAND_H

#include <stdio.h>

#include "cmd/train/report.h"

/* Writes the word so that a POSIX shell reads it back. */
void train_report_quote(FILE *to, const char *word);

/* The device of a run, as options: "--device cpu --isa avx512", "--device 0.1 --gemm own". */
void train_report_device(FILE *to, const char *description, const device_arguments *arguments);

/* The whole command in one line, with every setting, absolute paths, and a new folder. The caller must free() it. NULL if out of
 * memory. */
char *train_report_command(const train_report *report);

#endif
