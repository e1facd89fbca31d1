/* fuzz_runs.c - the run.json of a run, or anything in its place. An entry has a record or a reason; its values have texts that cannot
 * command a terminal; and it does not differ from itself. */
#include "fuzz.h"
#include "cmd/runs/entry.h"

static void check_text(const char *text) {
    for (; *text != '\0'; text++)
        fuzz_require((unsigned char)*text >= ' ' && *text != 0x7f, "a control character is printed");
}

static void visit(const run_difference *difference, void *user) {
    char name[ENTRY_NAME], value[ENTRY_VALUE];
    size_t *count = user;
    ++*count;
    check_text(run_difference_name(name, difference));
    check_text(run_value_text(value, difference->a, 9));
    check_text(run_value_text(value, difference->b, 9));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    run_entry entry = {.name = NULL}, empty = {.name = NULL};
    size_t differences = 0;
    run_entry_parse(&entry, (const char *)bytes, count);
    fuzz_require((entry.record != NULL) == (entry.why[0] == '\0'), "neither a record nor a reason");
    check_text(entry.why);
    run_entry_compare(&entry, &entry, true, visit, &differences);
    fuzz_require(differences == 0, "a run differs from itself");
    run_entry_compare(&entry, &empty, true, visit, &differences);
    (void)run_entry_text(&entry, NULL, "started");
    (void)run_entry_number(&entry, "result", "val_accuracy");
    run_entry_free(&entry);
    return 0;
}
