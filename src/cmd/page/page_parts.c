/* page_parts.c - see page_parts.h. */
#define _POSIX_C_SOURCE 200809L /* open_memstream() */
#include "cmd/page/page_parts.h"

#include <stdlib.h>

#include "cmd/base/class_list.h"
#include "cmd/page/html.h"
#include "lib/base/output.h"
#include "lib/base/count.h"

page_words page_words_of(const clenet_dataset *dataset) {
    static const page_words digits = {"digit", "Digit", "digit", "digits", true};
    static const page_words others = {"class", "Class", "image", "images", false};
    const class_list classes = class_list_of_dataset(dataset);
    return classes.digits ? digits : others;
}

void page_begin(FILE *page, const char *id, const char *heading) {
    html_block(page, "section", id, heading);
}

void page_begin_result(FILE *page, double share) {
    char text[SHARE_SIZE];
    (void)snprintf(text, sizeof text, "%.2f", 100.0 * share);
    html_block(page, "result", text);
}

void page_end(FILE *page) {
    html_block(page, "section-end");
}

void page_share(FILE *page, const char *things, const char *which, const char *meaning, const findings *found) {
    char right[COUNT_SIZE], rows[COUNT_SIZE], low[SHARE_SIZE], high[SHARE_SIZE];
    (void)snprintf(low, sizeof low, "%.2f", 100.0 * found->low);
    (void)snprintf(high, sizeof high, "%.2f", 100.0 * found->high);
    html_block(page, "share", which, text_count(right, (size_t)found->right), text_count(rows, found->rows), meaning,
               low, high, things);
}

void page_put_record(FILE *page, const page_record *record) {
    page_begin(page, "settings", "Settings");
    page_line_table(page, "What the run was told, or took as default", record->settings, record->setting_count);
    page_end(page);
    page_begin(page, "again", "Run it again");
    html_block(page, "again", record->command, record->command_note);
    page_line_table(page, "What it ran with", record->versions, record->version_count);
    html_block(page, "files");
    page_line_table(page, "Beside this page", record->files, record->file_count);
    page_end(page);
}

clenet_status page_make(const char *path, page_put *put, const void *facts, clenet_error *error) {
    char *bytes = NULL;
    size_t size = 0;
    FILE *page = open_memstream(&bytes, &size);
    bool whole = page != NULL;
    if (page != NULL) {
        put(page, facts);
        whole = ferror(page) == 0;
        whole = fclose(page) == 0 && whole;
    }
    clenet_status status = CLENET_ERROR_MEMORY;
    if (whole)
        status = output_write_whole(path, bytes, size, error);
    else
        (void)snprintf(error->message, sizeof error->message, "cannot have memory for '%s': free memory", path);
    error->status = status;
    free(bytes);
    return status;
}
