/* main.c - clenet: finds and runs the subcommand. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/commands.h"
#include "cmd/base/say.h"
#include "clenet/clenet.h"

static void print_usage(FILE *to) {
    (void)fprintf(to, "usage: clenet COMMAND [ARGUMENT or OPTION]...\n\ncommands:\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i]->hidden) continue;
        (void)fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->purpose);
    }
    (void)fprintf(to, "  %-10s%s\n", "help", "show the help of a command or a topic: clenet help train");
    (void)fprintf(to, "\ntopics:\n");
    for (size_t i = 0; i < TOPICS; i++) (void)fprintf(to, "  %-10s%s\n", help_topics[i]->name, help_topics[i]->purpose);
}

static void print_help(void) {
    (void)printf("clenet trains small image classifiers, such as LeNet on handwritten digits, and\n"
                 "predicts with them. It runs on the CPU and on OpenCL devices such as GPUs.\n\n");
    print_usage(stdout);
    (void)printf("\noptions:\n"
                 "  -h, --help     show this help\n"
                 "  -V, --version  show the version\n\n"
                 "environment:\n"
                 "  CLENET_DEVICE      the device, if --device is not given\n"
                 "  CLENET_CACHE_DIR   folder for compiled OpenCL programs and device checks; if\n"
                 "                     empty, nothing is stored (default: ~/.cache/clenet)\n"
                 "  CLENET_KERNEL_DIR  folder of OpenCL kernels, instead of the built-in ones\n"
                 "  NO_COLOR           if set, print no colours\n\n"
                 "exit status: 0 success, 1 failure, 2 wrong usage, 130 stopped by Ctrl-C, 129 or\n"
                 "143 stopped by another signal\n\n"
                 "examples:\n"
                 "  clenet train train.csv                                train a model\n"
                 "  clenet predict runs/latest test.csv                   write submission.csv\n"
                 "  clenet predict runs/latest photo.jpg                  read digits in a picture\n");
}

static bool is_named(const command_spec *command, const char *name) {
    for (int i = 0; i < COMMAND_ALIASES; i++)
        if (command->aliases[i] != NULL && strcmp(name, command->aliases[i]) == 0) return true;
    return strcmp(name, command->name) == 0;
}

static const command_spec *find_command(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (is_named(commands[i], name)) return commands[i];
    return NULL;
}

enum { LIST_SIZE = 192 };

/* Appends the word to the list, with `between` in front if it is not the first. A list that is full stays as it is. */
static void append(char list[LIST_SIZE], const char *between, const char *word) {
    size_t length = strlen(list);
    (void)snprintf(list + length, LIST_SIZE - length, "%s%s", length > 0 ? between : "", word);
}

/* An option in the place of the command. */
static int refuse_option(const char *name) {
    static const char *const options[] = {"--help", "--version"};
    int nearest = nearest_word(name, options, sizeof options / sizeof options[0]);
    if (nearest >= 0) return say_wrong_usage(NULL, "unknown option '%s': did you mean '%s'?", name, options[nearest]);
    return say_wrong_usage(NULL, "unknown option '%s': a command comes first", name);
}

/* Suggests the commands that begin with the name, or the one whose name is nearest. */
static int refuse_command(const char *name) {
    const char *names[COMMANDS];
    char all[LIST_SIZE] = "", begin[LIST_SIZE] = "";
    size_t count = 0;
    if (name[0] == '-') return refuse_option(name);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i]->hidden) continue;
        names[count++] = commands[i]->name;
        append(all, ", ", commands[i]->name);
        if (name[0] == '\0' || strncmp(name, commands[i]->name, strlen(name)) != 0) continue;
        append(begin, "' or '", commands[i]->name);
    }
    int nearest = nearest_word(name, names, count);
    if (begin[0] == '\0' && nearest >= 0) append(begin, "", names[nearest]);
    if (begin[0] != '\0') return say_wrong_usage(NULL, "unknown command '%s': did you mean '%s'?", name, begin);
    return say_wrong_usage(NULL, "unknown command '%s'. Commands: %s", name, all);
}

static int show_help(int argc, char **argv) {
    if (argc > 3) return say_wrong_usage(NULL, "unexpected argument '%s': help takes one command or topic", argv[3]);
    const char *name = argc < 3 ? "help" : argv[2];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help();
        return EXIT_DONE;
    }
    for (size_t i = 0; i < TOPICS; i++) {
        if (strcmp(name, help_topics[i]->name) != 0) continue;
        help_print_topic(help_topics[i]);
        return EXIT_DONE;
    }
    const command_spec *command = find_command(name);
    if (command == NULL) return refuse_command(name);
    help_print(command);
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
