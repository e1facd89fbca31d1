/* test_figures.c - a run's curves are drawn again while it goes on: when, and with which epochs. The clock is the test's: the
 * linker puts the function below in front of the C library's (--wrap). */
#include "cmd/train/figures.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../scratch.h"

static double now; /* seconds */

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
    (void)clock;
    time->tv_sec = (time_t)now;
    time->tv_nsec = (long)((now - (double)time->tv_sec) * 1e9);
    return 0;
}

static clenet_error error;
static clenet_dataset *digits;
static clenet_model *model;
static train_figures figures;

static void begin(bool quiet) {
    static uint8_t images[10][28][28], labels[10];
    static const uint32_t rows[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    clenet_network *network = NULL;
    for (int i = 0; i < 10; i++) labels[i] = (uint8_t)i, memset(images[i][8], 200, 28);
    cr_assert_eq(clenet_dataset_new(&digits, images[0][0], labels, 10, 28, 28, 1, 10, &error), CLENET_OK);
    cr_assert_eq(clenet_network_lenet(&network, 28, 28, 1, 10, &error), CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, network, 1, &error), CLENET_OK);
    clenet_network_free(network);
    train_subject subject = {.folder = ".", .dataset = digits, .model = model, .seed = 1};
    subject.training = rows, subject.training_count = 8;
    subject.validation = rows + 8, subject.validation_count = 2;
    now = 0;
    figures = train_figures_begin(&subject, FIGURE_PNG, quiet);
}

static void end(void) {
    train_figures_free(&figures);
    clenet_model_free(model);
    clenet_dataset_free(digits);
    scratch_leave();
}

TestSuite(train_figures, .init = scratch_enter, .fini = end, .timeout = 120);

static clenet_epoch epoch_of(int number) {
    return (clenet_epoch){.epoch = number,
                          .epochs = 1000,
                          .accuracy = 1 - 0.5 / number,
                          .loss = 1.0 / number,
                          .val_accuracy = 1 - 0.6 / number,
                          .val_loss = 1.2 / number,
                          .seconds = 1,
                          .kept = true};
}

/* An epoch that ends at that time. */
static void epoch(int number, double time) {
    clenet_epoch done = epoch_of(number);
    now = time;
    train_figures_epoch(&figures, &done);
}

