/* page_parts.h - the building blocks of a page.
 *
 * Texts are HTML and are written unchanged, except that page_fact, page_record and page_no_figures escape theirs. */
#ifndef CLENET_CMD_PAGE_PAGE_PARTS_H
#define CLENET_CMD_PAGE_PAGE_PARTS_H

#include <stdio.h>

#include "cmd/page/page.h"

void page_head(FILE *page, const char *title, const char *heading);
void page_begin(FILE *page, const char *id, const char *heading); /* a section */
void page_end(FILE *page);
void page_fact(FILE *page, bool whole, const char *name, const char *value,
               const char *note); /* inside a dl of class facts */

/* The share of the digits (`which` names them) that are right, its interval, and what it means. */
void page_share(FILE *page, const char *which, const char *meaning, const findings *found);

void page_no_figures(FILE *page, const char *why);           /* a sentence, which is escaped */
void page_put_record(FILE *page, const page_record *record); /* settings, and the command that repeats the run */
void page_foot(FILE *page, const char *note);

/* Makes the page in memory, and writes it to the path when it is complete. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
typedef void page_put(FILE *page, const void *facts);
clenet_status page_make(const char *path, page_put *put, const void *facts, clenet_error *error);

#endif
