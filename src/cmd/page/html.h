/* html.h - what goes into a page of HTML from outside it: text, which is escaped everywhere, and pictures, which are inlined. */
#ifndef CLENET_CMD_PAGE_HTML_H
#define CLENET_CMD_PAGE_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Writes the text so that it stands in an element or a quoted attribute as it is: & < > " ' are escaped; a byte that is not UTF-8
 * and a control character other than a line's end become U+FFFD. */
void html_text(FILE *page, const char *text);

/* The same, of a format as printf has it. */
void html_format(FILE *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes "data:TYPE;base64,...". */
void html_data(FILE *page, const char *type, const unsigned char *bytes, size_t size);

#endif