/* Until the drawing is over, by what its process says; the run takes it down at its next epoch. */
static void wait_for_drawing(void) {
    cr_assert(figures.running, "nothing is drawn");
    while (!child_is_done(&figures.drawing)) (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void expect_same_bytes(const char *name, const char *wanted) {
    size_t size, wanted_size;
    char *bytes = scratch_read(name, &size), *wanted_bytes = scratch_read(wanted, &wanted_size);
    cr_expect(size == wanted_size && memcmp(bytes, wanted_bytes, size) == 0, "%s shows another run", name);
    free(wanted_bytes);
    free(bytes);
}

/* Both curves are those of that many epochs, of which the last is kept, drawn at once. */
static void expect_curves_of(int epochs) {
    history all = {.kept = epochs};
    const history *run = &all;
    for (int i = 1; i <= epochs; i++) {
        clenet_epoch one = epoch_of(i);
        cr_assert(history_add(&all, &one));
    }
    pid_t drawing = fork(); /* as the figures are: librsvg keeps its fonts */
    if (drawing == 0) {
        bool drawn = figure_curves("wanted-accuracy.png", FIGURE_PNG, FIGURE_ACCURACY, &run, 1, &error) == CLENET_OK &&
                     figure_curves("wanted-loss.png", FIGURE_PNG, FIGURE_LOSS, &run, 1, &error) == CLENET_OK;
        _exit(drawn ? 0 : 1);
    }
    int status = 1;
    cr_assert(waitpid(drawing, &status, 0) == drawing && status == 0);
    expect_same_bytes("accuracy.png", "wanted-accuracy.png");
    expect_same_bytes("loss.png", "wanted-loss.png");
    history_free(&all);
}

static void end_run(int epochs) {
    clenet_training_result result = {.epochs = epochs, .kept = epochs, .stop = CLENET_STOP_EPOCHS};
    train_figures_end(&figures, &result, NULL);
}

Test(train_figures, curves_are_drawn_again_as_epochs_end_and_at_the_end_have_all) {
    begin(false);
    epoch(1, 0);
    epoch(2, 1.9);
    cr_expect(!figures.running, "what a drawing is expected to cost is more than a hundredth of the time");
    epoch(3, 2.1);
    wait_for_drawing();
    expect_curves_of(3);
    cr_expect(access("digits.png", F_OK) != 0, "what shows the end is drawn before it");
    epoch(4, 2.2);
    epoch(5, 4.1);
    cr_expect(!figures.running, "drawn again too soon");
    epoch(6, 4.3);
    wait_for_drawing();
    expect_curves_of(6);
    epoch(7, 4.4);
    end_run(7);
    expect_curves_of(7);
    cr_expect_eq(access("digits.png", F_OK), 0);
    cr_expect_str_eq(figures.why, "");
}

Test(train_figures, drawings_compute_for_a_hundredth_of_the_time) {
    begin(false);
    figures.cost = 1; /* second */
    epoch(1, 0);
    epoch(2, 99);
    cr_expect(!figures.running);
    epoch(3, 101);
    wait_for_drawing();
    epoch(4, 102);
    figures.spent = figures.cost = 1;
    epoch(5, 199);
    cr_expect(!figures.running);
    epoch(6, 201);
    cr_expect(figures.running);
}

static void write_page(const void *user) {
    (void)user;
    scratch_text("page.txt", access("accuracy.png", F_OK) == 0 ? "with curves" : "without curves");
}

static void expect_page(const char *wanted) {
    size_t size;
    wait_for_drawing();
    char *text = scratch_read("page.txt", &size);
    cr_expect(size == strlen(wanted) && memcmp(text, wanted, size) == 0, "the page is '%.*s'", (int)size, text);
    free(text);
}

Test(train_figures, a_page_is_there_after_the_first_epoch_and_gets_its_curves_when_they_are_drawn) {
    begin(false);
    figures.write_page = write_page;
    epoch(1, 0);
    expect_page("without curves");
    epoch(2, 0.1);
    epoch(3, 3);
    expect_page("with curves");
}

Test(train_figures, a_page_without_figures_is_kept_up_to_date) {
    begin(false);
    figures.off = true;
    figures.write_page = write_page;
    epoch(1, 0);
    expect_page("without curves");
    epoch(2, 0.1);
    cr_assert_eq(unlink("page.txt"), 0);
    epoch(3, 3);
    expect_page("without curves");
}

Test(train_figures, a_run_that_is_over_in_two_seconds_has_no_page_before_its_end) {
    begin(false);
    figures.write_page = write_page;
    clenet_epoch first = epoch_of(1); /* it took a second */
    first.epochs = 2;
    train_figures_epoch(&figures, &first);
    cr_expect(!figures.running && !figures.paged, "a process draws a page that the report replaces at once");
}

static void let_it_go_on(int number) {
    (void)number;
    (void)kill((pid_t)figures.drawing.process, SIGCONT);
}

Test(train_figures, an_earlier_drawing_that_is_under_way_is_not_the_last_word) {
    begin(false);
    epoch(1, 0);
    epoch(2, 16);
    pid_t earlier = (pid_t)figures.drawing.process;
    cr_assert_eq(kill(earlier, SIGSTOP), 0);
    epoch(3, 50);
    cr_expect_eq(figures.drawing.process, earlier, "two drawings at once");
    (void)signal(SIGALRM, let_it_go_on);
    (void)alarm(1);
    end_run(3);
    (void)kill(earlier, SIGCONT);
    cr_expect(waitpid(earlier, NULL, 0) < 0 && errno == ECHILD, "the earlier drawing was left alone");
    expect_curves_of(3);
    cr_expect_eq(access("filters.png", F_OK), 0);
}

Test(train_figures, a_drawing_that_is_killed_costs_one_line_and_leaves_no_half_file) {
    char part[64];
    cr_redirect_stderr();
    begin(false);
    epoch(1, 0);
    epoch(2, 16);
    cr_assert_eq(kill((pid_t)figures.drawing.process, SIGKILL), 0);
    wait_for_drawing();
    (void)snprintf(part, sizeof part, ".clenet-%ld-loss.png.part", (long)getpid());
    scratch_text(part, "half a picture");
    epoch(3, 17);
    epoch(4, 1e6);
    cr_expect(!figures.running, "it is drawn once more");
    end_run(4);
    cr_expect(access(part, F_OK) != 0 && access("digits.png", F_OK) != 0);
    cr_expect(figures.said);
    (void)fflush(stderr);
    cr_expect_stderr_eq_str("warning: no figures: drawing failed: signal 9 (Killed); the run is not affected\n");
}

Test(train_figures, at_the_end_it_is_left_to_the_report_what_could_not_be_drawn) {
    begin(true);
    epoch(1, 0);
    cr_assert_eq(mkdir("mistakes.png", 0700), 0); /* not drawn, since nothing is found */
    cr_assert_eq(mkdir("filters.png", 0700), 0);
    end_run(1);
    cr_expect_not_null(strstr(figures.why, "cannot write './filters.png'"), "%s", figures.why);
    cr_expect(!figures.said);
    expect_curves_of(1);
}
