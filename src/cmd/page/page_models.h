/* page_models.h - report.html of a run of several networks.
 *
 * The result of their ensemble, and links to the page of each. */
#ifndef CLENET_CMD_PAGE_PAGE_MODELS_H
#define CLENET_CMD_PAGE_PAGE_MODELS_H

#include "cmd/page/page.h"

/* One network. */
typedef struct page_network {
    const char *name; /* "model-1"; the subfolder with its page has the same name */
    bool linked;      /* its page was written */
    uint64_t seed;
    int part;                      /* the part that is held out, from 1; 0: none */
    clenet_training_result result; /* accuracy: on the images held out; if there are none, on the training images */
    double accuracy;
} page_network;

typedef struct page_models_facts {
    const char *folder; /* folder of the figures, as for one run */
    const char *data;   /* the path of the images */
    const clenet_dataset *dataset;
    const findings *found; /* each image by the networks that held it out; NULL: no image was held out */
    bool best;             /* of each network the best epoch was kept, not the last one */
    page_score last;       /* on the images held out, after the last epoch of each network; without rows: not known */
    const char *test;      /* the path of the file of --test */
    page_score tested;     /* the ensemble's on its images, if they have labels */
    const page_network *networks; /* [count] */
    size_t count;
    int parts;           /* number of parts of the images; 0: none is held out */
    double mean, spread; /* mean and standard deviation of the networks' accuracies */
    const char *time;    /* of all networks: "18.6 s" */
    const char *device;
    const char *no_plots; /* why there are no figures, if there are none */
    page_record record;
} page_models_facts;

/* Writes the page to the path, completely or not at all. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status page_models_write(const char *path, const page_models_facts *facts, clenet_error *error);

#endif
