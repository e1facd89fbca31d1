/* page_parts.h - the parts that both kinds of page have: sections, pictures and tables. */
#ifndef CLENET_CMD_PAGE_PAGE_PARTS_H
#define CLENET_CMD_PAGE_PAGE_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "cmd/page/html.h"
#include "cmd/page/page.h"

enum { SHARE_SIZE = 32 }; /* bytes of a number in percent */

/* The words for what the data show: "digit" and "digits" if the classes are digits, otherwise others. */
typedef struct page_words {
    const char *class;          /* "digit", "class" */
    const char *Class;          /* "Digit", "Class" */
    const char *image, *images; /* "digit", "image"; "digits", "images" */
    bool digits;
} page_words;

page_words page_words_of(const clenet_dataset *dataset);

typedef struct page_section {
    const char *id, *label;
    bool of_answers; /* it is left out if there are no answers to evaluate */
} page_section;

/* The head of the page: its title and heading (the run's name, and `what` it made), its date, and links to its sections [count],
 * those of answers if `answered`.
 * reload: seconds after which a browser loads it again; 0: never. */
void page_begin_page(FILE *page, const page_record *record, const char *what, int reload, const page_section *sections,
                     size_t count, bool answered);

void page_put_result(FILE *page, const page_facts *facts); /* of one network */

void page_begin(FILE *page, const char *id, const char *heading); /* a section */
void page_begin_result(FILE *page, double share); /* the section of the result, with the share as its heading */
void page_end(FILE *page);

/* The lead of the result: which images (`which`: "that the network did not train on") are read right, and how many. */
void page_share(FILE *page, const char *images, const char *which, page_score score);

/* A paragraph on what the result means, and the range within which chance moves it. */
void page_meaning(FILE *page, const char *images, const char *meaning, page_score score);

/* A link to the page to draw on, if that is in the folder. digits: the classes are digits. */
void page_draw_link(FILE *page, const char *folder, bool digits);

/* Says how many images of the test set are left out, if there are some. */
void page_left_out(FILE *page, page_score score);

/* "99.21 %" with a space that does not break. */
const char *page_percent(char text[SHARE_SIZE], double share);

/* Settings, the command that repeats the run, and links to the files in the folder. */
void page_put_record(FILE *page, const page_record *record, const char *folder);

/* A table of links to the record's files and to the figures, as far as they are in the folder. */
void page_file_table(FILE *page, const char *folder, const page_record *record);

/* Makes the page in memory, and writes it to the path when it is complete. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
typedef void page_put(FILE *page, const void *facts);
clenet_status page_make(const char *path, page_put *put, const void *facts, clenet_error *error);

/* How a figure is shown: PICTURE_WIDE may be wider than the text. On a telephone it scrolls sideways if its letters would be too
 * small; those of a narrow figure are large enough. */
typedef enum picture_size { PICTURE_PLAIN, PICTURE_WIDE } picture_size;

/* Writes the figure NAME.svg of the folder as <figure>, with a description for screen readers, and a caption. Returns false, and
 * writes nothing, if no such file can be read. */
bool page_picture(FILE *page, const char *folder, const char *name, const char *alt, const char *caption,
                  picture_size size);

enum { TABLE_MISTAKES = 12 /* as many as in the figure */ };

/* Begins a table; html_block(page, "table-end") ends it. A '#' before a column's name makes it a column of numbers. The caption is
 * outside the frame, which may be narrower than the table; NULL: the page already has an element with the id name-caption. */
void page_table_begin(FILE *page, const char *name, const char *caption, const char *const *columns);
void page_table_count(FILE *page, uint64_t count); /* a cell */
void page_table_share(FILE *page, double share);   /* the same, in percent; NaN: a dash */

void page_epoch_table(FILE *page, const history *run);
void page_class_table(FILE *page, const clenet_dataset *dataset,
                      const findings *found); /* for each class, the number of right answers */
void page_mistake_table(FILE *page, const clenet_dataset *dataset, const findings *found); /* by falling confidence */
void page_rows_table(FILE *page, const page_facts *facts); /* for each class, the images trained on and held out */
void page_layer_table(FILE *page, const clenet_network *network);
void page_line_table(FILE *page, const char *caption, const page_line *lines, size_t count);

#endif
