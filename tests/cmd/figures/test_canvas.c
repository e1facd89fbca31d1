/* test_canvas.c - the SVG that a canvas writes, and the colours of its palette. */
#include "cmd/figures/canvas.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static clenet_error error;

static canvas *page_new(void) {
    canvas *page = NULL;
    cr_assert_eq(canvas_new(&page, FIGURE_SVG, 200, 100, &error), CLENET_OK);
    return page;
}

static char *svg_of(canvas *page) {
    char *svg = NULL;
    size_t size = 0;
    cr_assert_eq(canvas_finish_text(page, &svg, &size, &error), CLENET_OK);
    cr_assert_eq(strlen(svg), size);
    return svg;
}

static void expect_in(const char *svg, const char *wanted) {
    cr_expect_not_null(strstr(svg, wanted), "'%s' is not in:\n%s", wanted, svg);
}

/* ---- SVG ---- */

Test(canvas, letters_are_text_and_what_xml_forbids_is_escaped) {
    canvas *page = page_new();
    canvas_text(page, 10, 20, (text_style){.size = 10, .colour = INK}, "a < b & \"c\" > \x01 \xff \xc3\xa9");
    char *svg = svg_of(page);
    expect_in(svg, "<text x=\"10\" y=\"23.5\" font-size=\"10\" class=\"f-ink\">a &lt; b &amp; &quot;c&quot; &gt; ? ? "
                   "\xc3\xa9</text>");
    cr_expect_null(strstr(svg, "<path"));
    free(svg);
}

Test(canvas, a_text_that_is_cut_ends_with_a_whole_letter) {
    char text[401] = "";
    for (int i = 0; i < 200; i++) strcat(text, "\xc3\xa9");
    canvas *page = page_new();
    canvas_text(page, 0, 0, (text_style){.size = 10, .colour = INK}, text + 1);
    char *svg = svg_of(page);
    expect_in(svg, ">?\xc3\xa9");
    expect_in(svg, "\xc3\xa9</text>");
    free(svg);
}

Test(canvas, numbers_have_two_decimals_at_most_and_what_is_no_number_is_harmless) {
    canvas *page = page_new();
    canvas_box(page, 1.23456, -0.5, 10.001, (double)NAN, ORANGE);
    canvas_box(page, 1.996, -0.001, 1e300, 0.05, ORANGE);
    char *svg = svg_of(page);
    expect_in(svg, "<rect x=\"1.23\" y=\"-.5\" width=\"10\" height=\"0\" class=\"f-orange\"/>");
    expect_in(svg, "<rect x=\"2\" y=\"0\" width=\"1000000\" height=\".05\" class=\"f-orange\"/>");
    free(svg);
}

Test(canvas, a_colour_of_the_palette_is_a_class_a_shade_an_opacity_and_another_a_number) {
    canvas *page = page_new();
    canvas_disc(page, 1, 2, 3, colour_shade(BLUE, 0.25));
    canvas_line(page, 0, 0, 1, 1, 2, 0x123456);
    char *svg = svg_of(page);
    expect_in(svg, "class=\"f-blue\" fill-opacity=\".25\"");
    expect_in(svg, "stroke=\"#123456\"");
    expect_in(svg, ".f-blue{fill:#1d5fbf}");
    expect_in(svg, "@media screen and (prefers-color-scheme:dark)");
    free(svg);
}

Test(canvas, a_page_has_whole_pixels) {
    canvas *page = NULL;
    cr_assert_eq(canvas_new(&page, FIGURE_SVG, 100.2, 50.0, &error), CLENET_OK);
    char *svg = svg_of(page);
    expect_in(svg, " width=\"101\" height=\"50\" viewBox=\"0 0 101 50\"");
    free(svg);
}

Test(canvas, the_name_and_the_description_come_first) {
    canvas *page = page_new();
    canvas_describe(page, "x", NULL);
    canvas_describe(page, "Loss & more", "It falls.");
    char *svg = svg_of(page);
    expect_in(svg, " role=\"img\">\n<title>Loss &amp; more</title>\n<desc>It falls.</desc>\n<style>");
    free(svg);
}

Test(canvas, dashes_hold_until_the_next_call) {
    canvas *page = page_new();
    canvas_dashes(page, "6 3");
    canvas_line(page, 0, 0, 1, 1, 1, INK);
    canvas_dashes(page, NULL);
    canvas_line(page, 0, 0, 2, 2, 1, INK);
    char *svg = svg_of(page);
    expect_in(svg, "x2=\"1\" y2=\"1\" class=\"s-ink\" stroke-width=\"1\" stroke-dasharray=\"6 3\"/>");
    expect_in(svg, "x2=\"2\" y2=\"2\" class=\"s-ink\" stroke-width=\"1\"/>");
    free(svg);
}

