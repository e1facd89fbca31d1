/* test_progress_bar.c - the bar and the line that stays, for terminals of any width. */
#include "cmd/train/progress.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static char line[PROGRESS_LINE_SIZE];
static const progress_view ascii = {.terminal = true};
static const clenet_progress half = {.epoch = 3,
                                     .epochs = 50,
                                     .images = 16800,
                                     .images_total = 33600,
                                     .loss = 0.0812,
                                     .accuracy = 0.9751,
                                     .seconds = 0.2};
static const clenet_epoch third = {.epoch = 3,
                                   .epochs = 50,
                                   .accuracy = 0.9751,
                                   .loss = 0.0812,
                                   .val_accuracy = 0.9801,
                                   .val_loss = 0.0701,
                                   .seconds = 0.42,
                                   .kept = true};

static const char *bar(int columns) {
    (void)progress_bar(line, &ascii, columns, &half);
    return line;
}

static const char *stays(int columns) {
    cr_expect_eq((size_t)progress_line(line, &ascii, columns, &third), strlen(line));
    return line;
}

Test(progress_bar, a_bar_has_the_time_left_of_the_epoch_and_that_of_the_run) {
    cr_expect_str_eq(bar(120),
                     "epoch  3/50 [===============>              ]  50%  0.2 s left  accuracy 0.9751  loss 0.0812"
                     "  84,000/s  run  19 s left");
}

Test(progress_bar, what_does_not_fit_goes_speed_first_and_accuracy_last) {
    cr_expect_str_eq(bar(100), "epoch  3/50 [======>     ]  50%  0.2 s left  accuracy 0.9751  loss 0.0812  84,000/s"
                               "  run  19 s left");
    cr_expect_str_eq(bar(90),
                     "epoch  3/50 [======>     ]  50%  0.2 s left  accuracy 0.9751  loss 0.0812  run  19 s left");
    cr_expect_str_eq(bar(80), "epoch  3/50 [=======>       ]  50%  0.2 s left  accuracy 0.9751  run  19 s left");
    cr_expect_str_eq(bar(65), "epoch  3/50 [======>     ]  50%  accuracy 0.9751  run  19 s left");
    cr_expect_str_eq(bar(50), "epoch  3/50 [======>      ]  50%  accuracy 0.9751");
    cr_expect_str_eq(bar(40), "epoch  3/50 [==========>         ]  50%");
    cr_expect_str_eq(bar(30), "epoch  3/50 [=====>    ]  50%");
    cr_expect_str_eq(bar(20), "epoch  3/50  50%");
    cr_expect_str_eq(bar(7), "epoch ");
    cr_expect_str_eq(bar(0), "e");
}

/* Copies text without the escape sequences of colours. */
static const char *plain(const char *text) {
    static char copy[PROGRESS_LINE_SIZE];
    char *to = copy;
    for (; *text != '\0'; text++) {
        if (*text == '\033')
            text += strcspn(text, "m");
        else
            *to++ = *text;
    }
    *to = '\0';
    return copy;
}

Test(progress_bar, colour_changes_neither_text_nor_width) {
    progress_view coloured = ascii;
    char without[PROGRESS_LINE_SIZE];
    coloured.colour = true;
    for (int columns = 0; columns < 130; columns++) {
        int drawn = progress_bar(without, &ascii, columns, &half);
        cr_expect_eq(progress_bar(line, &coloured, columns, &half), drawn);
        cr_expect_str_eq(plain(line), without);
        drawn = progress_line(without, &ascii, columns, &third);
        cr_expect_eq(progress_line(line, &coloured, columns, &third), drawn);
        cr_expect_str_eq(plain(line), without);
    }
    cr_expect_not_null(strstr(line, "\033[1;32m  val_accuracy 0.9801\033[0m"), "%s", line);
    clenet_epoch worse = third;
    worse.kept = false;
    (void)progress_line(line, &coloured, 100, &worse);
    cr_expect_null(strchr(line, '\033'), "%s", line);
}

