/* test_svg.c - SVG in fewer bytes is the same picture. */
#include "cmd/figures/canvas.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const char *given, const char *wanted) {
    char text[256];
    size_t size = strlen(given);
    memcpy(text, given, size);
    size_t shorter = svg_shorten(text, size);
    text[shorter] = '\0';
    cr_expect_str_eq(text, wanted);
}

Test(svg, numbers_are_rounded_to_two_decimals) {
    expect("M 1.23456 -7.891 L 10 0.5 Z", "M 1.23 -7.89 L 10 0.5 Z");
    expect("129.996094 100.003906 0.995 1.005 49.9951", "130 100 1 1.01 50");
    expect("0.0001", "0");
    expect("2.5", "2.5");
}

Test(svg, properties_that_hold_anyway_are_dropped) {
    expect("style=\"fill-rule:nonzero;fill:red;fill-opacity:1;stroke-opacity:0.5;\"",
           "style=\"fill:red;stroke-opacity:0.5;\"");
}

Test(svg, words_and_whole_numbers_stay) {
    expect("<?xml version=\"1.0\"?><a href=\"http://www.w3.org/2000/svg\">12345678</a>",
           "<?xml version=\"1.0\"?><a href=\"http://www.w3.org/2000/svg\">12345678</a>");
    expect("", "");
    expect("7.", "7.");
}
