/* commands.h - the subcommands. */
#ifndef CLENET_CMD_BASE_COMMANDS_H
#define CLENET_CMD_BASE_COMMANDS_H

#include "cmd/base/help.h"

extern const command_spec train_command, predict_command, evaluate_command, summary_command, show_command, plot_command,
    runs_command, export_command, import_command, devices_command, doctor_command, bench_command, check_device_command,
    tune_command, certify_command, certify_part_command, completions_command;

enum { COMMANDS = 17, TOPICS = 2 };
extern const command_spec *const commands[COMMANDS]; /* in the order of the help */
extern const help_topic *const help_topics[TOPICS];

#endif
