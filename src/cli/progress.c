/* progress.c - the bar, and the line that stays. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/terminal.h"
#include "cli/text.h"

enum {
    BAR_MOST = 30,  /* cells between the brackets */
    BAR_LEAST = 10, /* fewer tell nothing: figures give way first */
    FIGURES = 3
};

progress_view progress_begin(bool quiet) {
    return (progress_view){.quiet = quiet, .terminal = terminal_is(STDERR_FILENO)};
}

/* Share of the epoch that is done, 0 to 1. */
static double share_done(const clenet_progress *state) {
    if (state->images_total == 0) return 0.0;
    double share = (double)state->images / (double)state->images_total;
    return share < 1.0 ? share : 1.0;
}

static void draw_cells(char *to /* [cells + 1] */, int cells, double share) {
    int full = (int)(share * cells);
    memset(to, ' ', (size_t)cells);
    memset(to, '=', (size_t)full);
    if (full < cells) to[full] = '>';
    to[cells] = '\0';
}

int progress_bar(char line[PROGRESS_LINE_SIZE], int columns, const clenet_progress *state) {
    char number[TEXT_SIZE], head[64], percent[16], figure[FIGURES][64] = {{0}}, cells[BAR_MOST + 1] = "";
    double share = share_done(state);
    int head_length = snprintf(head, sizeof head, "epoch %d/%d ", state->epoch, state->epochs);
    int percent_length = snprintf(percent, sizeof percent, "%3.0f%%", floor(100.0 * share));
    (void)snprintf(figure[0], sizeof figure[0], "  loss %s", text_figure(number, state->loss));
    (void)snprintf(figure[1], sizeof figure[1], "  accuracy %s", text_figure(number, state->accuracy));
    if (share > 0.0) {
        double left = state->seconds * (1.0 - share) / share;
        (void)snprintf(figure[2], sizeof figure[2], "  %s left", text_duration(number, left));
    }

    int room = columns - 1 - head_length - percent_length - (int)strlen("[] ");
    for (int i = 0; i < FIGURES; i++) room -= (int)strlen(figure[i]);
    for (int i = FIGURES - 1; i >= 0 && room < BAR_LEAST; i--) { /* time first, loss last */
        room += (int)strlen(figure[i]);
        figure[i][0] = '\0';
    }
    if (room >= BAR_LEAST) draw_cells(cells, room < BAR_MOST ? room : BAR_MOST, share);

    int length = snprintf(line, PROGRESS_LINE_SIZE, "%s%s%s%s%s%s%s%s", head, cells[0] != '\0' ? "[" : "", cells,
                          cells[0] != '\0' ? "] " : "", percent, figure[0], figure[1], figure[2]);
    int most = columns > 1 ? columns - 1 : 1;
    if (length > most) length = most;
    line[length] = '\0';
    return length;
}

void progress_draw(progress_view *progress, const clenet_progress *state) {
    if (progress->quiet || !progress->terminal) return;
    char line[PROGRESS_LINE_SIZE];
    int length = progress_bar(line, terminal_columns(STDERR_FILENO), state);
    int blanks = progress->drawn > length ? progress->drawn - length : 0;
    (void)fprintf(stderr, "\r%s%*s", line, blanks, "");
    progress->drawn = length;
}

void progress_clear(progress_view *progress) {
    if (progress->drawn > 0) (void)fprintf(stderr, "\r%*s\r", progress->drawn, "");
    progress->drawn = 0;
}

void progress_epoch(progress_view *progress, const clenet_epoch *epoch) {
    if (progress->quiet) return;
    char seconds[TEXT_SIZE], accuracy[TEXT_SIZE], loss[TEXT_SIZE], val_accuracy[TEXT_SIZE], val_loss[TEXT_SIZE];
    char validation[2 * TEXT_SIZE + 32] = "";
    if (!isnan(epoch->val_accuracy)) {
        (void)snprintf(validation, sizeof validation, "  val_accuracy %s  val_loss %s",
                       text_figure(val_accuracy, epoch->val_accuracy), text_figure(val_loss, epoch->val_loss));
    }
    progress_clear(progress);
    say_line("epoch %d/%d  %s  accuracy %s  loss %s%s%s", epoch->epoch, epoch->epochs,
             text_duration(seconds, epoch->seconds), text_figure(accuracy, epoch->accuracy),
             text_figure(loss, epoch->loss), validation, epoch->kept ? "  *" : "");
}
