/* page_parts.c - see page_parts.h. */
#define _POSIX_C_SOURCE 200809L /* open_memstream() */
#include "cmd/page/page_parts.h"

#include <math.h>
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

void page_begin_page(FILE *page, const page_record *record, const char *what, int reload, const page_section *sections,
                     size_t count, bool answered) {
    char seconds[COUNT_SIZE];
    (void)snprintf(seconds, sizeof seconds, "%d", reload);
    html_head(page, record->name, what, record->date, reload > 0 ? seconds : NULL);
    html_block(page, "nav");
    for (size_t i = 0; i < count; i++)
        if (answered || !sections[i].of_answers) html_block(page, "nav-link", sections[i].id, sections[i].label);
    html_block(page, "nav-end");
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

const char *page_percent(char text[SHARE_SIZE], double share) {
    (void)snprintf(text, SHARE_SIZE, "%.2f\xc2\xa0%%", 100.0 * share);
    return text;
}

double page_score_share(page_score score) {
    return score.rows > 0 ? (double)score.right / (double)score.rows : (double)NAN;
}

void page_share(FILE *page, const char *images, const char *which, page_score score) {
    char right[COUNT_SIZE], rows[COUNT_SIZE];
    html_block(page, "share", images, which, text_count(right, score.right), text_count(rows, score.rows));
}

void page_left_out(FILE *page, page_score score) {
    char count[COUNT_SIZE];
    if (score.left_out > 0) html_block(page, "left-out", text_count(count, score.left_out));
}

void page_meaning(FILE *page, const char *images, const char *meaning, page_score score) {
    char low[SHARE_SIZE], high[SHARE_SIZE];
    double from, to;
    findings_interval(&from, &to, score.right, score.rows);
    html_block(page, "meaning", meaning, page_percent(low, from), page_percent(high, to), images);
}

void page_put_record(FILE *page, const page_record *record, const char *folder) {
    page_begin(page, "settings", "Settings");
    page_line_table(page, "The options of this run, given or default", record->settings, record->setting_count);
    page_end(page);
    page_begin(page, "again", "Run it again");
    html_block(page, "again", record->command, record->command_note);
    page_line_table(page, "What it ran with", record->versions, record->version_count);
    html_block(page, "files");
    page_file_table(page, folder, record);
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
        (void)snprintf(error->message, sizeof error->message, "out of memory (writing '%s')", path);
    error->status = status;
    free(bytes);
    return status;
}
