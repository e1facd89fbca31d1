/* page_files.c - see page_parts.h. Links to the files of a run, which are in the folder of its page. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/figures/canvas.h"
#include "cmd/page/html.h"
#include "cmd/page/page_parts.h"

static bool is_there(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path == NULL) return false;
    (void)snprintf(path, size, "%s/%s", folder, name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static void put_figures(FILE *page, const char *folder) {
    static const char *const names[] = {"accuracy",          "loss",         "confusion",
                                        "mistakes",          "digits",       "training-digits",
                                        "validation-digits", "architecture", "filters"};
    bool begun = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (int format = FIGURE_SVG; format < FIGURE_NONE; format++) {
            char file[64];
            (void)snprintf(file, sizeof file, "%s.%s", names[i], figure_formats[format]);
            if (!is_there(folder, file)) continue;
            if (!begun) html_block(page, "figure-files");
            html_block(page, "figure-file", file);
            begun = true;
        }
    }
    if (begun) html_block(page, "figure-files-end");
}

void page_file_table(FILE *page, const char *folder, const page_line *files, size_t count) {
    html_block(page, "lines", "In the folder of this page");
    for (size_t i = 0; i < count; i++)
        if (is_there(folder, files[i].name)) html_block(page, "file", files[i].name, files[i].value, files[i].note);
    put_figures(page, folder);
    html_block(page, "lines-end");
}
