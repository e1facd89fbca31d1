/* fuzz_history.c - a history.csv of an earlier run, or whatever came instead. What is read counts its epochs from 1; read in other
 * pieces or not, an error has the place. */
#include <math.h>

#include "fuzz.h"
#include "cmd/figures/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    history run;
    clenet_error error;
    clenet_status status = history_read(&run, fuzz_file(bytes, count), &error);
    fuzz_check_error(status, &error);
    fuzz_require(status != CLENET_OK || run.count > 0, "a history without epochs is taken");
    for (size_t i = 0; i < run.count; i++) {
        const clenet_epoch *epoch = &run.epochs[i];
        fuzz_require(epoch->epoch == (int)i + 1, "an epoch has another number than its place");
        fuzz_require(!isnan(epoch->seconds), "the seconds are not a number");
    }
    fuzz_require(run.kept >= 0 && (size_t)run.kept <= run.count, "the kept epoch is none of them");
    history_free(&run);
    return 0;
}
