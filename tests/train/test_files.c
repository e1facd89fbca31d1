/* The files of a run that the library writes: history and submission. */
#include <math.h>

#include "clenet/clenet.h"
#include "scratch.h"

TestSuite(files, .init = scratch_enter, .fini = scratch_leave);

static void expect_content(const char *name, const char *expected) {
    size_t count;
    char *content = scratch_read(name, &count);
    cr_expect_str_eq(content, expected);
    free(content);
}

Test(files, history_has_one_line_per_epoch_and_epoch_1_starts_a_new_file) {
    clenet_epoch epoch = {.epoch = 1,
                          .accuracy = 0.5,
                          .loss = 1.25,
                          .val_accuracy = 0.75,
                          .val_loss = 1,
                          .seconds = 2,
                          .learning_rate = (double)0.001F};
    scratch_text("history.csv", "old\n");
    cr_assert(clenet_history_append("history.csv", &epoch, NULL) == CLENET_OK);
    epoch.epoch = 2;
    epoch.val_accuracy = epoch.val_loss = (double)NAN;
    epoch.learning_rate = (double)1e-6F;
    cr_assert(clenet_history_append("history.csv", &epoch, NULL) == CLENET_OK);
    epoch.epoch = 3;
    epoch.learning_rate = (double)NAN;
    cr_assert(clenet_history_append("history.csv", &epoch, NULL) == CLENET_OK);
    expect_content("history.csv",
                   "epoch,accuracy,loss,val_accuracy,val_loss,seconds,learning_rate\n1,0.5,1.25,0.75,1,2.000000,0.001\n"
                   "2,0.5,1.25,,,2.000000,1e-06\n3,0.5,1.25,,,2.000000,\n");
}

Test(files, a_history_that_cannot_be_written_is_told) {
    clenet_error error;
    clenet_epoch epoch = {.epoch = 1};
    cr_expect(clenet_history_append("no/such/folder/history.csv", &epoch, &error) == CLENET_ERROR_IO);
    cr_expect(strstr(error.message, "no/such/folder/history.csv") != NULL);
    cr_expect(clenet_history_append("/dev/full", &epoch, &error) == CLENET_ERROR_IO);
    cr_expect(clenet_history_append(NULL, &epoch, &error) == CLENET_ERROR_ARGUMENT);
}

Test(files, a_submission_is_kaggle_s) {
    static const uint8_t classes[] = {2, 0, 9};
    cr_assert(clenet_submission_write("submission.csv", classes, 3, NULL) == CLENET_OK);
    expect_content("submission.csv", "ImageId,Label\n1,2\n2,0\n3,9\n");
    cr_assert(clenet_submission_write("none.csv", NULL, 0, NULL) == CLENET_OK);
    expect_content("none.csv", "ImageId,Label\n");
}

Test(files, a_submission_of_names_quotes_what_a_csv_would_split) {
    static const uint8_t classes[] = {2, 0, 1, 3};
    static const char *const names[] = {"cat", "a, b", "say \"x\"", " edge"};
    clenet_error error;
    cr_assert(clenet_submission_write_names("submission.csv", classes, 4, names, 4, NULL) == CLENET_OK);
    expect_content("submission.csv", "ImageId,Label\n1,\"say \"\"x\"\"\"\n2,cat\n3,\"a, b\"\n4,\" edge\"\n");
    cr_expect(clenet_submission_write_names("submission.csv", classes, 4, names, 3, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect_str_eq(error.message, "classes[3] is 3, but there are 3 names");
    expect_content("submission.csv", "ImageId,Label\n1,\"say \"\"x\"\"\"\n2,cat\n3,\"a, b\"\n4,\" edge\"\n");
}

Test(files, a_submission_that_cannot_be_written_leaves_the_old_one) {
    clenet_error error;
    static const uint8_t classes[] = {2};
    cr_expect(clenet_submission_write("no/such/folder.csv", classes, 1, &error) == CLENET_ERROR_IO);
    cr_expect(clenet_submission_write(NULL, classes, 1, &error) == CLENET_ERROR_ARGUMENT);
    cr_expect(scratch_count() == 0);
}
