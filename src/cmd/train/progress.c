/* progress.c - see progress.h. */
#include "cmd/train/progress.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/terminal.h"
#include "cmd/base/text.h"

enum {
    BAR_MOST = 30,   /* cells between the brackets */
    BAR_LEAST = 8,   /* a shorter bar says nothing: values are left out first */
    CELL_SIZE = 3,   /* bytes of a cell in UTF-8 */
    CODES_SIZE = 32, /* bytes of the escape sequences around the two parts of a bar */
    CELLS_SIZE = BAR_MOST * CELL_SIZE + CODES_SIZE + 4,
    PART_SIZE = 64,      /* bytes of a part of a line, which follows two blanks */
    MINUTE = 60,         /* seconds */
    LONGEST = 99 * 3600, /* seconds: a longer estimate is meaningless */
    TENTHS_BELOW = 10    /* seconds: fewer have a decimal */
};

/* A part of a line. */
typedef struct line_part {
    char text[PART_SIZE];
    terminal_style style;
} line_part;

progress_view progress_begin(bool quiet) {
    return (progress_view){.quiet = quiet,
                           .terminal = terminal_is(STDERR_FILENO),
                           .utf8 = terminal_utf8(),
                           .colour = terminal_colour(STDERR_FILENO)};
}

const char *progress_answer(const progress_view *progress) {
#define ANSWER "stopping after this batch and saving; press Ctrl-C again to quit now\n"
    if (progress->quiet) return NULL;
    return progress->terminal ? TERMINAL_ERASE ANSWER : ANSWER;
}

/* Leaves out parts, least important first, until the rest fits into room. Returns the room left. */
static int leave_out(line_part *parts, const int *order, int count, int room) {
    for (int i = 0; i < count; i++) room -= (int)strlen(parts[i].text);
    for (int i = 0; i < count && room < 0; i++) {
        room += (int)strlen(parts[order[i]].text);
        parts[order[i]].text[0] = '\0';
    }
    return room;
}

/* Appends the parts; returns their columns. */
static int join(char line[PROGRESS_LINE_SIZE], const line_part *parts, int count, bool colour) {
    size_t length = strlen(line);
    int columns = 0;
    for (int i = 0; i < count; i++) {
        bool plain = parts[i].style == TERMINAL_NORMAL || parts[i].text[0] == '\0';
        length += (size_t)snprintf(line + length, PROGRESS_LINE_SIZE - length, "%s%s%s",
                                   plain ? "" : terminal_code(colour, parts[i].style), parts[i].text,
                                   plain ? "" : terminal_code(colour, TERMINAL_NORMAL));
        columns += (int)strlen(parts[i].text);
    }
    return columns;
}

/* "epoch  3/50": numbers are aligned. Returns its columns. */
static int put_epoch(char text[PROGRESS_LINE_SIZE], int epoch, int epochs) {
    int width = snprintf(NULL, 0, "%d", epochs);
    return snprintf(text, PROGRESS_LINE_SIZE, "epoch %*d/%d", width, epoch, epochs);
}

/* ---- the bar ------------------------------------------------------------------------------------------------------- */

/* The share of the epoch that is done, 0 to 1. */
static double share_done(const clenet_progress *state) {
    if (state->images_total == 0) return 0.0;
    double share = (double)state->images / (double)state->images_total;
    return share < 1.0 ? share : 1.0;
}

/* Images per second; 0 if unknown. */
static double speed_of(const progress_view *progress, const clenet_progress *state) {
    if (!(state->seconds > 0.0) || state->images <= progress->resumed_images) return 0.0;
    return (double)(state->images - progress->resumed_images) / state->seconds;
}

/* Seconds of the epoch and of the run that are left. Whole epochs are expected to take as long as earlier ones, validation included. */
static void estimate(double *epoch, double *run, const progress_view *progress, const clenet_progress *state,
                     double speed) {
    double all = (double)state->images_total / speed;
    double whole = progress->epochs_done > 0 ? progress->epochs_took / progress->epochs_done : all;
    *epoch = all * (1.0 - share_done(state));
    *run = *epoch + whole * (state->epochs - state->epoch + progress->later_epochs);
}

