/* results.c - see results.h. */
#include "cmd/base/results.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/base/class_list.h"
#include "cmd/base/say.h"
#include "cmd/base/tta.h"

enum { FOLDER_MODE = 0777 }; /* the umask removes what it must */

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int make_one(const char *folder) {
    if (mkdir(folder, FOLDER_MODE) == 0) return EXIT_DONE;
    int reason = errno;
    if (is_folder(folder)) return EXIT_DONE;
    return say_failed("cannot make the folder '%s': %s; choose another with --out", folder,
                      reason == EEXIST ? "there is a file of that name" : strerror(reason));
}

int results_make_folder(const char *folder) {
    char *path = strdup(folder);
    if (path == NULL) return say_failed("out of memory (the name of the folder '%s')", folder);
    int status = EXIT_DONE;
    for (char *end = path; status == EXIT_DONE && *end != '\0';) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char next = *end;
        *end = '\0';
        status = make_one(path);
        *end = next;
    }
    free(path);
    if (status == EXIT_DONE && access(folder, W_OK | X_OK) != 0) {
        status =
            say_failed("cannot write into the folder '%s': %s; choose another with --out", folder, strerror(errno));
    }
    return status;
}

char *results_path(const char *folder, const char *name) {
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/') length--;
    size_t size = length + 1 + strlen(name) + 1;
    char *path = malloc(size);
    if (path != NULL) (void)snprintf(path, size, "%.*s/%s", (int)length, folder, name);
    return path;
}

int results_check_path(const char *path) {
    if (!is_folder(path)) return EXIT_DONE;
    return say_failed("cannot write '%s': there is a folder of that name; move it away", path);
}

clenet_status results_remove(const char *path, clenet_error *error) {
    if (unlink(path) == 0 || errno == ENOENT) return CLENET_OK;
    error->status = CLENET_ERROR_IO;
    (void)snprintf(error->message, sizeof error->message, "cannot remove '%s' of an earlier run: %s; move it away",
                   path, strerror(errno));
    return error->status;
}

/* True if the name is ".clenet-PROCESS-TIME.part", the library's name for an incomplete file, and the process has ended. */
static bool is_left_behind(const char *name) {
    static const char start[] = ".clenet-", end[] = ".part";
    size_t length = strlen(name);
    if (strncmp(name, start, strlen(start)) != 0 || length < strlen(start) + strlen(end)) return false;
    if (strcmp(name + length - strlen(end), end) != 0) return false;
    long process = strtol(name + strlen(start), NULL, 10);
    return process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

void results_sweep(const char *folder) {
    DIR *names = opendir(folder);
    if (names == NULL) return;
    for (const struct dirent *entry; (entry = readdir(names)) != NULL;)
        if (is_left_behind(entry->d_name)) (void)unlinkat(dirfd(names), entry->d_name, 0);
    (void)closedir(names);
}

int results_predict(const clenet_model *model, const clenet_device *device, const clenet_dataset *dataset, int copies,
                    const char *path) {
    size_t rows = clenet_dataset_rows(dataset);
    uint8_t *classes = malloc(rows);
    if (classes == NULL) return say_failed("out of memory (%zu bytes for the predictions)", rows);
    clenet_predictor *predictor = NULL;
    clenet_error error;
    clenet_status status = tta_predictor_new(&predictor, model, device, copies, &error);
    if (status == CLENET_OK) status = clenet_predictor_classify(predictor, dataset, classes, &error);
    class_list list = class_list_of_model(model);
    if (status == CLENET_OK)
        status = clenet_submission_write_names(path, classes, rows, list.names, list.count, &error);
    if (predictor != NULL) say_device_lost(clenet_predictor_device_lost(predictor));
    clenet_predictor_free(predictor);
    free(classes);
    if (status == CLENET_OK) return EXIT_DONE;
    if (strcmp(path, "-") == 0 && say_reader_gone()) return EXIT_FAILED;
    return say_error(&error);
}
