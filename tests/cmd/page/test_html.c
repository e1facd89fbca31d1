/* test_html.c - what comes from outside into the page stands there as text, whatever it is. */
#include "cmd/page/html.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_text(const char *text, const char *wanted) {
    char *bytes = NULL;
    size_t size;
    FILE *page = open_memstream(&bytes, &size);
    html_text(page, text);
    (void)fclose(page);
    cr_expect_str_eq(bytes, wanted);
    free(bytes);
}

Test(html, markup_in_a_name_is_shown_and_not_obeyed) {
    expect_text("<b>&\"'</b>", "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;");
}

Test(html, letters_of_every_script_stay_as_they_are) {
    expect_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n");
}

Test(html, bytes_that_are_no_characters_are_replaced) {
    expect_text("a\xff"
                "b",
                "a\xef\xbf\xbd"
                "b");
    expect_text("\xc3", "\xef\xbf\xbd");                                 /* cut */
    expect_text("\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd");                 /* a '<' in two bytes */
    expect_text("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* half a pair of UTF-16 */
    expect_text("\x1b[1m", "\xef\xbf\xbd[1m");
}

Test(html, a_block_of_the_page_escapes_its_texts_and_joins_lines) {
    char *bytes = NULL;
    size_t size;
    FILE *page = open_memstream(&bytes, &size);
    html_block(page, "as-table", " open");
    html_block(page, "row-link", "a&b");
    html_block(page, "cell", "{1}");
    (void)fclose(page);
    cr_expect_str_eq(bytes, "<details open><summary>As a table</summary>\n"
                            "<tr><th scope=\"row\"><a href=\"a&amp;b/report.html\">a&amp;b</a></th><td>{1}</td>");
    free(bytes);
}