Test(progress_bar, keeps_its_width_while_seconds_pass) {
    clenet_progress state = half;
    char first[PROGRESS_LINE_SIZE];
    state.seconds = 0.1;
    (void)progress_bar(first, &ascii, 90, &state);
    for (; state.seconds < 36; state.seconds *= 1.3) { /* the run: up to an hour */
        (void)progress_bar(line, &ascii, 90, &state);
        cr_expect_eq(strcspn(line, "]"), strcspn(first, "]"), "%s", line);
    }
}

Test(progress_bar, no_width_lets_a_bar_or_a_line_be_wider) {
    progress_view views[] = {ascii, ascii};
    views[1].utf8 = true;
    for (int columns = 2; columns < 200; columns++) {
        for (int i = 0; i < 2; i++) {
            int drawn = progress_bar(line, &views[i], columns, &half), seen = 0;
            for (const char *c = line; *c != '\0'; c++) seen += ((unsigned char)*c & 0xC0U) != 0x80U;
            cr_expect_eq(drawn, seen);
            cr_expect_lt(seen, columns);
        }
        if (columns > 11) cr_expect_lt((int)strlen(stays(columns)), columns);
    }
}

Test(progress_bar, a_terminal_of_UTF_8_has_lines_to_the_half_of_a_cell) {
    progress_view view = {.terminal = true, .utf8 = true};
    (void)progress_bar(line, &view, 29, &half);
    cr_expect_str_eq(line, "epoch  3/50 \xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x95\xb8"
                           "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80  50%");
}

Test(progress_bar, the_time_left_of_the_run_counts_whole_epochs_as_those_before_took) {
    progress_view view = {.terminal = true, .epochs_done = 2, .epochs_took = 20.0};
    clenet_progress state = half; /* 47 epochs of 10 s, and 0.2 s */
    (void)progress_bar(line, &view, 100, &state);
    cr_expect_not_null(strstr(line, "  run  7:50 left"), "%s", line);
    view.epochs_took = 2000.0;
    (void)progress_bar(line, &view, 100, &state);
    cr_expect_not_null(strstr(line, "  run 13:03:20 left"), "%s", line);
    view.epochs_took = 20.0;
    view.later_epochs = 100;
    (void)progress_bar(line, &view, 100, &state);
    cr_expect_not_null(strstr(line, "  run 24:30 left"), "%s", line);
    cr_expect_not_null(strstr(line, "  0.2 s left"), "%s", line);
}

Test(progress_bar, a_resumed_epoch_has_the_speed_of_this_process) {
    progress_view view = {.terminal = true, .resumed_images = 12600};
    (void)progress_bar(line, &view, 100, &half);
    cr_expect_not_null(strstr(line, "  21,000/s"), "%s", line);
    view.resumed_images = 16800; /* nothing is known yet */
    (void)progress_bar(line, &view, 100, &half);
    cr_expect_null(strstr(line, "/s"), "%s", line);
    cr_expect_null(strstr(line, "left"), "%s", line);
}

Test(progress_bar, the_epochs_line_has_everything_if_there_is_room) {
    cr_expect_str_eq(stays(100),
                     "epoch  3/50  0.42 s  accuracy 0.9751  loss 0.0812  val_accuracy 0.9801  val_loss 0.0701  *");
}

Test(progress_bar, the_line_that_stays_spares_what_history_csv_has_anyway) {
    cr_expect_str_eq(stays(80), "epoch  3/50  0.42 s  accuracy 0.9751  val_accuracy 0.9801  val_loss 0.0701  *");
    cr_expect_str_eq(stays(60), "epoch  3/50  accuracy 0.9751  val_accuracy 0.9801  *");
    cr_expect_str_eq(stays(30), "epoch  3/50  *");
}

Test(progress_bar, without_images_held_out_the_line_has_none_of_their_figures) {
    clenet_epoch epoch = third;
    epoch.val_accuracy = epoch.val_loss = NAN;
    (void)progress_line(line, &ascii, 100, &epoch);
    cr_expect_str_eq(line, "epoch  3/50  0.42 s  accuracy 0.9751  loss 0.0812  *");
}
