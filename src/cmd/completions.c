/* completions.c - clenet completions: completion scripts for bash, zsh and fish.
 *
 * They are made from the tables of options. The build runs this command, and cmake --install installs what it prints. */
#include <stdio.h>
#include <string.h>

#include "cmd/base/commands.h"
#include "cmd/base/say.h"

/* What a shell can offer as the value of an option. */
typedef enum value_kind { VALUE_NONE, VALUE_WORDS, VALUE_FILE, VALUE_FOLDER, VALUE_OTHER } value_kind;

static value_kind value_of(const option_spec *option) {
    if (option->value == NULL) return VALUE_NONE;
    if (option->choices != NULL) return VALUE_WORDS;
    if (option->kind == OPTION_FILE || strcmp(option->value, "FILE") == 0) return VALUE_FILE;
    return strcmp(option->value, "FOLDER") == 0 ? VALUE_FOLDER : VALUE_OTHER;
}

static void print_words(const option_spec *option) {
    for (int i = 0; option->choices[i] != NULL; i++) (void)printf("%s%s", i > 0 ? " " : "", option->choices[i]);
}

/* Prints the beginning of the text, up to what is in parentheses, inside single quotes. Each character of `special` gets a backslash.
 * quote: how the shell writes a single quote there. */
static void print_description(const char *text, const char *special, const char *quote) {
    const char *end = strstr(text, " (");
    size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'')
            (void)printf("%s", quote);
        else
            (void)printf("%s%c", strchr(special, text[i]) != NULL ? "\\" : "", text[i]);
    }
}

static const char words_of_help[] = "-h --help -V --version";

/* ---- bash ---- */

/* A branch of `case $previous`: what may follow the option. */
static void bash_value(const option_spec *option) {
    value_kind kind = value_of(option);
    if (kind == VALUE_NONE || option->kind == OPTION_FILE) return;
    if (option->letter != '\0')
        (void)printf("        -%c | --%s) ", option->letter, option->name);
    else
        (void)printf("        --%s) ", option->name);
    if (kind == VALUE_WORDS) {
        (void)printf("words='");
        print_words(option);
        (void)printf("' kind=words ;;\n");
    } else if (kind == VALUE_FILE) {
        (void)printf("kind=files suffix='%s' ;;\n", option->suffix != NULL ? option->suffix : "");
    } else {
        (void)printf("kind=%s ;;\n", kind == VALUE_FOLDER ? "folders" : "none");
    }
}

static void bash_command(const command_spec *command) {
    (void)printf("    %s)\n        words='", command->name);
    for (size_t i = 0; i < options_count(command); i++) {
        const option_spec *option = options_at(command, i);
        if (option->help == NULL) continue;
        (void)printf("--%s ", option->name);
        if (option->letter != '\0') (void)printf("-%c ", option->letter);
    }
    (void)printf("'\n        [ -n \"$dash\" ] || kind=%s\n", command->operands_most > 0 ? "files" : "words");
    if (command->operand_word != NULL) (void)printf("        more='%s'\n", command->operand_word);
    (void)printf("        case $previous in\n");
    for (size_t i = 0; i < options_count(command); i++) bash_value(options_at(command, i));
    (void)printf("        esac\n        ;;\n");
}

