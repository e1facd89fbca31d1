/* page_files.c - see page_parts.h. Links to the files of a run, which are in the folder of its page. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void page_draw_link(FILE *page, const char *folder, bool digits) {
    if (is_there(folder, "draw.html"))
        html_block(page, "draw-link",
                   digits ? "Draw a digit, and watch it being read"
                          : "Draw or drop a picture, and watch it being read");
}

static void put_figures(FILE *page, const char *folder, const char *format) {
    static const char *const names[] = {"accuracy",          "loss",         "confusion",
                                        "mistakes",          "digits",       "training-digits",
                                        "validation-digits", "architecture", "filters"};
    bool begun = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char file[64];
        (void)snprintf(file, sizeof file, "%s.%s", names[i], format);
        if (!is_there(folder, file)) continue;
        if (!begun) html_block(page, "figure-files");
        html_block(page, "figure-file", file);
        begun = true;
    }
    if (begun) html_block(page, "figure-files-end");
}

void page_file_table(FILE *page, const char *folder, const page_record *record) {
    html_block(page, "lines", "In the folder of this page");
    for (size_t i = 0; i < record->file_count; i++) {
        const page_line *file = &record->files[i];
        if (is_there(folder, file->name)) html_block(page, "file", file->name, file->value, file->note);
    }
    put_figures(page, folder, record->format);
    html_block(page, "lines-end");
}
