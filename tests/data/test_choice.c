/* test_choice.c - the member of an archive that is meant is found by its name, or all that may be meant are named. */
#include "lib/data/choice.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static clenet_error error;

/* members: paths with a ; between. Expects "IMAGES" or "IMAGES + LABELS", or else "! MESSAGE". */
static void expect(const char *list, clenet_part part, const char *wanted, const char *expected) {
    char copy[512], got[1100];
    const char *members[16];
    size_t count = 0;
    (void)snprintf(copy, sizeof copy, "%s", list);
    for (char *at = copy; at != NULL && count < 16; at = at != NULL ? at + 1 : NULL) {
        members[count++] = at;
        at = strchr(at, ';');
        if (at == NULL) break;
        *at = '\0';
    }
    choice chosen = {0};
    clenet_status status = choice_make(&chosen, members, count, "a.zip", part, wanted, &error);
    if (status != CLENET_OK)
        (void)snprintf(got, sizeof got, "! %s", error.message);
    else if (chosen.labels == CHOICE_NONE)
        (void)snprintf(got, sizeof got, "%s", members[chosen.images]);
    else
        (void)snprintf(got, sizeof got, "%s + %s", members[chosen.images], members[chosen.labels]);
    cr_expect_str_eq(got, expected);
}

static const char kaggle[] = "sample_submission.csv;test.csv;train.csv";
static const char keras[] = "x_test.npy;x_train.npy;y_train.npy;y_test.npy";

Test(choice, the_only_file_is_taken_whatever_its_name) {
    expect("digits", CLENET_PART_TRAINING, NULL, "digits");
    expect("folder/digits.data", CLENET_PART_TEST, NULL, "folder/digits.data");
    expect("test.csv", CLENET_PART_TRAINING, NULL, "test.csv");
}

Test(choice, kaggles_archive_has_a_file_for_training_and_one_for_the_test) {
    expect(kaggle, CLENET_PART_TRAINING, NULL, "train.csv");
    expect(kaggle, CLENET_PART_TEST, NULL, "test.csv");
}

Test(choice, a_sample_submission_is_never_taken_by_itself) {
    expect("sample_submission.csv;test.csv", CLENET_PART_TRAINING, NULL, "test.csv");
    expect("digit/sampleSubmission.csv;digit/train.csv", CLENET_PART_TRAINING, NULL, "digit/train.csv");
    expect("sample_submission.csv", CLENET_PART_TRAINING, NULL,
           "! a.zip: has no file of digits; unpack it to see what it has");
    expect(kaggle, CLENET_PART_TRAINING, "sample_submission", "sample_submission.csv");
}

Test(choice, images_come_with_their_labels) {
    expect(keras, CLENET_PART_TRAINING, NULL, "x_train.npy + y_train.npy");
    expect(keras, CLENET_PART_TEST, NULL, "x_test.npy + y_test.npy");
    expect("train_images.npy;train_labels.npy;val_images.npy;val_labels.npy;test_images.npy;test_labels.npy",
           CLENET_PART_TRAINING, NULL, "train_images.npy + train_labels.npy");
    expect("trainX.npy;trainY.npy;testX.npy", CLENET_PART_TEST, NULL, "testX.npy");
    expect("data.npy;target.npy", CLENET_PART_TRAINING, NULL, "data.npy + target.npy");
    expect("mnist/t10k-images-idx3-ubyte.gz;mnist/t10k-labels-idx1-ubyte.gz;mnist/train-images-idx3-ubyte.gz;"
           "mnist/train-labels-idx1-ubyte.gz",
           CLENET_PART_TEST, NULL, "mnist/t10k-images-idx3-ubyte.gz + mnist/t10k-labels-idx1-ubyte.gz");
}

Test(choice, labels_of_other_images_are_not_taken) {
    expect("emnist-letters-train-images-idx3-ubyte;emnist-digits-train-labels-idx1-ubyte", CLENET_PART_TRAINING, NULL,
           "emnist-letters-train-images-idx3-ubyte");
}

Test(choice, of_several_that_may_be_meant_all_are_named) {
    expect("emnist-letters-train.csv;emnist-letters-test.csv;emnist-digits-train.csv", CLENET_PART_TRAINING, NULL,
           "! a.zip: several files fit: emnist-letters-train.csv, emnist-digits-train.csv; choose one with "
           "--member");
    expect("a.csv;b.csv", CLENET_PART_TRAINING, NULL,
           "! a.zip: several files fit: a.csv, b.csv; choose one with --member");
}

Test(choice, what_is_no_data_is_passed_over) {
    expect("__MACOSX/._train.csv;.DS_Store;README.md;LICENSE;train.csv;figure.png", CLENET_PART_TRAINING, NULL,
           "train.csv");
}

Test(choice, an_archive_of_pictures_should_be_unpacked) {
    expect("digits/0/1.png;digits/1/2.PNG;digits/labels.txt", CLENET_PART_TRAINING, NULL,
           "! a.zip: has pictures, such as digits/0/1.png; unpack it with: unzip 'a.zip', and name the folder with one "
           "folder per "
           "class");
}

Test(choice, a_member_can_be_named) {
    expect(kaggle, CLENET_PART_TRAINING, "test.csv", "test.csv");
    expect(keras, CLENET_PART_TRAINING, "x_test", "x_test.npy + y_test.npy");
    expect("a/train.csv;b/train.csv", CLENET_PART_TRAINING, "b/train.csv", "b/train.csv");
    expect("a/train.csv;b/train.csv", CLENET_PART_TRAINING, "train.csv",
           "! a.zip: several files fit: a/train.csv, b/train.csv; choose one with --member");
    expect(kaggle, CLENET_PART_TRAINING, "trian.csv",
           "! a.zip: has no file 'trian.csv'; it has sample_submission.csv, test.csv, train.csv");
}

Test(choice, an_archive_without_files_is_refused) {
    cr_expect_eq(choice_make(&(choice){0}, NULL, 0, "a.zip", CLENET_PART_TRAINING, NULL, &error), CLENET_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "a.zip: has no file of digits; unpack it to see what it has");
}