static void print_bash(void) {
    (void)printf("# Completions of clenet for bash: clenet completions bash\n"
                 "_clenet() {\n"
                 "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                 "    local kind=words words='' suffix='' dash='' more=''\n"
                 "    # bash makes three words of --option=value\n"
                 "    if [ \"$previous\" = = ]; then\n"
                 "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
                 "    elif [ \"$current\" = = ]; then\n"
                 "        current=\n"
                 "    fi\n"
                 "    case $current in -*) dash=yes ;; esac\n"
                 "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                 "        words='");
    for (size_t i = 0; i < COMMANDS; i++)
        if (!commands[i]->hidden) (void)printf("%s ", commands[i]->name);
    (void)printf("help %s'\n    else case ${COMP_WORDS[1]} in\n    help)\n        words='", words_of_help);
    for (size_t i = 0; i < COMMANDS; i++)
        if (!commands[i]->hidden) (void)printf("%s ", commands[i]->name);
    for (size_t i = 0; i < TOPICS; i++) (void)printf("%s ", help_topics[i]->name);
    (void)printf("'\n        ;;\n");
    for (size_t i = 0; i < COMMANDS; i++)
        if (!commands[i]->hidden) bash_command(commands[i]);
    (void)printf("    esac; fi\n"
                 "    COMPREPLY=()\n"
                 "    case $kind in\n"
                 "    words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
                 "    files)\n"
                 "        compopt -o filenames 2>/dev/null\n"
                 "        mapfile -t COMPREPLY < <(compgen -f -X \"${suffix:+!*$suffix}\" -- \"$current\"\n"
                 "            [ -z \"$more\" ] || compgen -W \"$more\" -- \"$current\"\n"
                 "            [ -z \"$suffix\" ] || compgen -d -- \"$current\") ;;\n"
                 "    folders)\n"
                 "        compopt -o filenames 2>/dev/null\n"
                 "        mapfile -t COMPREPLY < <(compgen -d -- \"$current\") ;;\n"
                 "    esac\n"
                 "}\n"
                 "complete -F _clenet clenet\n");
}

/* ---- zsh ---- */

static void zsh_value(const option_spec *option) {
    value_kind kind = value_of(option);
    if (kind == VALUE_NONE) return;
    (void)printf(":%s%s:", option->kind == OPTION_FILE ? ":" : "", option->value);
    if (kind == VALUE_WORDS) {
        (void)printf("(");
        print_words(option);
        (void)printf(")");
    } else if (kind == VALUE_FILE) {
        (void)printf(option->suffix != NULL ? "_files -g \"*%s\"" : "_files", option->suffix);
    } else if (kind == VALUE_FOLDER) {
        (void)printf("_files -/");
    }
}

static void zsh_option(const option_spec *option) {
    const char *equals = option->value == NULL ? "" : option->kind == OPTION_FILE ? "=-" : "=";
    if (option->letter == '\0')
        (void)printf("            '--%s%s[", option->name, equals);
    else
        (void)printf("            '(-%c --%s)'{-%c,--%s%s}'[", option->letter, option->name, option->letter,
                     option->name, equals);
    print_description(option->help, "[]:\\", "'\\''");
    (void)printf("]");
    zsh_value(option);
    (void)printf("' \\\n");
}

static void zsh_command(const command_spec *command) {
    (void)printf("        %s)\n            _arguments -s -S \\\n", command->name);
    for (size_t i = 0; i < options_count(command); i++)
        if (options_at(command, i)->help != NULL) zsh_option(options_at(command, i));
    if (command->operand_word != NULL)
        (void)printf(
            "            '*:%s: _alternative \"words\\:word\\:(%s)\" \"files\\:file\\:_files\"'\n            ;;\n",
            command->operands[0], command->operand_word);
    else if (command->operands_most > 0)
        (void)printf("            '*:%s:_files'\n            ;;\n", command->operands[0]);
    else
        (void)printf("            && return\n            ;;\n");
}

static void zsh_names(bool topics) {
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i]->hidden) continue;
        (void)printf("            '%s:", commands[i]->name);
        print_description(commands[i]->purpose, ":\\", "'\\''");
        (void)printf("'\n");
    }
    for (size_t i = 0; topics && i < TOPICS; i++) {
        (void)printf("            '%s:", help_topics[i]->name);
        print_description(help_topics[i]->purpose, ":\\", "'\\''");
        (void)printf("'\n");
    }
}

static void print_zsh(void) {
    (void)printf("#compdef clenet\n"
                 "# Completions of clenet for zsh: clenet completions zsh\n"
                 "_clenet() {\n"
                 "    local curcontext=\"$curcontext\" state line\n"
                 "    typeset -A opt_args\n"
                 "    _arguments -C '(- *)'{-h,--help}'[show this help]' '(- *)'{-V,--version}'[show the version]' \\\n"
                 "        '1:command:->command' '*::argument:->argument' && return\n"
                 "    case $state in\n"
                 "    command)\n"
                 "        local -a names=(\n");
    zsh_names(false);
    (void)printf("            'help:show the help of a command or a topic'\n"
                 "        )\n"
                 "        _describe command names\n"
                 "        ;;\n"
                 "    argument)\n"
                 "        case $words[1] in\n"
                 "        help)\n"
                 "            local -a names=(\n");
    zsh_names(true);
    (void)printf("            )\n"
                 "            _describe 'command or topic' names\n"
                 "            ;;\n");
    for (size_t i = 0; i < COMMANDS; i++)
        if (!commands[i]->hidden) zsh_command(commands[i]);
    (void)printf("        esac\n"
                 "        ;;\n"
                 "    esac\n"
                 "}\n"
                 "if [ \"$funcstack[1]\" = _clenet ]; then _clenet \"$@\"; else compdef _clenet clenet; fi\n");
}

