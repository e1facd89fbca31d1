/* progress.c - see progress.h. */
#include "cmd/train/progress.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/say.h"
#include "cmd/base/terminal.h"
#include "cmd/base/text.h"

enum {
    BAR_MOST = 30, /* cells between the brackets */
    BAR_LEAST = 8, /* a shorter bar says nothing: values are left out first */
    CELL_SIZE = 3, /* bytes of a cell in UTF-8 */
    CELLS_SIZE = BAR_MOST * CELL_SIZE + 4,
    PART_SIZE = 64,     /* bytes of a part of a line, which follows two blanks */
    MINUTE = 60,        /* seconds */
    LONGEST = 99 * 3600 /* seconds: a longer estimate is meaningless */
};

progress_view progress_begin(bool quiet) {
    return (progress_view){.quiet = quiet, .terminal = terminal_is(STDERR_FILENO), .utf8 = terminal_utf8()};
}

const char *progress_answer(const progress_view *progress) {
#define ANSWER "stopping after this batch; all is saved. Ctrl-C again: end at once\n"
    if (progress->quiet) return NULL;
    return progress->terminal ? "\n" ANSWER : ANSWER;
}

/* Leaves out parts, least important first, until the rest fits into room. Returns the number left. */
static int leave_out(char parts[][PART_SIZE], const int *order, int count, int room) {
    for (int i = 0; i < count; i++) room -= (int)strlen(parts[i]);
    for (int i = 0; i < count && room < 0; i++) {
        room += (int)strlen(parts[order[i]]);
        parts[order[i]][0] = '\0';
    }
    return room;
}

static int join(char line[PROGRESS_LINE_SIZE], char parts[][PART_SIZE], int count) {
    size_t length = strlen(line);
    for (int i = 0; i < count; i++)
        length += (size_t)snprintf(line + length, PROGRESS_LINE_SIZE - length, "%s", parts[i]);
    return (int)length;
}

