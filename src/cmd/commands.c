/* commands.c - the list of subcommands and of help topics. */
#include "cmd/base/commands.h"
#include "cmd/base/data_options.h"
#include "cmd/base/device_setting.h"

const command_spec *const commands[COMMANDS] = {
    &train_command, &predict_command, &evaluate_command,     &summary_command,      &show_command,       &plot_command,
    &runs_command,  &export_command,  &import_command,       &devices_command,      &doctor_command,     &bench_command,
    &tune_command,  &certify_command, &check_device_command, &certify_part_command, &completions_command};

const help_topic *const help_topics[TOPICS] = {&data_topic, &device_topic};
