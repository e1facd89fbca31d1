/* page.h - report.html: the result of a run on one self-contained page.
 *
 * No script, no network; light and dark. */
#ifndef CLENET_CMD_PAGE_PAGE_H
#define CLENET_CMD_PAGE_PAGE_H

#include "cmd/figures/findings.h"
#include "cmd/figures/history.h"

/* One line of a list: name "batch", value "32", note. */
typedef struct page_line {
    const char *name, *value, *note; /* note: may be "" */
} page_line;

/* How many of some images are read right. rows is 0 if there are no such images. */
typedef struct page_score {
    uint64_t right, rows;
    uint64_t left_out; /* further images of the same file, which the network was trained on */
} page_score;

double page_score_share(page_score score); /* 0 to 1; NaN without images */

/* How to repeat the run. */
typedef struct page_record {
    const char *name;                             /* of the run: that of its folder */
    const char *date;                             /* "2026-11-30 02:21" */
    const page_line *settings, *versions, *files; /* [setting_count], [version_count], [file_count] */
    size_t setting_count, version_count, file_count;
    const char *format;       /* of the figures in the folder: "svg" */
    const char *command;      /* a shell command that repeats the run */
    const char *command_note; /* a remark on it; "": none */
} page_record;

/* How far a run in progress is. */
typedef struct page_live {
    int reload;        /* seconds after which the page loads itself again; 0: the run ended with an error */
    int epochs;        /* at most */
    const char *as_of; /* the time: "02:21:35" */
    const char *left;  /* "3 min 07 s left" */
} page_live;

/* The contents of the page. Texts are UTF-8, are escaped by the page, and are lent. */
typedef struct page_facts {
    const char *folder; /* folder of the run's figures: NAME.svg or NAME.png; missing ones are left out */
    const char *data;   /* the path of the images */
    const clenet_dataset *dataset;
    const uint32_t *training, *validation; /* rows of the data set [training_count], [validation_count] */
    size_t training_count, validation_count;
    const findings *found; /* on the images held out; NULL: there are none, or they could not be evaluated */
    const char *test;      /* the path of the file of --test */
    page_score tested;     /* on its images, if they have labels */
    const history *epochs;
    const clenet_training_result *result; /* of a run in progress: so far */
    const page_live *live;                /* NULL: the run has ended */
    bool best;                            /* the epoch with the best validation was kept, not the last one */
    const char *stop;                     /* "finished: 50 epochs" */
    const char *time;                     /* "18.6 s" */
    const char *speed;                    /* "82,000" images a second */
    const char *device;                   /* the device, and why it was chosen */
    const char *lost;                     /* the error of the device, after which the CPU continued; "": no error */
    const char *no_plots; /* why there are no figures, if there are none; "": a run in progress will draw them */
    const clenet_network *network;
    page_record record;
} page_facts;

/* Writes the page to the path, completely or not at all. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status page_write(const char *path, const page_facts *facts, clenet_error *error);

#endif