Test(canvas, a_picture_is_one_element) {
    const uint8_t pixels[2][3] = {{255, 0, 0}, {0, 0, 255}}, ink[2] = {0, 255};
    canvas *page = page_new();
    canvas_image(page, 1, 2, 30, 40, pixels[0], 2, 1, 3);
    canvas_ink(page, 1, 2, 30, 40, ink, 1, 2);
    char *svg = svg_of(page);
    expect_in(
        svg,
        "<image preserveAspectRatio=\"none\" image-rendering=\"pixelated\" x=\"1\" y=\"2\" width=\"30\" height=\"40\" "
        "href=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjd");
    expect_in(svg, "<image class=\"invert\" ");
    free(svg);
}

Test(canvas, a_page_gets_the_figure_without_its_style) {
    canvas *page = page_new();
    canvas_line(page, 0, 0, 1, 1, 1, INK);
    char *svg = svg_of(page);
    size_t size = svg_for_page(svg, strlen(svg));
    cr_expect_eq(strlen(svg), size);
    cr_expect_null(strstr(svg, "style"));
    cr_expect_null(strstr(svg, " id="));
    expect_in(svg, ">\n<rect class=\"f-ground\" width=\"200\" height=\"100\"/>\n<line ");
    cr_expect_str_eq(svg + size - 7, "</svg>\n");
    cr_expect_eq(svg_for_page(svg, size), size);
    free(svg);
}

/* The page has the rules in its style sheet, which its content security policy names by its hash. */
Test(canvas, the_pages_style_sheet_has_the_rules_of_a_figure) {
    char *rules = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&rules, &size), *file = fopen(CLENET_SOURCE_DIR "/src/cmd/page/report.css", "rb");
    cr_assert(to != NULL && file != NULL);
    canvas_rules(to);
    (void)fclose(to);
    static char sheet[65536];
    sheet[fread(sheet, 1, sizeof sheet - 1, file)] = '\0';
    (void)fclose(file);
    char *dark = strstr(rules, "@media");
    cr_assert_not_null(dark);
    dark[-1] = '\0'; /* the end of the light rules, without their last brace */
    expect_in(sheet, rules);
    expect_in(sheet, dark);
    free(rules);
}

/* ---- colours ---- */

typedef struct light {
    double rgb[3]; /* linear, 0 to 1 */
} light;

static light light_of(int colour) {
    light of;
    for (int i = 0; i < 3; i++) {
        double value = (colour >> (16 - 8 * i) & 0xFF) / 255.0;
        of.rgb[i] = value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
    }
    return of;
}

static double luminance(light of) {
    return 0.2126 * of.rgb[0] + 0.7152 * of.rgb[1] + 0.0722 * of.rgb[2];
}

static double contrast(int a, int b) {
    double high = luminance(light_of(a)) + 0.05, low = luminance(light_of(b)) + 0.05;
    return high > low ? high / low : low / high;
}

static const palette_colour *named(const char *name) {
    for (int i = 0; i < PALETTE_COLOURS; i++)
        if (strcmp(canvas_palette[i].name, name) == 0) return &canvas_palette[i];
    cr_assert_fail("no colour %s", name);
    return NULL;
}

static const palette_colour *of_colour(int colour) {
    for (int i = 0; i < PALETTE_COLOURS; i++)
        if (canvas_palette[i].light == colour) return &canvas_palette[i];
    cr_assert_fail("no colour %06x", (unsigned)colour);
    return NULL;
}

Test(palette, every_colour_of_text_is_readable_on_the_ground_and_on_paper_in_both_modes) {
    const palette_colour *ground = named("ground"), *paper = named("paper");
    for (int i = 0; i < PALETTE_COLOURS; i++) {
        const palette_colour *of = &canvas_palette[i];
        if (of == ground || of == paper || of == named("hair")) continue;
        cr_expect_geq(contrast(of->light, ground->light), 4.5, "%s", of->name);
        cr_expect_geq(contrast(of->light, paper->light), 4.5, "%s on paper", of->name);
        cr_expect_geq(contrast(of->dark, ground->dark), 4.5, "%s in the dark", of->name);
        cr_expect_geq(contrast(of->dark, paper->dark), 4.5, "%s on dark paper", of->name);
    }
}

Test(palette, text_on_a_shade_is_readable_in_both_modes) {
    static const int colours[] = {BLUE, ORANGE};
    const palette_colour *ground = named("ground");
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
        for (int percent = 0; percent <= 100; percent++) {
            if (percent > 40 && percent < 92) continue;
            const palette_colour *of = of_colour(colours[i]);
            int text = colour_of_text_on(colour_shade(colours[i], percent / 100.0));
            const palette_colour *letters = of_colour(text);
            cr_expect_geq(contrast(colour_mix(ground->light, of->light, percent / 100.0), letters->light), 4.5,
                          "%s at %d %%", of->name, percent);
            cr_expect_geq(contrast(colour_mix(ground->dark, of->dark, percent / 100.0), letters->dark), 4.5,
                          "%s at %d %% in the dark", of->name, percent);
        }
    }
}

