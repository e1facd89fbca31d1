/* page_models.h - report.html of a run of several networks: what they come to together, and the way to the page of each. */
#ifndef CLENET_CMD_PAGE_PAGE_MODELS_H
#define CLENET_CMD_PAGE_PAGE_MODELS_H

#include "cmd/page/page.h"

/* One of them. */
typedef struct page_network {
    const char *name; /* "model-1", and so is the folder beside the page that has its own page */
    bool linked;      /* which was written */
    uint64_t seed;
    int part;                      /* that is held out, from 1; 0: none */
    clenet_training_result result; /* accuracy: on the images held out, or, where there are none, on those trained on */
    double accuracy;
} page_network;

typedef struct page_models_facts {
    const char *folder; /* where the figures are, as of a page of one run */
    const char *data;   /* the path of the images */
    const clenet_dataset *dataset;
    const findings *found;        /* each image by the networks that held it out; NULL: none was held out */
    const page_network *networks; /* [count] */
    size_t count;
    int parts;           /* that the images were cut into; 0: none is held out */
    double mean, spread; /* of the networks' accuracies; standard deviation */
    const char *time;    /* "18.6 s" for all */
    const char *device;
    const char *no_plots; /* why there are no figures, for where there are none */
    page_record record;
} page_models_facts;

/* Writes the page under the path, whole or not at all. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
clenet_status page_models_write(const char *path, const page_models_facts *facts, clenet_error *error);

#endif