/* ---- fish ---- */

static void fish_option(const command_spec *command, const option_spec *option) {
    (void)printf("complete -c clenet -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
    if (option->letter != '\0') (void)printf(" -s %c", option->letter);
    switch (value_of(option)) {
    case VALUE_NONE:
        break;
    case VALUE_WORDS:
        (void)printf(" -x -a '");
        print_words(option);
        (void)printf("'");
        break;
    case VALUE_FILE:
        if (option->kind == OPTION_FILE) break; /* its value is optional, and fish has no such options */
        if (option->suffix != NULL)
            (void)printf(" -x -a '(__fish_complete_suffix %s)'", option->suffix);
        else
            (void)printf(" -r -F");
        break;
    case VALUE_FOLDER:
        (void)printf(" -x -a '(__fish_complete_directories)'");
        break;
    case VALUE_OTHER:
        (void)printf(" -x");
        break;
    }
    (void)printf(" -d '");
    print_description(option->help, "\\", "\\'");
    (void)printf("'\n");
}

static void fish_name(const char *condition, const char *name, const char *purpose) {
    (void)printf("complete -c clenet -n '%s' -a %s -d '", condition, name);
    print_description(purpose, "\\", "\\'");
    (void)printf("'\n");
}

static void print_fish(void) {
    static const char first[] = "__fish_use_subcommand", of_help[] = "__fish_seen_subcommand_from help";
    (void)printf("# Completions of clenet for fish: clenet completions fish\n"
                 "complete -c clenet -f\n"
                 "complete -c clenet -n '%s' -s h -l help -d 'show this help'\n"
                 "complete -c clenet -n '%s' -s V -l version -d 'show the version'\n",
                 first, first);
    fish_name(first, "help", "show the help of a command or a topic");
    for (size_t i = 0; i < TOPICS; i++) fish_name(of_help, help_topics[i]->name, help_topics[i]->purpose);
    for (size_t i = 0; i < COMMANDS; i++) {
        const command_spec *command = commands[i];
        if (command->hidden) continue;
        fish_name(first, command->name, command->purpose);
        fish_name(of_help, command->name, command->purpose);
        if (command->operands_most > 0)
            (void)printf(
                "complete -c clenet -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from help' -F\n",
                command->name);
        if (command->operand_word != NULL)
            (void)printf("complete -c clenet -n '__fish_seen_subcommand_from %s' -a %s\n", command->name,
                         command->operand_word);
        for (size_t j = 0; j < options_count(command); j++)
            if (options_at(command, j)->help != NULL) fish_option(command, options_at(command, j));
    }
}

/* ---- the command ---- */

static int run_completions(int argc, char **argv) {
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    const char *operands[OPERANDS_MOST];
    int status = options_read(&completions_command, argc, argv, NULL, operands);
    if (status != OPTIONS_GO_ON) return status;
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(operands[0], shells[i].shell) != 0) continue;
        shells[i].print();
        return EXIT_DONE;
    }
    return say_wrong_usage("completions", "unknown shell '%s'. Shells: bash, zsh, fish", operands[0]);
}

const command_spec completions_command = {
    .name = "completions",
    .synopsis = "SHELL",
    .purpose = "print the completions for a shell",
    .about = "  SHELL  bash, zsh or fish\n\n"
             "cmake --install installs them. By hand, for one user:\n"
             "  clenet completions bash >~/.local/share/bash-completion/completions/clenet\n"
             "  clenet completions fish >~/.config/fish/completions/clenet.fish\n"
             "  clenet completions zsh >_clenet    in a folder of zsh's fpath\n",
    .operands = {"SHELL"},
    .operands_least = 1,
    .operands_most = 1,
    .hidden = true,
    .run = run_completions,
};