/* What is seen without the cones of one kind: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of
 * color vision deficiency" (2009), at full severity, in linear light. The last turns to grey. */
static const struct vision {
    const char *name;
    double matrix[3][3];
} visions[] = {
    {"all cones", {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {"deuteranopia",
     {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
    {"protanopia", {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
    {"tritanopia", {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}},
    {"grey", {{0.2126, 0.7152, 0.0722}, {0.2126, 0.7152, 0.0722}, {0.2126, 0.7152, 0.0722}}}};
enum { VISIONS = sizeof visions / sizeof visions[0] };

static light seen_by(const struct vision *by, light of) {
    light seen;
    for (int row = 0; row < 3; row++) {
        double sum = 0.0;
        for (int i = 0; i < 3; i++) sum += by->matrix[row][i] * of.rgb[i];
        seen.rgb[row] = sum < 0.0 ? 0.0 : sum > 1.0 ? 1.0 : sum;
    }
    return seen;
}

/* CIE 1976 L*a*b*, under the white of sRGB. */
static void lab_of(double lab[3], light of) {
    static const double to_xyz[3][3] = {{0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047},
                                        {0.2126729, 0.7151522, 0.0721750},
                                        {0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883}};
    double f[3];
    for (int row = 0; row < 3; row++) {
        double value = 0.0;
        for (int i = 0; i < 3; i++) value += to_xyz[row][i] * of.rgb[i];
        f[row] = value > 0.008856 ? cbrt(value) : 7.787 * value + 16.0 / 116.0;
    }
    lab[0] = 116.0 * f[1] - 16.0;
    lab[1] = 500.0 * (f[0] - f[1]);
    lab[2] = 200.0 * (f[1] - f[2]);
}

static double distance(const struct vision *by, int a, int b) {
    double lab[2][3], sum = 0.0;
    lab_of(lab[0], seen_by(by, light_of(a)));
    lab_of(lab[1], seen_by(by, light_of(b)));
    for (int i = 0; i < 3; i++) sum += (lab[0][i] - lab[1][i]) * (lab[0][i] - lab[1][i]);
    return sqrt(sum);
}

/* Blue and orange have a meaning in most figures: training and validation, right and wrong, negative and positive. */
Test(palette, blue_and_orange_are_told_apart_without_the_cones_of_any_kind) {
    const palette_colour *blue = named("blue"), *orange = named("orange");
    for (int i = 0; i < VISIONS - 1; i++) { /* in grey they differ in their place, sign or dashes alone */
        cr_expect_geq(distance(&visions[i], blue->light, orange->light), 40.0, "%s", visions[i].name);
        cr_expect_geq(distance(&visions[i], blue->dark, orange->dark), 40.0, "%s in the dark", visions[i].name);
    }
}

/* Two colours with a distance below 10 are told apart by nobody at a glance. */
Test(palette, two_series_of_near_colours_have_other_dashes_and_another_marker) {
    for (int a = 0; a < SERIES_MOST; a++) {
        for (int b = 0; b < a; b++) {
            const palette_colour *one = of_colour(canvas_series[a].colour), *other = of_colour(canvas_series[b].colour);
            bool solid = canvas_series[a].dashes == NULL || canvas_series[b].dashes == NULL;
            bool same = solid ? canvas_series[a].dashes == canvas_series[b].dashes
                              : strcmp(canvas_series[a].dashes, canvas_series[b].dashes) == 0;
            cr_expect_not(same, "the dashes of series %d and %d", a, b);
            cr_expect_neq(canvas_series[a].marker, canvas_series[b].marker);
            cr_expect_geq(distance(&visions[0], one->light, other->light), 10.0, "%s, %s", one->name, other->name);
            cr_expect_geq(distance(&visions[0], one->dark, other->dark), 10.0, "%s, %s", one->name, other->name);
        }
    }
}

Test(palette, each_marker_is_drawn) {
    size_t before = 0;
    for (int shape = MARKER_DISC; shape <= MARKER_PLUS; shape++) {
        canvas *page = page_new();
        canvas_marker(page, 10, 10, 4, (marker_shape)shape, BLUE);
        char *svg = svg_of(page);
        expect_in(svg, "-blue\"");
        cr_expect_neq(strlen(svg), before);
        before = strlen(svg);
        free(svg);
    }
}

/* ---- width of text ---- */

Test(canvas, the_width_of_a_text_follows_its_letters) {
    cr_expect_float_eq(canvas_text_width("", 10), 0.0, 1e-9);
    cr_expect_float_eq(canvas_text_width("iii", 100), 84.0, 1e-9);
    cr_expect_float_eq(canvas_text_width("WWW", 100), 297.0, 1e-9);
    cr_expect_float_eq(canvas_text_width("\xc3\xa9", 100), 65.0, 1e-9);
    cr_expect_float_eq(canvas_text_width("\xe6\x97\xa5\xe6\x9c\xac", 100), 200.0, 1e-9);
}
