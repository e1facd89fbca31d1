/* folder.c - see folder.h. */
#define _XOPEN_SOURCE 700 /* readlink(), symlink() */
#include "cmd/train/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/base/results.h"
#include "cmd/base/run_number.h"
#include "cmd/base/say.h"

enum { LINKS_MOST = 8, FOLDER_MODE = 0777 /* the umask removes what it must */ };

static const char latest[] = RUNS_FOLDER "/latest";

/* ---- a folder that was named --------------------------------------------------------------------------------------- */

/* If *path is a symbolic link, replaces it by the link's target. Returns false if it is not a link, or if out of memory. */
static bool follow(char **path) {
    char target[PATH_MAX];
    ssize_t length = readlink(*path, target, sizeof target - 1);
    if (length <= 0) return false;
    target[length] = '\0';
    char *slash = strrchr(*path, '/');
    if (slash != NULL) *slash = '\0';
    char *followed = target[0] == '/' || slash == NULL ? strdup(target) : results_path(*path, target);
    if (slash != NULL) *slash = '/';
    if (followed == NULL) return false;
    free(*path);
    *path = followed;
    return true;
}

/* A copy of the folder's name, without slashes at its end; for a symbolic link, of the target's name. NULL if out of memory. */
static char *resolve(const char *folder) {
    char *path = strdup(folder);
    if (path == NULL) return NULL;
    for (size_t length = strlen(path); length > 1 && path[length - 1] == '/';) path[--length] = '\0';
    for (int i = 0; i < LINKS_MOST && follow(&path); i++) continue;
    return path;
}

static bool has_file(const char *folder, const char *name) {
    struct stat status;
    char *path = results_path(folder, name);
    bool has = path != NULL && stat(path, &status) == 0 && S_ISREG(status.st_mode);
    free(path);
    return has;
}

/* The first of the files by which a folder holds a run; NULL: it holds none. */
static const char *held_file(const char *folder) {
    static const char *const names[] = {
        "model.safetensors",         "checkpoint.safetensors",         "history.csv",         "run.json",
        "model-1/model.safetensors", "model-1/checkpoint.safetensors", "model-1/history.csv", "model-1/run.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (has_file(folder, names[i])) return names[i];
    return NULL;
}

int train_folder_check(const train_arguments *arguments) {
    const char *out = arguments->out;
    bool checked = out != NULL && arguments->resume == NULL && !arguments->overwrite;
    const char *held = checked ? held_file(out) : NULL;
    if (held == NULL) return EXIT_DONE;
    if (has_file(out, "checkpoint.safetensors") || has_file(out, "model-1/checkpoint.safetensors"))
        return say_failed("'%s' already holds a run (%s): continue it with --resume, choose another folder with --out, "
                          "or replace it with --overwrite",
                          out, held);
    return say_failed("'%s' already holds a run (%s): choose another folder with --out, or replace it with --overwrite",
                      out, held);
}

int train_folder_choose(train_folder *folder, const char **name) {
    if (*name == NULL) return EXIT_DONE;
    char *path = resolve(*name);
    if (path == NULL) return say_failed("out of memory (the name of the folder '%s')", *name);
    free(folder->path);
    *name = folder->path = path;
    return EXIT_DONE;
}

/* ---- a numbered folder ------------------------------------------------------------------------------------------------ */

/* The largest number of a run in RUNS_FOLDER; 0 without runs. */
static int last_number(void) {
    int last = 0;
    DIR *names = opendir(RUNS_FOLDER);
    if (names == NULL) return 0;
    for (const struct dirent *entry; (entry = readdir(names)) != NULL;) {
        int number = run_number(entry->d_name);
        if (number > last) last = number;
    }
    (void)closedir(names);
    return last;
}

int train_folder_claim(train_folder *folder, train_arguments *arguments) {
    enum { NAME_SIZE = sizeof RUNS_FOLDER + 16 };
    if (arguments->out != NULL) return EXIT_DONE;
    int status = results_make_folder(RUNS_FOLDER);
    if (status != EXIT_DONE) return status;
    folder->path = malloc(NAME_SIZE);
    if (folder->path == NULL) return say_failed("out of memory (the name of the run's folder)");
    int number = last_number();
    bool made = false;
    errno = EEXIST; /* of two processes that make one folder, mkdir() fails in one: it takes the next number */
    while (!made && errno == EEXIST && number < RUN_NUMBER_MOST) {
        (void)snprintf(folder->path, NAME_SIZE, RUNS_FOLDER "/%d", ++number);
        made = mkdir(folder->path, FOLDER_MODE) == 0;
    }
    if (!made)
        return say_failed("cannot make the folder '%s': %s; choose another with --out", folder->path, strerror(errno));
    folder->number = number;
    arguments->out = folder->path;
    return EXIT_DONE;
}

/* The number of the run that runs/latest points to; 0 without such a link. */
static int latest_number(void) {
    char target[64];
    ssize_t length = readlink(latest, target, sizeof target - 1);
    if (length <= 0) return 0;
    target[length] = '\0';
    return run_number(target);
}

/* Makes the link under a temporary name, and renames it, so that runs/latest exists at every moment. */
static bool set_link(int number) {
    char target[16], temporary[sizeof latest + 32];
    (void)snprintf(target, sizeof target, "%d", number);
    (void)snprintf(temporary, sizeof temporary, "%s-%ld", latest, (long)getpid());
    (void)unlink(temporary);
    if (symlink(target, temporary) != 0) return false;
    if (rename(temporary, latest) == 0) return true;
    int reason = errno;
    (void)unlink(temporary);
    errno = reason;
    return false;
}

void train_folder_set_latest(train_folder *folder) {
    if (folder->number == 0 || folder->is_latest) return;
    folder->is_latest = true;
    int lock = open(RUNS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0) (void)flock(lock, LOCK_EX); /* so that an older run never follows a newer one */
    if (latest_number() < folder->number && !set_link(folder->number))
        say_line("warning: cannot make the link '%s': %s; the run is not affected", latest, strerror(errno));
    if (lock >= 0) (void)close(lock);
}

void train_folder_end(train_folder *folder) {
    if (folder->number > 0) {
        for (int i = 1; i <= MODELS_MOST; i++) {
            char name[TRAIN_MEMBER_NAME];
            char *member = results_path(folder->path, train_member_name(name, i));
            if (member != NULL) (void)rmdir(member); /* fails unless it is empty, like the next two */
            free(member);
        }
        (void)rmdir(folder->path);
        (void)rmdir(RUNS_FOLDER);
    }
    free(folder->path);
    *folder = (train_folder){.path = NULL};
}
