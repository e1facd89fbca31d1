/* torch.c - clenet export --format torch: a state dict, and the module that loads it on standard output. */
#include "cmd/export/export.h"

#include <stdio.h>

#include "cmd/base/say.h"

int export_to_torch(const clenet_model *model, const export_arguments *arguments) {
    clenet_error error;
    clenet_export_options to;
    clenet_export *exported = NULL;
    clenet_export_options_init(&to, sizeof to);
    to.logits = arguments->logits;
    clenet_status status = clenet_export_torch(&exported, model, &to, &error);
    if (status == CLENET_OK) status = clenet_export_save(exported, arguments->out, &error);
    if (status == CLENET_OK) (void)fputs(clenet_export_header(exported), stdout);
    clenet_export_free(exported);
    return status == CLENET_OK ? EXIT_DONE : say_error(&error);
}