/* "0.2 s", " 18 s", " 1:05", "2:05:09": of one width below an hour, so that the bar keeps its place. */
static char *put_time(char text[TEXT_SIZE], double seconds) {
    long left = seconds < LONGEST ? lround(seconds) : LONGEST;
    if (seconds < TENTHS_BELOW - 0.05)
        (void)snprintf(text, TEXT_SIZE, "%.1f s", seconds);
    else if (left < MINUTE)
        (void)snprintf(text, TEXT_SIZE, "%3ld s", left);
    else if (left < MINUTE * MINUTE)
        (void)snprintf(text, TEXT_SIZE, "%2ld:%02ld", left / MINUTE, left % MINUTE);
    else
        (void)snprintf(text, TEXT_SIZE, "%ld:%02ld:%02ld", left / MINUTE / MINUTE, left / MINUTE % MINUTE,
                       left % MINUTE);
    return text;
}

/* One cell of a bar with `halves` half cells done: a heavy line, a half one, a light one; or similar characters in ASCII. */
static const char *cell_at(bool utf8, int i, int halves) {
    if (!utf8) return 2 * i + 1 < halves ? "=" : i == halves / 2 ? ">" : " ";
    return 2 * i + 1 < halves ? "\xe2\x94\x81" : 2 * i < halves ? "\xe2\x95\xb8" : "\xe2\x94\x80";
}

/* Cells that are not done are faint. */
static void draw_cells(char cells[CELLS_SIZE], const progress_view *progress, int count, double share) {
    int halves = (int)(share * 2 * count), done = (halves + 1) / 2;
    size_t length = (size_t)snprintf(cells, CELLS_SIZE, "%s", progress->utf8 ? "" : "[");
    for (int i = 0; i < count; i++) {
        const char *code = i == done ? terminal_code(progress->colour, TERMINAL_FAINT) : "";
        length +=
            (size_t)snprintf(cells + length, CELLS_SIZE - length, "%s%s", code, cell_at(progress->utf8, i, halves));
    }
    (void)snprintf(cells + length, CELLS_SIZE - length, "%s%s",
                   done < count ? terminal_code(progress->colour, TERMINAL_NORMAL) : "", progress->utf8 ? " " : "] ");
}

enum { EPOCH_LEFT, ACCURACY, LOSS, SPEED, RUN_LEFT, FIGURES };

static void put_figures(line_part figures[FIGURES], const progress_view *progress, const clenet_progress *state) {
    char number[TEXT_SIZE];
    double speed = speed_of(progress, state), epoch, run;
    (void)snprintf(figures[ACCURACY].text, PART_SIZE, "  accuracy %s", text_figure(number, state->accuracy));
    (void)snprintf(figures[LOSS].text, PART_SIZE, "  loss %s", text_figure(number, state->loss));
    if (!(speed > 0.0)) return;
    estimate(&epoch, &run, progress, state, speed);
    (void)snprintf(figures[EPOCH_LEFT].text, PART_SIZE, "  %s left", put_time(number, epoch));
    (void)snprintf(figures[SPEED].text, PART_SIZE, "  %s/s", text_count(number, (uint64_t)speed));
    (void)snprintf(figures[RUN_LEFT].text, PART_SIZE, "  run %s left", put_time(number, run));
    figures[EPOCH_LEFT].style = figures[SPEED].style = figures[RUN_LEFT].style = TERMINAL_FAINT;
}

