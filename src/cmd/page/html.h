/* html.h - writes text into a page of HTML.
 *
 * Text is escaped everywhere. */
#ifndef CLENET_CMD_PAGE_HTML_H
#define CLENET_CMD_PAGE_HTML_H

#include <stddef.h>
#include <stdio.h>

#include "lib/base/embedded.h"

/* Writes the text for an element or a quoted attribute: & < > " ' are escaped; a byte that is not UTF-8 and a control character
 * other than a newline become U+FFFD. */
void html_text(FILE *page, const char *text);

/* Returns a file of this folder, which there must be: "report.css". */
const embedded_file *html_file(const char *name);

/* Writes a block of report.html or draw.html, the text from the line <!--NAME--> to the next such line: html_block(page, NAME, TEXT...). {1} is
 * the first text, escaped; {!1} is the same, not escaped. A backslash at the end of a line joins it with the next line. */
#define html_block(page, ...)                                                               \
    html_put_block((page), sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *), \
                   (const char *const[]){__VA_ARGS__})
void html_put_block(FILE *page, size_t count, const char *const *texts); /* texts [count]: the name, then the texts */

/* The blocks "head...", with the style sheet, and its hash, by which the page's content security policy allows it. name: of the run;
 * what: it made. reload: seconds after which the page loads itself again; NULL: never. */
void html_head(FILE *page, const char *name, const char *what, const char *date, const char *reload);

#endif
