/* page_models.c - see page_models.h. */
#include "cmd/page/page_models.h"

#include <inttypes.h>

#include "cmd/figures/canvas.h"
#include "cmd/page/html.h"
#include "cmd/page/page_parts.h"
#include "cmd/page/page_pictures.h"
#include "cmd/page/page_tables.h"
#include "lib/base/count.h"

static void put_result(FILE *page, const page_models_facts *facts) {
    char heading[128], value[64], note[128];
    (void)snprintf(heading, sizeof heading, "%.2f<small>&nbsp;%%</small>",
                   100.0 * (facts->found != NULL ? facts->found->accuracy : facts->mean));
    page_begin(page, "result", heading);
    if (facts->found != NULL)
        page_share(page, "a network had not seen",
                   "That is the out-of-fold accuracy: each digit is read by the networks that were trained without it, "
                   "so it is that of one network, or of the few that held the digit out, and not yet of all together.",
                   facts->found);
    else
        (void)fputs("<p class=\"lead\">of the digits that they were trained on were read right, as a mean of the "
                    "networks.</p>\n<p class=\"quiet\">No images were held out, so how well they read others is not "
                    "known: train with <code>--folds 5</code> to see that.</p>\n",
                    page);
    (void)fputs("<dl class=\"facts\">\n", page);
    (void)snprintf(value, sizeof value, "%zu", facts->count);
    page_fact(page, false, "Networks", value, "whose predictions are averaged");
    (void)snprintf(value, sizeof value, "%.2f\xc2\xa0%%", 100.0 * facts->mean);
    (void)snprintf(note, sizeof note, "standard deviation %.2f\xc2\xa0%%", 100.0 * facts->spread);
    page_fact(page, false, "Mean of the networks", value, note);
    page_fact(page, false, "Time", facts->time, "for all epochs of all networks");
    page_fact(page, true, "Device", facts->device, "");
    (void)fputs("</dl>\n", page);
    page_end(page);
}

static void put_name(FILE *page, const page_network *network) {
    (void)fputs("<tr><th scope=\"row\">", page);
    if (network->linked) {
        (void)fputs("<a href=\"", page);
        html_text(page, network->name);
        (void)fputs("/report.html\">", page);
    }
    html_text(page, network->name);
    (void)fprintf(page, "%s</th>", network->linked ? "</a>" : "");
}

static void put_networks(FILE *page, const page_models_facts *facts) {
    static const char *const columns[] = {"Network", "#Seed", "#Part held out", "#Accuracy", "#Epochs", "#Kept", NULL};
    page_begin(page, "networks", "The networks");
    (void)fputs("<p>Each begins with other weights, and sees the images in another order", page);
    if (facts->parts > 0)
        (void)fprintf(page,
                      "; the images are cut into %d parts, of which each network holds out the next one, round and "
                      "round",
                      facts->parts);
    (void)fputs(". Its name leads to its own page, with its curves and its mistakes.</p>\n", page);
    page_table_begin(page, "networks-list",
                     facts->parts > 0 ? "Accuracy: on the part that the network holds out, in the epoch that is kept"
                                      : "Accuracy: on the images that are trained on, in the epoch that is kept",
                     columns);
    for (size_t i = 0; i < facts->count; i++) {
        const page_network *network = &facts->networks[i];
        put_name(page, network);
        (void)fprintf(page, "<td class=\"number\">%" PRIu64 "</td>", network->seed);
        page_table_count(page, (uint64_t)network->part);
        page_table_share(page, network->accuracy);
        page_table_count(page, (uint64_t)network->result.epochs);
        page_table_count(page, (uint64_t)network->result.kept);
        (void)fputs("</tr>\n", page);
    }
    page_table_end(page);
    page_end(page);
}

static void put_curves(FILE *page, const page_models_facts *facts) {
    page_begin(page, "curves", "How they learned");
    (void)fputs(
        "<p>In an epoch a network sees every image that it trains on once. Where the curves lie close together, "
        "which network it is counts little.</p>\n",
        page);
    bool drawn =
        page_picture(page, facts->folder, "accuracy",
                     "Curves of accuracy over the epochs, a colour for each network; the table has their ends.",
                     "Accuracy by epoch: higher is better", PICTURE_LARGE);
    drawn = page_picture(page, facts->folder, "loss", "Curves of loss over the epochs, a colour for each network.",
                         "Loss by epoch: lower is better", PICTURE_LARGE) &&
            drawn;
    if (!drawn) page_no_figures(page, facts->no_plots);
    page_end(page);
}

static void put_found(FILE *page, const findings *found) {
    char count[COUNT_SIZE];
    page_begin(page, "confusion", "Digit by digit");
    page_class_table(page, found);
    page_end(page);
    page_begin(page, "mistakes", "Their mistakes");
    if (found->mistake_count == 0) {
        (void)fputs("<p>None: every digit held out is read right.</p>\n", page);
    } else {
        (void)fprintf(page, "<p>They read %s of the digits held out wrong.</p>\n",
                      text_count(count, found->mistake_count));
        page_mistake_table(page, found);
    }
    page_end(page);
}

static void put_data(FILE *page, const page_models_facts *facts) {
    char rows[COUNT_SIZE], held[COUNT_SIZE];
    const clenet_dataset *data = facts->dataset;
    page_begin(page, "data", "The data");
    (void)fputs("<p>", page);
    html_text(page, facts->data);
    (void)fprintf(page, ": %s images of %d\xc3\x97%d in %d classes. %s of them were held out by a network.</p>\n",
                  text_count(rows, clenet_dataset_rows(data)), clenet_dataset_height(data), clenet_dataset_width(data),
                  clenet_dataset_classes(data), facts->found != NULL ? text_count(held, facts->found->rows) : "None");
    page_end(page);
}

static void put_page(FILE *page, const void *said) {
    const page_models_facts *facts = said;
    page_head(page, "clenet: networks that read digits", "Networks that learned to read handwritten digits, together");
    put_result(page, facts);
    put_networks(page, facts);
    put_curves(page, facts);
    if (facts->found != NULL) put_found(page, facts->found);
    put_data(page, facts);
    page_put_record(page, &facts->record);
    page_foot(page, "The pages of the networks lie in the folders beside this one.");
}

clenet_status page_models_write(const char *path, const page_models_facts *facts, clenet_error *error) {
    return page_make(path, put_page, facts, error);
}
