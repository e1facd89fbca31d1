/* stale_outputs.c - see stale_outputs.h. */
#include "cmd/train/stale_outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/base/results.h"
#include "cmd/train/checkpoint.h"
#include "cmd/train/figures.h"
#include "cmd/train/options.h"
#include "cmd/train/report.h"

static clenet_status no_memory(const char *folder, clenet_error *error) {
    error->status = CLENET_ERROR_MEMORY;
    (void)snprintf(error->message, sizeof error->message,
                   "cannot have memory for the names of the results in '%s': free memory", folder);
    return error->status;
}

static clenet_status remove_file(const char *folder, const char *name, clenet_error *error) {
    char *path = results_path(folder, name);
    clenet_status status = path != NULL ? results_remove(path, error) : no_memory(folder, error);
    free(path);
    return status;
}

clenet_status stale_outputs_remove(const char *folder, clenet_error *error) {
    clenet_status status = remove_file(folder, "model.safetensors", error);
    if (status == CLENET_OK) status = remove_file(folder, "submission.csv", error);
    if (status == CLENET_OK) status = remove_file(folder, "history.csv", error);
    train_report_remove(folder);
    train_figures_remove(folder);
    return status;
}

clenet_status stale_outputs_remove_checkpoint(const char *folder, clenet_error *error) {
    return remove_file(folder, "checkpoint.safetensors", error);
}

clenet_status stale_outputs_remove_networks(const char *folder, int first, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int i = first; i <= MODELS_MOST && status == CLENET_OK; i++) {
        char name[TRAIN_MEMBER_NAME];
        char *network = results_path(folder, train_member_name(name, i));
        if (network == NULL) return no_memory(folder, error);
        if (train_checkpoint_is_member(network)) {
            status = stale_outputs_remove(network, error);
            if (status == CLENET_OK) status = stale_outputs_remove_checkpoint(network, error);
            (void)rmdir(network); /* keeps it if it has files of the user */
        }
        free(network);
    }
    return status;
}
