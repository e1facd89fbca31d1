/* page_models.c - see page_models.h. */
#include "cmd/page/page_models.h"

#include <inttypes.h>

#include "cmd/page/page_parts.h"
#include "lib/base/count.h"

static void put_result(FILE *page, const page_models_facts *facts) {
    char value[64], note[128], meaning[256];
    page_words words = page_words_of(facts->dataset);
    (void)snprintf(meaning, sizeof meaning,
                   "That is the out-of-fold accuracy: each %s is read by the networks that were trained without it, "
                   "so it is that of one network, or of the few that held the %s out, and not yet of all together.",
                   words.image, words.image);
    page_begin_result(page, facts->found != NULL ? facts->found->accuracy : facts->mean);
    if (facts->found != NULL)
        page_share(page, words.images, "a network had not seen", meaning, facts->found);
    else
        html_block(page, "share-training-models", words.images);
    html_block(page, "facts");
    (void)snprintf(value, sizeof value, "%zu", facts->count);
    html_block(page, "fact", "Networks", value, "whose predictions are averaged");
    (void)snprintf(value, sizeof value, "%.2f\xc2\xa0%%", 100.0 * facts->mean);
    (void)snprintf(note, sizeof note, "standard deviation %.2f\xc2\xa0%%", 100.0 * facts->spread);
    html_block(page, "fact", "Mean of the networks", value, note);
    html_block(page, "fact", "Time", facts->time, "for all epochs of all networks");
    html_block(page, "fact-whole", "Device", facts->device, "");
    html_block(page, "facts-end");
    page_end(page);
}

static void put_networks(FILE *page, const page_models_facts *facts) {
    static const char *const columns[] = {"Network", "#Seed", "#Part held out", "#Accuracy", "#Epochs", "#Kept", NULL};
    char text[COUNT_SIZE];
    page_begin(page, "networks", "The networks");
    (void)snprintf(text, sizeof text, "%d", facts->parts);
    html_block(page, facts->parts > 0 ? "networks-parts" : "networks", text);
    page_table_begin(page, "networks-list",
                     facts->parts > 0 ? "Accuracy: on the part that the network holds out, in the epoch that is kept"
                                      : "Accuracy: on the images that are trained on, in the epoch that is kept",
                     columns);
    for (size_t i = 0; i < facts->count; i++) {
        const page_network *network = &facts->networks[i];
        html_block(page, network->linked ? "row-link" : "row", network->name);
        (void)snprintf(text, sizeof text, "%" PRIu64, network->seed);
        html_block(page, "number", text);
        page_table_count(page, (uint64_t)network->part);
        page_table_share(page, network->accuracy);
        page_table_count(page, (uint64_t)network->result.epochs);
        page_table_count(page, (uint64_t)network->result.kept);
        html_block(page, "row-end");
    }
    html_block(page, "table-end");
    page_end(page);
}

static void put_curves(FILE *page, const page_models_facts *facts) {
    page_begin(page, "curves", "How they learned");
    html_block(page, "curves-models");
    bool drawn =
        page_picture(page, facts->folder, "accuracy",
                     "Curves of accuracy over the epochs, a colour for each network; the table has their ends.",
                     "Accuracy by epoch: higher is better", PICTURE_LARGE);
    drawn = page_picture(page, facts->folder, "loss", "Curves of loss over the epochs, a colour for each network.",
                         "Loss by epoch: lower is better", PICTURE_LARGE) &&
            drawn;
    if (!drawn) html_block(page, "no-figures", facts->no_plots);
    page_end(page);
}

static void put_found(FILE *page, const clenet_dataset *dataset, const findings *found) {
    char count[COUNT_SIZE];
    page_words words = page_words_of(dataset);
    page_begin(page, "confusion", words.digits ? "Digit by digit" : "Class by class");
    page_class_table(page, dataset, found);
    page_end(page);
    page_begin(page, "mistakes", "Their mistakes");
    if (found->mistake_count == 0) {
        html_block(page, "mistakes-none", words.image);
    } else {
        html_block(page, "mistakes-models", text_count(count, found->mistake_count), words.images);
        page_mistake_table(page, dataset, found);
    }
    page_end(page);
}

static void put_data(FILE *page, const page_models_facts *facts) {
    char rows[COUNT_SIZE], height[COUNT_SIZE], width[COUNT_SIZE], classes[COUNT_SIZE], held[COUNT_SIZE];
    const clenet_dataset *data = facts->dataset;
    page_begin(page, "data", "The data");
    html_block(page, "data-models", facts->data, text_count(rows, clenet_dataset_rows(data)),
               text_count(height, (uint64_t)clenet_dataset_height(data)),
               text_count(width, (uint64_t)clenet_dataset_width(data)),
               text_count(classes, (uint64_t)clenet_dataset_classes(data)),
               facts->found != NULL ? text_count(held, facts->found->rows) : "None");
    page_end(page);
}

static void put_page(FILE *page, const void *said) {
    const page_models_facts *facts = said;
    bool digits = page_words_of(facts->dataset).digits;
    html_head(page, digits ? "clenet: networks that read digits" : "clenet: networks that read images",
              digits ? "Networks that learned to read handwritten digits, together"
                     : "Networks that learned to read images, together");
    put_result(page, facts);
    put_networks(page, facts);
    put_curves(page, facts);
    if (facts->found != NULL) put_found(page, facts->dataset, facts->found);
    put_data(page, facts);
    page_put_record(page, &facts->record);
    html_block(page, "foot", clenet_version(), "The pages of the networks lie in the folders beside this one.");
}

clenet_status page_models_write(const char *path, const page_models_facts *facts, clenet_error *error) {
    return page_make(path, put_page, facts, error);
}
