/* folder.h - chooses the folder of a run: numbered, or --out.
 *
 * Without --out, runs are numbered: runs/1, runs/2, ... and runs/latest is a symbolic link to the newest. A folder that holds a run
 * is used only with --overwrite or --resume. */
#ifndef CLENET_CMD_TRAIN_FOLDER_H
#define CLENET_CMD_TRAIN_FOLDER_H

#include "cmd/train/options.h"

typedef struct train_folder {
    char *path;     /* owned; NULL before a folder is chosen. The arguments' `out` is lent from it */
    int number;     /* of a numbered run; 0: another folder */
    bool is_latest; /* runs/latest was set */
} train_folder;

/* Takes the folder *name, and follows it if it is a symbolic link, such as runs/latest: the link may point to another folder
 * before the run ends. Sets *name to the folder's path. Does nothing if *name is NULL. Returns an exit status. */
int train_folder_choose(train_folder *folder, const char **name);

/* Call it before the first file is written: if no folder was chosen, makes the next numbered one. Returns an exit status. */
int train_folder_claim(train_folder *folder, train_arguments *arguments);

/* Refuses a folder that holds a run, unless the options say --resume or --overwrite. Call it before the data are read, and again
 * once the folder is locked. Returns an exit status. */
int train_folder_check(const train_arguments *arguments);

/* Call it when the folder has something to keep: lets runs/latest point to it, unless it points to a newer run. A failure is one
 * warning. */
void train_folder_set_latest(train_folder *folder);

/* Removes a numbered folder that is empty, and frees. */
void train_folder_end(train_folder *folder);

#endif
