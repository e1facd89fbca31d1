/* html.c - clenet export --format html: a page to draw on. */
#include "cmd/export/export.h"

#include <stdio.h>

#include "cmd/base/say.h"
#include "cmd/page/draw.h"

int export_to_html(const clenet_model *model, const export_arguments *arguments) {
    clenet_error error;
    if (page_draw_write(arguments->out, model, &error) != CLENET_OK) return say_error(&error);
    (void)printf("%s\n\nOpen it in a browser, and draw. It works offline.\n", arguments->out);
    return EXIT_DONE;
}
