/* test_base64.c - bytes as base64, by the examples of RFC 4648. */
#include "cmd/base/base64.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *text, size_t count, const char *wanted) {
    char *bytes = NULL;
    size_t size;
    FILE *to = open_memstream(&bytes, &size);
    base64_write(to, (const unsigned char *)text, count);
    (void)fclose(to);
    cr_expect_str_eq(bytes, wanted);
    free(bytes);
}

Test(base64, texts_of_each_length_have_their_padding) {
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) expect(rows[i][0], strlen(rows[i][0]), rows[i][1]);
}

Test(base64, all_bytes_are_allowed) {
    expect("\xff\xfe\x00\x3e", 4, "//4APg==");
}
