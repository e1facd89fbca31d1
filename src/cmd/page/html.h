/* html.h - writes text and pictures into a page of HTML.
 *
 * Text is escaped everywhere; pictures are inlined. */
#ifndef CLENET_CMD_PAGE_HTML_H
#define CLENET_CMD_PAGE_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Writes the text for an element or a quoted attribute: & < > " ' are escaped; a byte that is not UTF-8 and a control character
 * other than a newline become U+FFFD. */
void html_text(FILE *page, const char *text);

/* The same, with a format as in printf. */
void html_format(FILE *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes "data:TYPE;base64,...". */
void html_data(FILE *page, const char *type, const unsigned char *bytes, size_t size);

#endif