int progress_bar(char line[PROGRESS_LINE_SIZE], const progress_view *progress, int columns,
                 const clenet_progress *state) {
    static const int spared[FIGURES] = {SPEED, LOSS, EPOCH_LEFT, RUN_LEFT, ACCURACY};
    line_part figures[FIGURES] = {{.style = TERMINAL_NORMAL}};
    char cells[CELLS_SIZE] = "", percent[TEXT_SIZE];
    double share = share_done(state);
    put_figures(figures, progress, state);

    int drawn = put_epoch(line, state->epoch, state->epochs);
    int most = columns > 1 ? columns - 1 : 1, frame = progress->utf8 ? 1 : 3; /* columns of "[] " */
    drawn += snprintf(percent, sizeof percent, " %3.0f%%", floor(100.0 * share));
    int room = leave_out(figures, spared, FIGURES, most - drawn - frame - BAR_LEAST) + BAR_LEAST;
    int width = room < BAR_LEAST ? 0 : room < BAR_MOST ? room : BAR_MOST;
    if (width > 0) draw_cells(cells, progress, width, share);
    size_t length = strlen(line);
    (void)snprintf(line + length, PROGRESS_LINE_SIZE - length, " %s%s", cells, percent + 1);
    drawn += (width > 0 ? width + frame : 0) + join(line, figures, FIGURES, progress->colour);
    if (drawn <= most) return drawn;
    line[most] = '\0'; /* there are neither cells nor figures */
    return most;
}

void progress_draw(progress_view *progress, const clenet_progress *state) {
    if (progress->quiet || !progress->terminal) return;
    char line[PROGRESS_LINE_SIZE];
    (void)progress_bar(line, progress, terminal_columns(STDERR_FILENO), state);
    (void)fprintf(stderr, "\r%s\033[J\r", line); /* first the bar: erasing first would flicker */
    progress->drawn = true;
}

void progress_clear(progress_view *progress) {
    if (progress->drawn) (void)fputs(TERMINAL_ERASE, stderr);
    progress->drawn = false;
}

/* ---- the epoch's line ---------------------------------------------------------------------------------------------------- */

int progress_line(char line[PROGRESS_LINE_SIZE], const progress_view *progress, int columns,
                  const clenet_epoch *epoch) {
    enum { TOOK, TRAINED, TRAINED_LOSS, VALIDATED, VALIDATED_LOSS, KEPT, PARTS };
    static const int spared[PARTS] = {TRAINED_LOSS, VALIDATED_LOSS, TOOK, TRAINED, VALIDATED, KEPT};
    char number[TEXT_SIZE];
    line_part parts[PARTS] = {{.style = TERMINAL_NORMAL}};
    bool validated = !isnan(epoch->val_accuracy);
    (void)snprintf(parts[TOOK].text, PART_SIZE, "  %s", text_duration(number, epoch->seconds));
    (void)snprintf(parts[TRAINED].text, PART_SIZE, "  accuracy %s", text_figure(number, epoch->accuracy));
    (void)snprintf(parts[TRAINED_LOSS].text, PART_SIZE, "  loss %s", text_figure(number, epoch->loss));
    if (validated) {
        (void)snprintf(parts[VALIDATED].text, PART_SIZE, "  val_accuracy %s", text_figure(number, epoch->val_accuracy));
        (void)snprintf(parts[VALIDATED_LOSS].text, PART_SIZE, "  val_loss %s", text_figure(number, epoch->val_loss));
    }
    if (epoch->kept) {
        (void)snprintf(parts[KEPT].text, PART_SIZE, "  *");
        parts[KEPT].style = parts[validated ? VALIDATED : TRAINED].style = TERMINAL_BEST;
    }
    int drawn = put_epoch(line, epoch->epoch, epoch->epochs);
    (void)leave_out(parts, spared, PARTS, columns - 1 - drawn);
    return drawn + join(line, parts, PARTS, progress->colour);
}

void progress_epoch(progress_view *progress, const clenet_epoch *epoch) {
    char line[PROGRESS_LINE_SIZE];
    if (progress->resumed_images == 0) {
        progress->epochs_done++;
        progress->epochs_took += epoch->seconds;
    }
    progress->resumed_images = 0;
    if (progress->quiet) return;
    progress_clear(progress);
    (void)progress_line(line, progress, progress->terminal ? terminal_columns(STDERR_FILENO) : INT_MAX, epoch);
    (void)fprintf(stderr, "%s\n", line);
}
