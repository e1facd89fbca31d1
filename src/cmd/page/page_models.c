/* page_models.c - see page_models.h. */
#include "cmd/page/page_models.h"

#include <inttypes.h>

#include "cmd/page/page_parts.h"
#include "lib/base/count.h"

enum { MEANING_SIZE = 384, NAME_SIZE = 256 };

/* Of the ensemble, on the file of --test. */
static void put_tested(FILE *page, const page_models_facts *facts, page_words words) {
    char which[NAME_SIZE], text[MEANING_SIZE], share[SHARE_SIZE];
    (void)snprintf(which, sizeof which, "in %.200s", facts->test);
    page_share(page, words.images, which, facts->tested);
    page_meaning(
        page, words.images,
        "This is the test accuracy of all networks together. They did not train on these images, and no epoch was "
        "chosen by them, so expect about the same on new images like these.",
        facts->tested);
    page_left_out(page, facts->tested);
    if (facts->found == NULL) return;
    (void)snprintf(text, sizeof text,
                   "Each training image was also judged by networks that did not train on it: %s are read right%s.",
                   page_percent(share, facts->found->accuracy),
                   facts->best ? ", slightly too good, because the epochs were chosen by these images" : "");
    html_block(page, "note", text);
}

/* On the images held out. If the best epochs were kept, they were chosen by these images: then the share after the last epochs,
 * which were not chosen, is the result. */
static void put_held(FILE *page, const page_models_facts *facts, page_words words) {
    char text[MEANING_SIZE], share[SHARE_SIZE];
    bool last = facts->best && facts->last.rows == facts->found->rows;
    const page_score kept = {.right = facts->found->right, .rows = facts->found->rows};
    const page_score score = last ? facts->last : kept;
    page_begin_result(page, page_score_share(score));
    page_share(page, words.images, "held out", score);
    (void)snprintf(text, sizeof text,
                   "Each %s was judged by a network that did not train on it%s. So expect %s of one network on new %s; "
                   "all networks together usually do slightly better.",
                   words.image, last ? ", after the last epoch of that network" : "",
                   facts->best && !last ? "slightly less" : "about the same", words.images);
    page_meaning(page, words.images, text, score);
    if (!last) return;
    (void)snprintf(text, sizeof text,
                   "The epochs that were kept reached %s on these %s. They were chosen because they did best on these "
                   "very %s, so that figure is slightly too good.",
                   page_percent(share, facts->found->accuracy), words.images, words.images);
    html_block(page, "note", text);
}

static void put_result(FILE *page, const page_models_facts *facts) {
    char value[64], note[128];
    page_words words = page_words_of(facts->dataset);
    if (facts->tested.rows > 0) {
        page_begin_result(page, page_score_share(facts->tested));
        put_tested(page, facts, words);
    } else if (facts->found != NULL) {
        put_held(page, facts, words);
    } else {
        page_begin_result(page, facts->mean);
        html_block(page, "share-training-models", words.images);
    }
    page_draw_link(page, facts->folder, words.digits);
    html_block(page, "facts");
    (void)snprintf(value, sizeof value, "%zu", facts->count);
    html_block(page, "fact", "Networks", value, "their predictions are averaged");
    (void)snprintf(value, sizeof value, "%.2f\xc2\xa0%%", 100.0 * facts->mean);
    (void)snprintf(note, sizeof note, "standard deviation %.2f\xc2\xa0%%", 100.0 * facts->spread);
    html_block(page, "fact", "Mean of the networks", value, note);
    html_block(page, "fact", "Time", facts->time, "for all epochs of all networks");
    html_block(page, "fact-whole", "Device", facts->device, "");
    html_block(page, "facts-end");
    page_end(page);
}

static void put_networks(FILE *page, const page_models_facts *facts) {
    static const char *const columns[] = {"Network",     "#Seed", "#Part held out", "#Accuracy", "#Epochs",
                                          "#Kept epoch", NULL};
    char text[COUNT_SIZE];
    page_begin(page, "networks", "The networks");
    (void)snprintf(text, sizeof text, "%d", facts->parts);
    html_block(page, facts->parts > 0 ? "networks-parts" : "networks", text);
    page_table_begin(page, "networks-list",
                     facts->parts > 0 ? "Accuracy: on the part held out, in the kept epoch"
                                      : "Accuracy: on the training images, in the kept epoch",
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
                     "Curves of accuracy over the epochs, a colour for each network; the table has the final values.",
                     "Accuracy by epoch: higher is better", PICTURE_PLAIN);
    drawn = page_picture(page, facts->folder, "loss", "Curves of loss over the epochs, a colour for each network.",
                         "Loss by epoch: lower is better", PICTURE_PLAIN) &&
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

static void put_head(FILE *page, const page_models_facts *facts) {
    static const page_section sections[] = {
        {"result", "Result", false},      {"networks", "Networks", false},  {"curves", "Curves", false},
        {"confusion", "Confusion", true}, {"mistakes", "Mistakes", true},   {"data", "Data", false},
        {"settings", "Settings", false},  {"again", "Run it again", false}, {"files", "Files", false}};
    bool digits = page_words_of(facts->dataset).digits;
    page_begin_page(page, &facts->record,
                    digits ? "networks that learned to read handwritten digits, together"
                           : "networks that learned to read images, together",
                    0, sections, sizeof sections / sizeof sections[0], facts->found != NULL);
}

static void put_page(FILE *page, const void *said) {
    const page_models_facts *facts = said;
    put_head(page, facts);
    put_result(page, facts);
    put_networks(page, facts);
    put_curves(page, facts);
    if (facts->found != NULL) put_found(page, facts->dataset, facts->found);
    put_data(page, facts);
    page_put_record(page, &facts->record, facts->folder);
    html_block(page, "foot", clenet_version(), "Each network has a page in its folder.");
}

clenet_status page_models_write(const char *path, const page_models_facts *facts, clenet_error *error) {
    return page_make(path, put_page, facts, error);
}
