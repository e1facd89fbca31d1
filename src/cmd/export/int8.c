/* int8.c - what 8-bit integers change in a model's answers, for clenet export --int8. */
#include "cmd/export/export.h"

#include <stdio.h>

#include "cmd/base/class_list.h"
#include "cmd/base/inputs.h"
#include "cmd/base/say.h"
#include "cmd/base/text.h"

enum { CHANGES_LISTED = 20 };

/* The accuracy that may be lost without --accept-loss: 0.1 points. The last digits are for rounding. */
static const double loss_most = 0.001 + 1e-9;

int int8_load(clenet_dataset **dataset, const clenet_model *model, const export_arguments *arguments) {
    clenet_load_options load = data_options_make(&arguments->read, model, CLENET_PART_TEST, 0);
    int status = inputs_load_labelled(dataset, arguments->calibrate, &load);
    if (status != EXIT_DONE) return status;
    return data_options_warn(&arguments->read, arguments->calibrate, *dataset, model, CLENET_PART_TEST);
}

static void print_changes(const clenet_export *exported, const clenet_model *model) {
    const clenet_export_change *changes = clenet_export_changes(exported);
    size_t count = clenet_export_checked(exported).changed;
    char more[TEXT_SIZE];
    if (count == 0) return;
    (void)printf("%8s  %-12s%-12s%s\n", "Row", "Label", "Float", "int8");
    for (size_t i = 0; i < count && i < CHANGES_LISTED; i++) {
        const clenet_export_change *change = &changes[i];
        (void)printf("%8zu  ", change->row + 1);
        text_print(clenet_model_class_name(model, change->label), -12);
        text_print(clenet_model_class_name(model, change->before), -12);
        (void)printf("%s\n", clenet_model_class_name(model, change->after));
    }
    if (count > CHANGES_LISTED) (void)printf("%8s  and %s more\n", "", text_count(more, count - CHANGES_LISTED));
    (void)printf("\n");
}

int int8_report(const clenet_export *exported, const clenet_model *model, const export_arguments *arguments) {
    clenet_export_check check = clenet_export_checked(exported);
    class_list list = class_list_of_model(model);
    const char *things = class_list_word(&list, "digits", "images");
    char rows[TEXT_SIZE], before[TEXT_SIZE], after[TEXT_SIZE], changed[TEXT_SIZE], ranges[TEXT_SIZE];
    (void)text_count(rows, check.rows);
    (void)text_percent(before, check.before);
    (void)text_percent(after, check.after);
    (void)printf("Ranges         of %s %s of '%s'\n", text_count(ranges, check.range_rows), things,
                 arguments->calibrate);
    (void)printf("Accuracy       %s as float, %s as int8, on %s %s that %s\n", before, after, rows, things,
                 check.held_out ? "were not trained on" : "may have been trained on");
    (void)printf("Changed        the class of %s of these %s\n\n", text_count(changed, check.changed), things);
    print_changes(exported, model);
    double lost = check.before - check.after;
    if (lost <= loss_most || arguments->accept_loss) return EXIT_DONE;
    return say_failed(
        "int8 loses %.2f points of accuracy: %s to %s on %s %s; add --accept-loss, or export without --int8",
        100 * lost, before, after, rows, things);
}
