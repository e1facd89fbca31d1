/* page_parts.h - the parts that both kinds of page have. */
#ifndef CLENET_CMD_PAGE_PAGE_PARTS_H
#define CLENET_CMD_PAGE_PAGE_PARTS_H

#include <stdio.h>

#include "cmd/page/html.h"
#include "cmd/page/page.h"

enum { SHARE_SIZE = 32 }; /* bytes of a number in percent */

void page_begin(FILE *page, const char *id, const char *heading); /* a section */
void page_begin_result(FILE *page, double share); /* the section of the result, with the share as its heading */
void page_end(FILE *page);

/* The share of the digits (`which` names them) that are right, its interval, and what it means. */
void page_share(FILE *page, const char *which, const char *meaning, const findings *found);

void page_put_record(FILE *page, const page_record *record); /* settings, and the command that repeats the run */

/* Makes the page in memory, and writes it to the path when it is complete. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
typedef void page_put(FILE *page, const void *facts);
clenet_status page_make(const char *path, page_put *put, const void *facts, clenet_error *error);

#endif
