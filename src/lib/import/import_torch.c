/* import_torch.c - a state dict of PyTorch, as safetensors. */
#include "lib/import/import.h"

clenet_status import_read_torch(import_network *to, const import_source *from, clenet_error *error) {
    (void)to;
    return error_set(error, CLENET_ERROR_FORMAT, "'%s' is a state dict of PyTorch, which is not read yet", from->name);
}
