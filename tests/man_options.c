/* man_options.c - prints the options of clenet train that come from training_options.def, as part of the manual page.
 *
 * tests/man.sh compares it with docs/clenet.1. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/training_options.h"

enum { COLUMNS = 78 };

/* Prints the text in lines, each sentence on a new one; the first letter is made a capital. */
static void put_text(const char *text) {
    int column = 0;
    char before = ' ';
    for (const char *word = text; *word != '\0'; word += strspn(word, " ")) {
        int length = (int)strcspn(word, " ");
        if (column > 0) column += column + 1 + length > COLUMNS ? printf("\n") - 1 - column : printf(" ");
        for (int i = 0; i < length; i++) {
            /* A dash that begins a word is a minus, or mandoc prints a hyphen. */
            bool minus = word[i] == '-' && (before == ' ' || before == '-' || before == '(');
            before = word[i];
            (void)printf("%s%c", minus ? "\\" : "", word == text && i == 0 ? toupper(word[i]) : word[i]);
        }
        before = ' ';
        column += length;
        word += length;
        if (word[-1] != '.') continue;
        (void)printf("\n");
        column = 0;
    }
    if (column > 0) (void)printf("\n");
}

static void put_option(const training_option *row) {
    char text[1024], expected[SETTING_EXPECTED], usual[SETTING_TEXT];
    (void)printf(".It Fl -%s Ar %s\n", row->name, row->value);
    (void)snprintf(text, sizeof text, "%s.", row->help);
    put_text(text);
    put_text(row->manual);
    if (row->alias != NULL) {
        (void)snprintf(text, sizeof text, "--%s is the same option.", row->alias);
        put_text(text);
    }
    (void)setting_expected(expected, row->kind, &row->range, row->words);
    (void)training_option_text(usual, row, &training_defaults, SETTING_DIGITS);
    (void)snprintf(text, sizeof text, "%s; the default is %s.", expected, usual);
    put_text(text);
}

int main(void) {
    for (int i = 0; i < TRAINING_OPTIONS; i++)
        if (training_options[i].name != NULL) put_option(&training_options[i]);
    return 0;
}
