/* tta.c - see tta.h. */
#include "cmd/base/tta.h"

#include <stddef.h>

enum { SEED = 1 }; /* of the copies: always the same, so that a submission can be repeated */

clenet_status tta_predictor_new(clenet_predictor **predictor, const clenet_model *model, const clenet_device *device,
                                int copies, clenet_error *error) {
    clenet_predictor *made = NULL;
    clenet_status status = clenet_predictor_new(&made, model, device, error);
    if (status == CLENET_OK && copies > 1) status = clenet_predictor_set_copies(made, copies, SEED, error);
    if (status != CLENET_OK) {
        clenet_predictor_free(made);
        return status;
    }
    *predictor = made;
    return CLENET_OK;
}
