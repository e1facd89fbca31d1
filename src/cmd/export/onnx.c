/* onnx.c - clenet export --format onnx. */
#include <stdio.h>

#include "cmd/base/say.h"
#include "cmd/base/text.h"
#include "cmd/export/export.h"

int export_to_onnx(const clenet_model *model, const export_arguments *arguments) {
    clenet_error error;
    clenet_export_options to;
    clenet_export *exported = NULL;
    char size[TEXT_SIZE];
    clenet_export_options_init(&to, sizeof to);
    to.logits = arguments->logits;
    to.float_pixels = arguments->pixels != 0;
    clenet_status status = clenet_export_onnx(&exported, model, &to, &error);
    if (status == CLENET_OK) status = clenet_export_save(exported, arguments->out, &error);
    (void)text_bytes(size, clenet_export_size(exported));
    clenet_export_free(exported);
    if (status != CLENET_OK) return say_error(&error);
    clenet_shape in = clenet_network_input(clenet_model_network(model));
    (void)printf("%s: %s\n\n", arguments->out, size);
    if (to.float_pixels)
        (void)printf("images         float [N, %d, %d, %d], 0 to 1\n", in.channels, in.height, in.width);
    else
        (void)printf("images         uint8 [N, %d, %d, %d], 0 to 255\n", in.height, in.width, in.channels);
    int classes = 0;
    while (clenet_model_class_name(model, classes) != NULL) classes++;
    (void)printf("probabilities  float [N, %d]\n", classes);
    if (to.logits) (void)printf("logits         float [N, %d]\n", classes);
    return EXIT_DONE;
}
