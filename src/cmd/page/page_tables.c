/* page_tables.c - see page_parts.h. Each table scrolls in a frame if a telephone is too narrow for it. */
#include "cmd/page/page_parts.h"

#include <math.h>

#include "cmd/page/html.h"
#include "lib/base/count.h"

void page_table_begin(FILE *page, const char *name, const char *caption, const char *const *columns) {
    if (caption != NULL) html_block(page, "caption", name, caption);
    html_block(page, "table", name);
    for (; *columns != NULL; columns++) {
        bool numbers = **columns == '#';
        html_block(page, numbers ? "number-column" : "column", *columns + numbers);
    }
    html_block(page, "table-rows");
}

void page_table_count(FILE *page, uint64_t count) {
    char text[COUNT_SIZE];
    html_block(page, "number", text_count(text, count));
}

/* places: after the point. */
static void put_number(FILE *page, double number, int places, const char *unit) {
    char text[64] = "\xe2\x80\x93"; /* a dash: there is no number */
    if (!isnan(number)) (void)snprintf(text, sizeof text, "%.*f%s", places, number, unit);
    html_block(page, "number", text);
}

void page_table_share(FILE *page, double share) {
    put_number(page, 100.0 * share, 2, "\xc2\xa0%");
}

/* Begins a row that a whole number heads. */
static void begin_row(FILE *page, int number, const char *note) {
    char text[64];
    (void)snprintf(text, sizeof text, "%d%s", number, note);
    html_block(page, "row", text);
}

void page_epoch_table(FILE *page, const history *run) {
    static const char *const columns[] = {
        "Epoch", "#Training accuracy", "#Validation accuracy", "#Training loss", "#Validation loss", "#Seconds", NULL};
    page_table_begin(page, "epochs", NULL, columns);
    for (size_t i = 0; i < run->count; i++) {
        const clenet_epoch *epoch = &run->epochs[i];
        begin_row(page, epoch->epoch, epoch->epoch == run->kept ? ", kept" : "");
        page_table_share(page, epoch->accuracy);
        page_table_share(page, epoch->val_accuracy);
        put_number(page, epoch->loss, 4, "");
        put_number(page, epoch->val_loss, 4, "");
        put_number(page, epoch->seconds, 2, "");
        html_block(page, "row-end");
    }
    html_block(page, "table-end");
}

void page_class_table(FILE *page, const clenet_dataset *dataset, const findings *found) {
    page_words words = page_words_of(dataset);
    const char *const columns[] = {words.Class, "#Images", "#Read right", "#Recall", "#Precision", NULL};
    char caption[192];
    (void)snprintf(caption, sizeof caption,
                   "Recall: the share of the images of this %s that were predicted right. Precision: the share of the "
                   "predictions of this %s that were right.",
                   words.class, words.class);
    page_table_begin(page, "classes", caption, columns);
    for (int i = 0; i < found->classes; i++) {
        const findings_class *of = &found->by_class[i];
        html_block(page, "row", clenet_dataset_class_name(dataset, i));
        page_table_count(page, of->support);
        page_table_count(page, of->right);
        page_table_share(page, of->recall);
        page_table_share(page, of->precision);
        html_block(page, "row-end");
    }
    html_block(page, "table-end");
}

void page_mistake_table(FILE *page, const clenet_dataset *dataset, const findings *found) {
    static const char *const columns[] = {
        "Row of the data", "#True label", "#Predicted", "#Confidence", "#Probability of true label", NULL};
    page_table_begin(page, "rows",
                     "The wrong predictions that the network was most confident about. Rows count from 1, as in clenet "
                     "show --index.",
                     columns);
    for (size_t i = 0; i < found->mistake_count && i < TABLE_MISTAKES; i++) {
        char text[COUNT_SIZE];
        const findings_mistake *wrong = &found->mistakes[i];
        (void)snprintf(text, sizeof text, "%u", (unsigned)wrong->row + 1);
        html_block(page, "row", text);
        html_block(page, "number", clenet_dataset_class_name(dataset, wrong->truth));
        html_block(page, "number", clenet_dataset_class_name(dataset, wrong->prediction));
        page_table_share(page, findings_sure(wrong));
        page_table_share(page, (double)wrong->truth_probability);
        html_block(page, "row-end");
    }
    html_block(page, "table-end");
}

static size_t count_class(const uint8_t *labels, const uint32_t *rows, size_t count, int class) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += labels[rows[i]] == class;
    return found;
}

void page_rows_table(FILE *page, const page_facts *facts) {
    page_words words = page_words_of(facts->dataset);
    const char *const columns[] = {words.Class, "#Trained on", "#Held out", NULL};
    char caption[64];
    const uint8_t *labels = clenet_dataset_labels(facts->dataset);
    (void)snprintf(caption, sizeof caption, "How many images show each %s", words.class);
    page_table_begin(page, "digits", caption, columns);
    for (int i = 0; labels != NULL && i < clenet_dataset_classes(facts->dataset); i++) {
        html_block(page, "row", clenet_dataset_class_name(facts->dataset, i));
        page_table_count(page, count_class(labels, facts->training, facts->training_count, i));
        page_table_count(page, count_class(labels, facts->validation, facts->validation_count, i));
        html_block(page, "row-end");
    }
    html_block(page, "table-end");
}

void page_layer_table(FILE *page, const clenet_network *network) {
    static const char *const columns[] = {"Layer", "Output", "#Parameters", NULL};
    page_table_begin(page, "layers", "Layer by layer; running averages count as parameters", columns);
    for (size_t i = 0; i < clenet_network_layers(network); i++) {
        clenet_shape shape = clenet_network_output(network, i);
        char text[64];
        if (clenet_network_flat(network, i))
            (void)snprintf(text, sizeof text, "%d numbers", shape.channels);
        else
            (void)snprintf(text, sizeof text, "%d maps of %d\xc3\x97%d", shape.channels, shape.height, shape.width);
        char name[64];
        (void)snprintf(name, sizeof name, "%s%s", clenet_network_layer_name(network, i),
                       clenet_network_layer(network, i)->frozen ? ", frozen" : "");
        html_block(page, "row", name);
        html_block(page, "cell", text);
        page_table_count(page, clenet_network_trained(network, i) + clenet_network_moving(network, i));
        html_block(page, "row-end");
    }
    html_block(page, "table-end");
}

void page_line_table(FILE *page, const char *caption, const page_line *lines, size_t count) {
    html_block(page, "lines", caption);
    for (size_t i = 0; i < count; i++) html_block(page, "line", lines[i].name, lines[i].value, lines[i].note);
    html_block(page, "lines-end");
}
