/* page.c - see page.h. */
#include "cmd/page/page.h"

#include <math.h>

#include "cmd/page/page_parts.h"
#include "lib/base/count.h"

enum { ALT_SIZE = 256 };

/* ---- curves and confusion ------------------------------------------------------------------------------------------- */

/* validation: NaN if no images are held out. */
static void describe_curve(char alt[ALT_SIZE], const char *what, const clenet_training_result *result, double training,
                           double validation) {
    int length = snprintf(alt, ALT_SIZE, "Curve of %s over %d epochs; in epoch %d, which was kept, training %.4f", what,
                          result->epochs, result->kept, training);
    if (isnan(validation))
        (void)snprintf(alt + length, ALT_SIZE - (size_t)length, ".");
    else
        (void)snprintf(alt + length, ALT_SIZE - (size_t)length, ", validation %.4f.", validation);
}

static bool has_layer(const clenet_network *network, clenet_layer_kind kind) {
    for (size_t i = 0; i < clenet_network_layers(network); i++)
        if (clenet_network_layer(network, i)->kind == kind) return true;
    return false;
}

static void put_curves(FILE *page, const page_facts *facts) {
    char alt[ALT_SIZE];
    const clenet_epoch *best = &facts->result->best;
    page_begin(page, "curves", "How it learned");
    html_block(page, "curves");
    if (has_layer(facts->network, CLENET_DROPOUT)) html_block(page, "curves-dropout");
    html_block(page, "pair");
    describe_curve(alt, "accuracy", facts->result, best->accuracy, best->val_accuracy);
    bool drawn =
        page_picture(page, facts->folder, "accuracy", alt, "Accuracy by epoch: higher is better", PICTURE_PLAIN);
    describe_curve(alt, "loss", facts->result, best->loss, best->val_loss);
    drawn = page_picture(page, facts->folder, "loss", alt, "Loss by epoch: lower is better", PICTURE_PLAIN) && drawn;
    html_block(page, "pair-end");
    if (!drawn && facts->live != NULL && facts->no_plots[0] == '\0')
        html_block(page, "figures-later");
    else if (!drawn)
        html_block(page, "no-figures", facts->no_plots);
    html_block(page, "epochs", drawn && facts->live == NULL ? "" : " open");
    page_epoch_table(page, facts->epochs);
    html_block(page, "details-end");
    page_end(page);
}

/* The most frequent confusion: "12 times a 4 was read as a 9"; "" without mistakes. */
static void describe_confusion(char *text, size_t size, const clenet_dataset *dataset, const findings *found) {
    int classes = found->classes, truth = 0, taken = 0;
    uint64_t most = 0;
    for (int i = 0; i < classes; i++) {
        for (int j = 0; j < classes; j++) {
            uint64_t count = found->confusion[i * classes + j];
            if (i == j || count <= most) continue;
            most = count, truth = i, taken = j;
        }
    }
    bool digits = page_words_of(dataset).digits;
    const char *left = digits ? "a " : "\xe2\x80\x9c", *right = digits ? "" : "\xe2\x80\x9d";
    if (most == 0)
        (void)snprintf(text, size, "No mistakes.");
    else
        (void)snprintf(text, size, "The most frequent mistake: %llu times, %s%s%s was read as %s%s%s.",
                       (unsigned long long)most, left, clenet_dataset_class_name(dataset, truth), right, left,
                       clenet_dataset_class_name(dataset, taken), right);
}

static void put_confusion(FILE *page, const page_facts *facts) {
    char most[256], alt[384], text[96];
    page_words words = page_words_of(facts->dataset);
    describe_confusion(most, sizeof most, facts->dataset, facts->found);
    (void)snprintf(alt, sizeof alt, "Confusion matrix: true %s by predicted %s. %s", words.class, words.class, most);
    page_begin(page, "confusion", words.digits ? "Which digits it confuses" : "Which classes it confuses");
    (void)snprintf(text, sizeof text, "Rows: the true %s. Columns: the predicted %s.", words.class, words.class);
    html_block(page, "confusion", most);
    (void)page_picture(page, facts->folder, "confusion", alt, text, PICTURE_PLAIN);
    html_block(page, "by-class", words.Class, words.class);
    page_class_table(page, facts->dataset, facts->found);
    page_end(page);
}