/* "epoch  3/50": numbers are aligned. */
static void put_epoch(char text[PROGRESS_LINE_SIZE], int epoch, int epochs) {
    int width = snprintf(NULL, 0, "%d", epochs);
    (void)snprintf(text, PROGRESS_LINE_SIZE, "epoch %*d/%d", width, epoch, epochs);
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

/* Seconds until the last epoch is done: whole epochs are expected to take as long as earlier ones, validation included. */
static double seconds_left(const progress_view *progress, const clenet_progress *state, double speed) {
    double all = (double)state->images_total / speed;
    double whole = progress->epochs_done > 0 ? progress->epochs_took / progress->epochs_done : all;
    return all * (1.0 - share_done(state)) + whole * (state->epochs - state->epoch);
}

/* "18 s", "1:05", "2:05:09". */
static void put_left(char part[PART_SIZE], double seconds) {
    long left = seconds < LONGEST ? lround(seconds) : LONGEST;
    if (left < MINUTE)
        (void)snprintf(part, PART_SIZE, "  %ld s left", left);
    else if (left < MINUTE * MINUTE)
        (void)snprintf(part, PART_SIZE, "  %ld:%02ld left", left / MINUTE, left % MINUTE);
    else
        (void)snprintf(part, PART_SIZE, "  %ld:%02ld:%02ld left", left / MINUTE / MINUTE, left / MINUTE % MINUTE,
                       left % MINUTE);
}

/* One cell of a bar with `halves` half cells done: a heavy line, a half one, a light one; or similar characters in ASCII. */
static const char *cell_at(bool utf8, int i, int halves) {
    if (!utf8) return 2 * i + 1 < halves ? "=" : i == halves / 2 ? ">" : " ";
    return 2 * i + 1 < halves ? "\xe2\x94\x81" : 2 * i < halves ? "\xe2\x95\xb8" : "\xe2\x94\x80";
}

static void draw_cells(char cells[CELLS_SIZE], bool utf8, int count, double share) {
    int halves = (int)(share * 2 * count);
    size_t length = (size_t)snprintf(cells, CELLS_SIZE, "%s", utf8 ? "" : "[");
    for (int i = 0; i < count; i++)
        length += (size_t)snprintf(cells + length, CELLS_SIZE - length, "%s", cell_at(utf8, i, halves));
    (void)snprintf(cells + length, CELLS_SIZE - length, "%s", utf8 ? " " : "] ");
}

int progress_bar(char line[PROGRESS_LINE_SIZE], const progress_view *progress, int columns,
                 const clenet_progress *state) {
    enum { LOSS, ACCURACY, SPEED, LEFT, FIGURES };
    static const int spared[] = {SPEED, LEFT, ACCURACY, LOSS};
    char number[TEXT_SIZE], figures[FIGURES][PART_SIZE] = {{0}}, cells[CELLS_SIZE] = "";
    double share = share_done(state), speed = speed_of(progress, state);
    (void)snprintf(figures[LOSS], PART_SIZE, "  loss %s", text_figure(number, state->loss));
    (void)snprintf(figures[ACCURACY], PART_SIZE, "  accuracy %s", text_figure(number, state->accuracy));
    if (speed > 0.0) {
        (void)snprintf(figures[SPEED], PART_SIZE, "  %s/s", text_count(number, (uint64_t)speed));
        put_left(figures[LEFT], seconds_left(progress, state, speed));
    }

    put_epoch(line, state->epoch, state->epochs);
    int most = columns > 1 ? columns - 1 : 1, frame = progress->utf8 ? 1 : 3; /* columns of "[] " */
    int room = most - (int)strlen(line) - (int)strlen(" 100%") - frame;
    room = leave_out(figures, spared, FIGURES, room - BAR_LEAST) + BAR_LEAST;
    int width = room < BAR_LEAST ? 0 : room < BAR_MOST ? room : BAR_MOST;
    if (width > 0) draw_cells(cells, progress->utf8, width, share);
    size_t length = strlen(line);
    (void)snprintf(line + length, PROGRESS_LINE_SIZE - length, " %s%3.0f%%", cells, floor(100.0 * share));
    int drawn = join(line, figures, FIGURES);
    if (width > 0 && progress->utf8) return drawn - width * (CELL_SIZE - 1);
    if (drawn > most) drawn = most;
    line[drawn] = '\0';
    return drawn;
}

/* The columns of the bar that are still on its line: if the terminal became narrower, the rest was cut or wrapped. */
static int still_drawn(const progress_view *progress) {
    int most = terminal_columns(STDERR_FILENO) - 1;
    return progress->drawn < most ? progress->drawn : most;
}

void progress_draw(progress_view *progress, const clenet_progress *state) {
    if (progress->quiet || !progress->terminal) return;
    char line[PROGRESS_LINE_SIZE];
    int length = progress_bar(line, progress, terminal_columns(STDERR_FILENO), state);
    int blanks = still_drawn(progress) - length;
    (void)fprintf(stderr, "\r%s%*s", line, blanks > 0 ? blanks : 0, "");
    progress->drawn = length;
}

void progress_clear(progress_view *progress) {
    if (progress->drawn > 0) (void)fprintf(stderr, "\r%*s\r", still_drawn(progress), "");
    progress->drawn = 0;
}

/* ---- the epoch's line ---------------------------------------------------------------------------------------------------- */

int progress_line(char line[PROGRESS_LINE_SIZE], int columns, const clenet_epoch *epoch) {
    enum { SECONDS, ACCURACY, LOSS, VAL_ACCURACY, VAL_LOSS, KEPT, PARTS };
    static const int spared[] = {LOSS, VAL_LOSS, SECONDS, ACCURACY, VAL_ACCURACY, KEPT};
    char number[TEXT_SIZE], parts[PARTS][PART_SIZE] = {{0}};
    (void)snprintf(parts[SECONDS], PART_SIZE, "  %s", text_duration(number, epoch->seconds));
    (void)snprintf(parts[ACCURACY], PART_SIZE, "  accuracy %s", text_figure(number, epoch->accuracy));
    (void)snprintf(parts[LOSS], PART_SIZE, "  loss %s", text_figure(number, epoch->loss));
    if (!isnan(epoch->val_accuracy)) {
        (void)snprintf(parts[VAL_ACCURACY], PART_SIZE, "  val_accuracy %s", text_figure(number, epoch->val_accuracy));
        (void)snprintf(parts[VAL_LOSS], PART_SIZE, "  val_loss %s", text_figure(number, epoch->val_loss));
    }
    if (epoch->kept) (void)snprintf(parts[KEPT], PART_SIZE, "  *");
    put_epoch(line, epoch->epoch, epoch->epochs);
    (void)leave_out(parts, spared, PARTS, columns - 1 - (int)strlen(line));
    return join(line, parts, PARTS);
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
    (void)progress_line(line, progress->terminal ? terminal_columns(STDERR_FILENO) : INT_MAX, epoch);
    say_line("%s", line);
}
