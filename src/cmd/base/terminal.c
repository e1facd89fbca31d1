/* terminal.c - see terminal.h. */
#include "cmd/base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80 }; /* if the terminal does not tell it */

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

bool terminal_is(int descriptor) {
    return strcmp(setting("TERM"), "dumb") != 0 && isatty(descriptor) != 0;
}

bool terminal_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = "";
    for (size_t i = 0; i < sizeof names / sizeof names[0] && locale[0] == '\0'; i++) locale = setting(names[i]);
    const char *codeset = strchr(locale, '.');
    return codeset != NULL && (strncasecmp(codeset + 1, "UTF-8", 5) == 0 || strncasecmp(codeset + 1, "UTF8", 4) == 0);
}

bool terminal_colour(int descriptor) {
    return terminal_is(descriptor) && setting("TERM")[0] != '\0' && setting("NO_COLOR")[0] == '\0';
}

const char *terminal_code(bool colour, terminal_style style) {
    static const char *const codes[TERMINAL_STYLES] = {"\033[0m", "\033[1m", "\033[1;32m", "\033[2m"};
    return colour ? codes[style] : "";
}

terminal_look terminal_look_of(int descriptor) {
    const char *kind = setting("TERM"), *colours = setting("COLORTERM");
    if (!terminal_is(descriptor) || !terminal_utf8() || setting("NO_COLOR")[0] != '\0') return TERMINAL_PLAIN;
    if (strcmp(colours, "truecolor") == 0 || strcmp(colours, "24bit") == 0) return TERMINAL_24_BIT;
    if (strstr(kind, "-direct") != NULL) return TERMINAL_24_BIT;
    return strstr(kind, "256color") != NULL ? TERMINAL_256 : TERMINAL_PLAIN;
}

int terminal_columns(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return COLUMNS_DEFAULT;
    return size.ws_col;
}
