/* test_history.c - a history.csv read back, and what is said of one that is not right. */
#include "cmd/figures/history.h"

#include <math.h>

#include "../scratch.h"

static clenet_error error;
static history run;

TestSuite(history, .init = scratch_enter, .fini = scratch_leave);

#define HEADER "epoch,accuracy,loss,val_accuracy,val_loss,seconds\n"

Test(history, what_the_library_wrote_is_read_back) {
    for (int i = 1; i <= 3; i++) {
        clenet_epoch epoch = {.epoch = i,
                              .accuracy = 0.5 + 0.1 * i,
                              .loss = 1.0 / i,
                              .val_accuracy = i == 2 ? 0.9 : 0.8,
                              .val_loss = 2.0 / i,
                              .seconds = 0.25};
        cr_assert_eq(clenet_history_append("history.csv", &epoch, NULL), CLENET_OK);
    }
    cr_assert_eq(history_read(&run, "history.csv", &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(run.count, 3);
    cr_expect_float_eq(run.epochs[2].accuracy, 0.8, 1e-9);
    cr_expect_float_eq(run.epochs[1].loss, 0.5, 1e-9);
    cr_expect_float_eq(run.epochs[2].val_loss, 2.0 / 3.0, 1e-8);
    cr_expect_eq(run.kept, 2, "the best validation accuracy");
    history_free(&run);
}

Test(history, a_run_without_validation_has_none_and_keeps_no_epoch) {
    scratch_text("history.csv", HEADER "1,0.5,1.5,,,0.1\n2,0.6,1.2,,,0.1\n");
    cr_assert_eq(history_read(&run, "history.csv", &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(run.count, 2);
    cr_expect(isnan(run.epochs[0].val_accuracy) && isnan(run.epochs[1].val_loss));
    cr_expect_eq(run.kept, 0);
    history_free(&run);
}

Test(history, a_last_line_without_an_end_and_windows_lines_are_read) {
    scratch_text("history.csv",
                 "epoch,accuracy,loss,val_accuracy,val_loss,seconds\r\n1,0.5,1.5,,,0.1\r\n2,0.6,1.2,,,0.1");
    cr_assert_eq(history_read(&run, "history.csv", &error), CLENET_OK, "%s", error.message);
    cr_expect_eq(run.count, 2);
    history_free(&run);
}

Test(history, the_learning_rate_is_read_and_other_further_columns_are_ignored) {
    scratch_text("history.csv", "epoch,accuracy,loss,val_accuracy,val_loss,seconds,lucky,learning_rate\n"
                                "1,0.5,1.5,,,0.1,yes,0.001\n2,0.6,1.2,,,0.1,,\n");
    cr_assert_eq(history_read(&run, "history.csv", &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(run.count, 2);
    cr_expect_float_eq(run.rates[0], 0.001, 1e-12);
    cr_expect(isnan(run.rates[1]));
    history_free(&run);
    scratch_text("history.csv", HEADER "1,0.5,1.5,,,0.1\n");
    cr_assert_eq(history_read(&run, "history.csv", &error), CLENET_OK, "%s", error.message);
    cr_expect(isnan(run.rates[0]), "a file without the column has no learning rates");
    history_free(&run);
}

Test(history, a_run_that_diverged_is_read) {
    scratch_text("history.csv", HEADER "1,0.5,1.5,0.6,1.1,0.1\n2,0.1,inf,0.1,nan,0.1\n3,0.1,-nan,0.1,nan,0.1\n");
    cr_assert_eq(history_read(&run, "history.csv", &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(run.count, 3);
    cr_expect(isinf(run.epochs[1].loss) && isnan(run.epochs[2].loss) && isnan(run.epochs[2].val_loss));
    cr_expect_eq(run.kept, 1);
    history_free(&run);
}

static void expect_wrong(const char *text, const char *said) {
    scratch_text("bad.csv", text);
    cr_expect_neq(history_read(&run, "bad.csv", &error), CLENET_OK);
    cr_expect_str_eq(error.message, said);
    history_free(&run);
}

Test(history, an_error_about_a_cell_is_one_line_without_terminal_commands) {
    expect_wrong(HEADER "1,0.5,\"1\r\n2\",,,0.1\n", "bad.csv:2: '1??2' is not a number (loss)");
    expect_wrong("\"epoch\x1b[2J\"\n",
                 "bad.csv:1: not a history.csv of clenet train: column 1 is 'epoch?[2J', expected 'epoch'");
}

Test(history, a_bad_row_is_named_by_file_and_line) {
    expect_wrong(HEADER "1,0.5,1.5,,,0.1\n2,x,1.2,,,0.1\n", "bad.csv:3: 'x' is not a number (accuracy)");
    expect_wrong(HEADER "1,0.5,,,,0.1\n", "bad.csv:2: '' is not a number (loss)");
    expect_wrong(HEADER "1,0.5,1.5,0.1\n", "bad.csv:2: 4 cells, expected 6");
    expect_wrong(HEADER "1,0.5,1.5,,,0.1,7\n", "bad.csv:2: more than 6 cells");
    expect_wrong("epoch,accuracy,loss,val_accuracy,val_loss,seconds,learning_rate\n1,0.5,1.5,,,0.1\n",
                 "bad.csv:2: 6 cells, expected 7");
    expect_wrong("epoch,accuracy,loss,val_accuracy,val_loss,seconds,learning_rate\n1,0.5,1.5,,,0.1,fast\n",
                 "bad.csv:2: 'fast' is not a number (learning_rate)");
    expect_wrong(HEADER "1,0.5,1.5,,,nan\n", "bad.csv:2: 'nan' is not a number (seconds)");
    expect_wrong(HEADER "1,0.5,1.5,,,0.1\n3,0.5,1.5,,,0.1\n",
                 "bad.csv:3: epoch 3, expected 2: epochs are numbered from 1");
}

Test(history, another_file_is_named_as_such) {
    expect_wrong("label,pixel0\n1,2\n",
                 "bad.csv:1: not a history.csv of clenet train: column 1 is 'label', expected 'epoch'");
    expect_wrong("", "bad.csv:1: no epochs yet: train first");
    expect_wrong(HEADER, "bad.csv:2: no epochs yet: train first");
    cr_expect_eq(history_read(&run, "nowhere.csv", &error), CLENET_ERROR_IO);
    cr_expect_str_eq(error.message, "cannot read 'nowhere.csv': No such file or directory");
}
