/* page_parts.c - see page_parts.h. */
#define _POSIX_C_SOURCE 200809L /* open_memstream() */
#include "cmd/page/page_parts.h"

#include <stdlib.h>

#include "cmd/figures/canvas.h"
#include "cmd/page/html.h"
#include "cmd/page/page_style.h"
#include "cmd/page/page_tables.h"
#include "lib/base/output.h"
#include "lib/base/count.h"

void page_head(FILE *page, const char *title, const char *heading) {
    (void)fprintf(page,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                  "style-src '%s'; base-uri 'none'; form-action 'none'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n"
                  "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>%s</h1>\n",
                  page_style_hash, title, page_style, heading);
}

void page_begin(FILE *page, const char *id, const char *heading) {
    (void)fprintf(page, "<section aria-labelledby=\"%s-heading\" id=\"%s\">\n<h2 id=\"%s-heading\">%s</h2>\n", id, id,
                  id, heading);
}

void page_end(FILE *page) {
    (void)fputs("</section>\n", page);
}

void page_fact(FILE *page, bool whole, const char *name, const char *value, const char *note) {
    (void)fprintf(page, "<div%s><dt>%s</dt><dd>", whole ? " class=\"whole\"" : "", name);
    html_text(page, value);
    (void)fputs("<span>", page);
    html_text(page, note);
    (void)fputs("</span></dd></div>\n", page);
}

void page_share(FILE *page, const char *which, const char *meaning, const findings *found) {
    char right[COUNT_SIZE], rows[COUNT_SIZE];
    (void)fprintf(page,
                  "<p class=\"lead\">of the digits that %s are read right: %s of %s.</p>\n"
                  "<p class=\"quiet\">%s Its 95&nbsp;%% interval is <b>%.2f&nbsp;%% to %.2f&nbsp;%%</b>, by "
                  "Wilson&#39;s formula: so far can chance alone move the figure, with so many digits held out.</p>\n",
                  which, text_count(right, (size_t)found->right), text_count(rows, found->rows), meaning,
                  100.0 * found->low, 100.0 * found->high);
}

void page_put_record(FILE *page, const page_record *record) {
    page_begin(page, "settings", "Settings");
    page_line_table(page, "What the run was told, or took as default", record->settings, record->setting_count);
    page_end(page);
    page_begin(page, "again", "Run it again");
    (void)fputs(
        "<p>This command, in a shell, does the same work on the same data, and on the same kind of machine comes to "
        "the same weights, bit by bit.</p>\n<pre><code>",
        page);
    html_text(page, record->command);
    (void)fputs("</code></pre>\n<p class=\"quiet\">", page);
    html_text(page, record->command_note);
    (void)fputs("</p>\n<h3>Versions</h3>\n", page);
    page_line_table(page, "What it ran with", record->versions, record->version_count);
    (void)fputs("<h3>Files</h3>\n", page);
    page_line_table(page, "Beside this page", record->files, record->file_count);
    page_end(page);
}

void page_no_figures(FILE *page, const char *why) {
    (void)fputs("<p class=\"quiet\">The figures are not here: ", page);
    html_text(page, why);
    (void)fputs(" The numbers are.</p>\n", page);
}

void page_foot(FILE *page, const char *note) {
    (void)fprintf(page, "</main>\n<footer><p>Written by clenet %s. %s</p></footer>\n</body>\n</html>\n",
                  clenet_version(), note);
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
