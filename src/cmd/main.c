/* main.c - clenet: finds and runs the subcommand. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/commands.h"
#include "cmd/base/say.h"
#include "clenet/clenet.h"

static const command_spec *const commands[] = {
    &train_command,   &predict_command,      &evaluate_command,    &summary_command, &show_command,
    &plot_command,    &devices_command,      &doctor_command,      &bench_command,   &tune_command,
    &certify_command, &check_device_command, &certify_part_command};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *to) {
    (void)fprintf(to, "usage: clenet COMMAND [OPERAND or OPTION]...\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i]->hidden) continue;
        (void)fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->purpose);
    }
    (void)fprintf(to, "  %-10s%s\n", "help", "Show the help of a command: clenet help train.");
}

static void print_help(void) {
    (void)printf("clenet trains a LeNet on images of handwritten digits, and reads digits with it.\n\n");
    print_usage(stdout);
    (void)printf("\noptions:\n"
                 "  -h, --help     show this help\n"
                 "  -V, --version  show the version\n\n"
                 "environment:\n"
                 "  CLENET_DEVICE      the device where --device is not given\n"
                 "  CLENET_CACHE_DIR   where compiled OpenCL programs and what is known of devices are kept;\n"
                 "                     empty: nowhere (default: clenet in $XDG_CACHE_HOME or ~/.cache)\n"
                 "  CLENET_KERNEL_DIR  OpenCL kernels to use in place of those that are built in\n\n"
                 "exit status: 0 done, 1 failed, 2 wrong usage, 129, 130 or 143 stopped by a signal.\n\n"
                 "example:\n"
                 "  clenet train train.csv --test test.csv --out run\n");
}

static const command_spec *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i]->name) == 0) return commands[i];
    }
    return NULL;
}

static int refuse_command(const char *name) {
    const char *names[COMMAND_COUNT];
    char list[128] = "";
    size_t count = 0, length = 0;
    for (size_t i = 0; i < COMMAND_COUNT && length < sizeof list; i++) {
        if (commands[i]->hidden) continue;
        names[count] = commands[i]->name;
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", count > 0 ? ", " : "", names[count]);
        count++;
    }
    if (name[0] == '-') return say_wrong_usage(NULL, "unknown option '%s': a command comes first", name);
    int nearest = nearest_word(name, names, count);
    if (nearest >= 0) return say_wrong_usage(NULL, "unknown command '%s': did you mean '%s'?", name, names[nearest]);
    return say_wrong_usage(NULL, "unknown command '%s': there are %s", name, list);
}

static int show_help(int argc, char **argv) {
    if (argc > 3) return say_wrong_usage(NULL, "'%s' is one too many: help takes one command", argv[3]);
    if (argc < 3) {
        print_help();
        return EXIT_DONE;
    }
    const command_spec *command = find_command(argv[2]);
    if (command == NULL) return refuse_command(argv[2]);
    options_print_help(command);
    return EXIT_DONE;
}

static int run_command(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "help") == 0) return show_help(argc, argv);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help();
        return EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        (void)printf("clenet %s\n", clenet_version());
        return EXIT_DONE;
    }
    const command_spec *command = find_command(name);
    return command != NULL ? command->run(argc - 1, argv + 1) : refuse_command(name);
}

/* If a standard stream is closed at the start, the next file that is opened would get its number, and messages would be written
 * into it. /dev/null is opened instead, in the wrong mode, so that using the stream still fails. */
static void occupy_standard_streams(void) {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) >= 0) continue;
        int opened = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened >= 0 && opened != stream) (void)close(opened);
    }
}

int main(int argc, char **argv) {
    occupy_standard_streams();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe must not end a training run */
    (void)signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error with a message, and must not end the process */
    return say_finish(run_command(argc, argv));
}
