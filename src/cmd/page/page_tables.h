/* page_tables.h - the tables of the page. */
#ifndef CLENET_CMD_PAGE_PAGE_TABLES_H
#define CLENET_CMD_PAGE_PAGE_TABLES_H

#include <stdio.h>

#include "cmd/page/page.h"

enum { TABLE_MISTAKES = 12 /* as many as in the figure */ };

/* Begins a table; html_block(page, "table-end") ends it. A '#' before a column's name makes it a column of numbers. The caption is outside the frame, which may be
 * narrower than the table; NULL: the page already has an element with the id name-caption. */
void page_table_begin(FILE *page, const char *name, const char *caption, const char *const *columns);
void page_table_count(FILE *page, uint64_t count); /* a cell */
void page_table_share(FILE *page, double share);   /* the same, in percent; NaN: a dash */

void page_epoch_table(FILE *page, const history *run);
void page_class_table(FILE *page, const findings *found);   /* for each class, the number of right answers */
void page_mistake_table(FILE *page, const findings *found); /* by falling confidence */
void page_rows_table(FILE *page, const page_facts *facts);  /* for each class, the images trained on and held out */
void page_layer_table(FILE *page, const clenet_network *network);
void page_line_table(FILE *page, const char *caption, const page_line *lines, size_t count);

#endif
