/* page.h - report.html: what a run came to, on one page that needs nothing beside it. No script, no network, light and dark. */
#ifndef CLENET_CMD_PAGE_PAGE_H
#define CLENET_CMD_PAGE_PAGE_H

#include "cmd/figures/findings.h"
#include "cmd/figures/history.h"

/* A line of a list: "batch", "32", "images a step". */
typedef struct page_line {
    const char *name, *value, *note; /* note: "" for none */
} page_line;

/* What is needed to do it again. */
typedef struct page_record {
    const page_line *settings, *versions, *files; /* [setting_count], [version_count], [file_count] */
    size_t setting_count, version_count, file_count;
    const char *command;      /* for a shell: repeats the run */
    const char *command_note; /* what must be known of it; "": nothing */
} page_record;

/* All that the page says. Texts are UTF-8, come escaped into the page, and are lent. */
typedef struct page_facts {
    const char
        *folder; /* where the figures of the run are: NAME.svg or NAME.png; those that are not there are left out */
    const char *data; /* the path of the images */
    const clenet_dataset *dataset;
    const uint32_t *training, *validation; /* rows of the data set [training_count], [validation_count] */
    size_t training_count, validation_count;
    const findings *found; /* on the images held out; NULL: none are, or they could not be asked about */
    const history *epochs;
    const clenet_training_result *result;
    bool best;            /* the epoch that did best on the images held out was kept, and not the last */
    const char *stop;     /* "all 50 epochs are done" */
    const char *time;     /* "18.6 s" */
    const char *speed;    /* "82,000" images a second */
    const char *device;   /* which, and why */
    const char *lost;     /* how the device failed on the way, so that the CPU went on; "": it did not */
    const char *no_plots; /* why there are no figures, for where there are none */
    const clenet_network *network;
    page_record record;
} page_facts;

/* Writes the page under the path, whole or not at all. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status page_write(const char *path, const page_facts *facts, clenet_error *error);

#endif
