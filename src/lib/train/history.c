/* history.c - writes the epochs of a run to a CSV file.
 *
 * It writes complete lines. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/status.h"

enum { CELL_SIZE = 32, LINE_SIZE = 256 };

/* A learning rate as text, with the digits of a float; an empty cell if it is not known. */
static const char *rate_cell(char text[CELL_SIZE], double rate) {
    if (!(rate > 0)) return "";
    number_print(text, CELL_SIZE, "%.7g", rate);
    return text;
}

/* A value of validation as text, or an empty cell without validation. */
static const char *cell(char text[CELL_SIZE], double value) {
    if (isnan(value)) return "";
    number_print(text, CELL_SIZE, "%.9g", value);
    return text;
}

clenet_status clenet_history_append(const char *path, const clenet_epoch *epoch, clenet_error *error) {
    REQUIRE(path, error);
    REQUIRE(epoch, error);
    char accuracy[CELL_SIZE], loss[CELL_SIZE], rate[CELL_SIZE], line[LINE_SIZE];
    bool first = epoch->epoch == 1;
    int length = number_print(line, sizeof line, "%s%d,%.9g,%.9g,%s,%s,%.6f,%s\n",
                              first ? "epoch,accuracy,loss,val_accuracy,val_loss,seconds,learning_rate\n" : "",
                              epoch->epoch, epoch->accuracy, epoch->loss, cell(accuracy, epoch->val_accuracy),
                              cell(loss, epoch->val_loss), epoch->seconds, rate_cell(rate, epoch->learning_rate));
    FILE *file = fopen(path, first ? "w" : "a");
    if (!file)
        return error_set(error, CLENET_ERROR_IO, "cannot open '%s' to write the history: %s", path, strerror(errno));
    bool written = fwrite(line, 1, (size_t)length, file) == (size_t)length;
    written = fclose(file) == 0 && written;
    if (written) return CLENET_OK;
    return error_set(error, CLENET_ERROR_IO, "cannot write the history '%s': %s; free space and train again", path,
                     strerror(errno));
}
