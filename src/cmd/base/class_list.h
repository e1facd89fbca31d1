/* class_list.h - the names of classes, for tables and figures. */
#ifndef CLENET_CMD_BASE_CLASS_LIST_H
#define CLENET_CMD_BASE_CLASS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "clenet/clenet.h"

enum { CLASSES_MOST = 256, CLASS_NAME_SIZE = 64 };

typedef struct class_list {
    const char *names[CLASSES_MOST]; /* [count], lent by the model or the data set */
    int count;
    bool digits;  /* the names are 0, 1 ... 9, or the first of them */
    bool numbers; /* all names are whole numbers */
} class_list;

class_list class_list_of_model(const clenet_model *model);
class_list class_list_of_dataset(const clenet_dataset *dataset);

/* The class with this name, numbers compared as numbers; -1 if no class has it. */
int class_list_find(const class_list *list, const char *name);

/* Returns one if the classes are digits, otherwise the other: "digit" or "class". */
const char *class_list_word(const class_list *list, const char *digit, const char *other);

/* The columns that a text takes on a terminal: 2 for the wide letters of East Asia, 0 for marks on the letter before. */
size_t text_columns(const char *text);

/* The bytes of the text's first letters that have room in `columns`. */
size_t text_fitting(const char *text, size_t columns);

/* Fills name with as much of the text as has room in `columns`; if some is cut off, it ends in a point, as an abbreviation. Returns
 * name. */
char *text_cut(char name[CLASS_NAME_SIZE], const char *text, size_t columns);

/* Prints the text on standard output in this many columns, blanks at its left or, if `columns` is negative, at its right. */
void text_print(const char *text, int columns);

/* Prints the text and the end of its line on standard output, in lines of at most 80 columns: the first begins at the cursor, which is
 * in `column`, the others at `indent`. Lines break at blanks; a word that is longer than a line is broken. Control characters become
 * '?'. */
void text_print_wrapped(const char *text, int column, int indent);

#endif