static void put_mistakes(FILE *page, const page_facts *facts) {
    const findings *found = facts->found;
    char count[COUNT_SIZE], shown[COUNT_SIZE], alt[160];
    page_words words = page_words_of(facts->dataset);
    page_begin(page, "mistakes", "Its mistakes");
    if (found->mistake_count == 0) {
        html_block(page, "mistakes-none", words.image);
        page_end(page);
        return;
    }
    (void)snprintf(shown, sizeof shown, "%zu",
                   found->mistake_count < TABLE_MISTAKES ? found->mistake_count : (size_t)TABLE_MISTAKES);
    html_block(page, found->mistake_count == 1 ? "mistakes-one" : "mistakes", text_count(count, found->mistake_count),
               words.images, shown);
    (void)snprintf(alt, sizeof alt,
                   "The %s of the wrong predictions that the network was most confident about; the table below lists "
                   "them.",
                   words.images);
    bool drawn = page_picture(page, facts->folder, "mistakes", alt,
                              "Below each image: its true label, the prediction, and the network's confidence in it",
                              PICTURE_PLAIN);
    html_block(page, "as-table", drawn ? "" : " open");
    page_mistake_table(page, facts->dataset, found);
    html_block(page, "details-end");
    page_end(page);
}

/* ---- data and network --------------------------------------------------------------------------------------- */

static void put_data(FILE *page, const page_facts *facts) {
    char rows[COUNT_SIZE], height[COUNT_SIZE], width[COUNT_SIZE], classes[COUNT_SIZE], trained[COUNT_SIZE],
        held[COUNT_SIZE];
    const clenet_dataset *data = facts->dataset;
    page_begin(page, "data", "The data");
    html_block(page, facts->validation_count > 0 ? "data" : "data-whole", facts->data,
               text_count(rows, clenet_dataset_rows(data)), text_count(height, (uint64_t)clenet_dataset_height(data)),
               text_count(width, (uint64_t)clenet_dataset_width(data)),
               text_count(classes, (uint64_t)clenet_dataset_classes(data)), text_count(trained, facts->training_count),
               text_count(held, facts->validation_count));
    html_block(page, "three");
    (void)page_picture(page, facts->folder, "digits", "Eight images of the data, each with its label.",
                       "Some of the data, with labels", PICTURE_PLAIN);
    (void)page_picture(page, facts->folder, "training-digits", "Eight of the training images, with their labels.",
                       "Some training images", PICTURE_PLAIN);
    (void)page_picture(page, facts->folder, "validation-digits", "Eight of the images held out, with their labels.",
                       "Some images held out", PICTURE_PLAIN);
    html_block(page, "pair-end");
    page_rows_table(page, facts);
    page_end(page);
}

static void put_network(FILE *page, const page_facts *facts) {
    size_t trained = 0, moving = 0;
    char layers[COUNT_SIZE], learned[COUNT_SIZE], averages[COUNT_SIZE];
    const clenet_network *network = facts->network;
    for (size_t i = 0; i < clenet_network_layers(network); i++)
        trained += clenet_network_trained(network, i), moving += clenet_network_moving(network, i);
    page_begin(page, "network", "The network");
    html_block(page, "network", text_count(layers, clenet_network_layers(network)), text_count(learned, trained),
               text_count(averages, moving));
    if (has_layer(network, CLENET_CONV2D)) html_block(page, "network-convolutions");
    (void)page_picture(
        page, facts->folder, "architecture",
        "The network as a row of feature maps, from the image to the classes; the table below has their sizes.",
        "From the image, on the left, to the prediction, on the right", PICTURE_WIDE);
    page_layer_table(page, network);
    (void)page_picture(page, facts->folder, "filters", "The weights of the convolutions as small squares of colour.",
                       "The weights of the convolutions. Orange: positive weights. Blue, with a hole: negative weights",
                       PICTURE_PLAIN);
    page_end(page);
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static void put_head(FILE *page, const page_facts *facts) {
    static const page_section sections[] = {
        {"result", "Result", false},     {"curves", "Curves", false},      {"confusion", "Confusion", true},
        {"mistakes", "Mistakes", true},  {"data", "Data", false},          {"network", "Network", false},
        {"settings", "Settings", false}, {"again", "Run it again", false}, {"files", "Files", false}};
    bool digits = page_words_of(facts->dataset).digits;
    page_begin_page(page, &facts->record,
                    facts->live != NULL ? (digits ? "a network that is learning to read handwritten digits"
                                                  : "a network that is learning to read images")
                                        : (digits ? "a network that learned to read handwritten digits"
                                                  : "a network that learned to read images"),
                    facts->live != NULL ? facts->live->reload : 0, sections, sizeof sections / sizeof sections[0],
                    facts->found != NULL);
}

static void put_page(FILE *page, const void *said) {
    const page_facts *facts = said;
    put_head(page, facts);
    page_put_result(page, facts);
    put_curves(page, facts);
    if (facts->found != NULL) {
        put_confusion(page, facts);
        put_mistakes(page, facts);
    }
    put_data(page, facts);
    put_network(page, facts);
    page_put_record(page, &facts->record, facts->folder);
    html_block(page, "foot", clenet_version(), "All of this page is in this one file.");
}

clenet_status page_write(const char *path, const page_facts *facts, clenet_error *error) {
    return page_make(path, put_page, facts, error);
}
