/* page_tables.c - see page_tables.h. Each table scrolls in a frame if a telephone is too narrow for it. */
#include "cmd/page/page_tables.h"

#include <math.h>

#include "cmd/figures/canvas.h"
#include "cmd/page/html.h"
#include "lib/base/count.h"

static const char *const number = " class=\"number\"";

void page_table_begin(FILE *page, const char *name, const char *caption, const char *const *columns) {
    if (caption != NULL) {
        (void)fprintf(page, "<p class=\"caption\" id=\"%s-caption\">", name);
        html_text(page, caption);
        (void)fputs("</p>\n", page);
    }
    (void)fprintf(page,
                  "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"%s-caption\">"
                  "<table aria-labelledby=\"%s-caption\"><thead><tr>",
                  name, name);
    for (; *columns != NULL; columns++) {
        bool numbers = **columns == '#';
        (void)fprintf(page, "<th scope=\"col\"%s>", numbers ? number : "");
        html_text(page, *columns + (numbers ? 1 : 0));
        (void)fputs("</th>", page);
    }
    (void)fputs("</tr></thead><tbody>\n", page);
}

void page_table_end(FILE *page) {
    (void)fputs("</tbody></table></div>\n", page);
}

void page_table_count(FILE *page, uint64_t count) {
    char text[COUNT_SIZE];
    (void)fprintf(page, "<td%s>%s</td>", number, text_count(text, (size_t)count));
}

void page_table_share(FILE *page, double share) {
    if (isnan(share))
        (void)fprintf(page, "<td%s>\xe2\x80\x93</td>", number);
    else
        (void)fprintf(page, "<td%s>%.2f\xc2\xa0%%</td>", number, 100.0 * share);
}

static void put_loss(FILE *page, double loss) {
    if (isnan(loss))
        (void)fprintf(page, "<td%s>\xe2\x80\x93</td>", number);
    else
        (void)fprintf(page, "<td%s>%.4f</td>", number, loss);
}

void page_epoch_table(FILE *page, const history *run) {
    static const char *const columns[] = {
        "Epoch", "#Training accuracy", "#Validation accuracy", "#Training loss", "#Validation loss", "#Seconds", NULL};
    page_table_begin(page, "epochs", NULL, columns);
    for (size_t i = 0; i < run->count; i++) {
        const clenet_epoch *epoch = &run->epochs[i];
        (void)fprintf(page, "<tr><th scope=\"row\">%d%s</th>", epoch->epoch, epoch->epoch == run->kept ? ", kept" : "");
        page_table_share(page, epoch->accuracy);
        page_table_share(page, epoch->val_accuracy);
        put_loss(page, epoch->loss);
        put_loss(page, epoch->val_loss);
        (void)fprintf(page, "<td%s>%.2f</td></tr>\n", number, epoch->seconds);
    }
    page_table_end(page);
}

void page_class_table(FILE *page, const findings *found) {
    static const char *const columns[] = {"Digit", "#Images", "#Read right", "#Recall", "#Precision", NULL};
    page_table_begin(
        page, "classes",
        "Recall: of the images that show this digit, those that were read as it. Precision: of the images that "
        "were read as this digit, those that show it.",
        columns);
    for (int i = 0; i < found->classes; i++) {
        const findings_class *of = &found->by_class[i];
        (void)fprintf(page, "<tr><th scope=\"row\">%d</th>", i);
        page_table_count(page, of->support);
        page_table_count(page, of->right);
        page_table_share(page, of->recall);
        page_table_share(page, of->precision);
        (void)fputs("</tr>\n", page);
    }
    page_table_end(page);
}

void page_mistake_table(FILE *page, const findings *found) {
    static const char *const columns[] = {"Row of the data", "#It shows",     "#Read as",
                                          "#Sure by",        "#Of the truth", NULL};
    page_table_begin(page, "rows",
                     "The mistakes that the network doubted least. Rows count from 1, as in clenet show --index.",
                     columns);
    for (size_t i = 0; i < found->mistake_count && i < TABLE_MISTAKES; i++) {
        const findings_mistake *wrong = &found->mistakes[i];
        (void)fprintf(page, "<tr><th scope=\"row\">%u</th><td%s>%d</td><td%s>%d</td>", (unsigned)wrong->row + 1, number,
                      wrong->truth, number, wrong->prediction);
        page_table_share(page, findings_sure(wrong));
        page_table_share(page, (double)wrong->truth_probability);
        (void)fputs("</tr>\n", page);
    }
    page_table_end(page);
}

static size_t count_class(const uint8_t *labels, const uint32_t *rows, size_t count, int class) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += labels[rows[i]] == class;
    return found;
}

void page_rows_table(FILE *page, const page_facts *facts) {
    static const char *const columns[] = {"Digit", "#Trained on", "#Held out", NULL};
    const uint8_t *labels = clenet_dataset_labels(facts->dataset);
    page_table_begin(page, "digits", "How many images show each digit", columns);
    for (int i = 0; labels != NULL && i < clenet_dataset_classes(facts->dataset); i++) {
        (void)fprintf(page, "<tr><th scope=\"row\">%d</th>", i);
        page_table_count(page, count_class(labels, facts->training, facts->training_count, i));
        page_table_count(page, count_class(labels, facts->validation, facts->validation_count, i));
        (void)fputs("</tr>\n", page);
    }
    page_table_end(page);
}

void page_layer_table(FILE *page, const clenet_network *network) {
    static const char *const columns[] = {"Layer", "Gives", "#Parameters", NULL};
    page_table_begin(page, "layers", "Layer by layer; running averages count as parameters", columns);
    for (size_t i = 0; i < clenet_network_layers(network); i++) {
        clenet_shape shape = clenet_network_output(network, i);
        (void)fputs("<tr><th scope=\"row\">", page);
        html_text(page, clenet_network_layer_name(network, i));
        if (clenet_network_flat(network, i))
            (void)fprintf(page, "</th><td>%d numbers</td>", shape.channels);
        else
            (void)fprintf(page, "</th><td>%d maps of %d\xc3\x97%d</td>", shape.channels, shape.height, shape.width);
        page_table_count(page, clenet_network_trained(network, i) + clenet_network_moving(network, i));
        (void)fputs("</tr>\n", page);
    }
    page_table_end(page);
}

void page_line_table(FILE *page, const char *caption, const page_line *lines, size_t count) {
    (void)fputs("<table class=\"lines\"><caption>", page);
    html_text(page, caption);
    (void)fputs("</caption><tbody>\n", page);
    for (size_t i = 0; i < count; i++) {
        (void)fputs("<tr><th scope=\"row\">", page);
        html_text(page, lines[i].name);
        (void)fputs("</th><td class=\"text\">", page);
        html_text(page, lines[i].value);
        (void)fputs("</td><td class=\"note\">", page);
        html_text(page, lines[i].note);
        (void)fputs("</td></tr>\n", page);
    }
    (void)fputs("</tbody></table>\n", page);
}
