/* html.c - see html.h. */
#include "cmd/page/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/embedded.h"

extern const embedded_file page_files[]; /* the HTML, the style sheets and the scripts of this folder */

enum { ASCII = 0x80, DELETE = 0x7f, SURROGATES = 0xd800, SURROGATES_END = 0xdfff, LAST = 0x10ffff };

/* The bytes of the UTF-8 character at the text; 0 if it is invalid: cut, overlong, or not a character. */
static size_t utf8_length(const unsigned char *text) {
    if (text[0] < ASCII) return 1;
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (text[0] < 0xc2 || text[0] > 0xf4) return 0;
    unsigned code = text[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (text[i] & 0x3fU);
    }
    bool surrogate = code >= SURROGATES && code <= SURROGATES_END;
    return code < least[length] || code > LAST || surrogate ? 0 : length;
}

static const char *escape_of(unsigned char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
        return NULL;
    default:
        return c < ' ' || c == DELETE ? "\xef\xbf\xbd" : NULL;
    }
}

void html_text(FILE *page, const char *text) {
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t length = utf8_length(at);
        const char *escape = length == 0 ? "\xef\xbf\xbd" : escape_of(*at);
        if (escape != NULL)
            (void)fputs(escape, page);
        else
            (void)fwrite(at, 1, length, page);
        at += length == 0 ? 1 : length;
    }
}

const embedded_file *html_file(const char *name) {
    size_t i = 0;
    while (strcmp(page_files[i].name, name) != 0) i++;
    return &page_files[i];
}

/* The text of a block, behind its mark. */
static const char *block_of(const char *name) {
    char mark[64];
    size_t length = (size_t)snprintf(mark, sizeof mark, "<!--%s-->\n", name);
    for (size_t i = 0; page_files[i].name != NULL; i++) {
        const char *at = strstr((const char *)page_files[i].text, mark);
        if (at != NULL) return at + length;
    }
    abort(); /* a mistake in the program: no file has such a block */
}

void html_put_block(FILE *page, size_t count, const char *const *texts) {
    for (const char *at = block_of(texts[0]); *at != '\0' && strncmp(at, "<!--", 4) != 0; at++) {
        bool raw = at[0] == '{' && at[1] == '!';
        size_t i = at[0] == '{' ? (size_t)(at[1 + raw] - '0') : 0;
        if (at[0] == '\\' && at[1] == '\n') {
            at++;
        } else if (i > 0 && i < count) {
            if (raw) (void)fputs(texts[i], page);
            if (!raw) html_text(page, texts[i]);
            at += 2 + raw;
        } else {
            (void)putc(*at, page);
        }
    }
}

void html_head(FILE *page, const char *name, const char *what, const char *date, const char *reload) {
    const embedded_file *style = html_file("report.css");
    html_block(page, "head", style->hash);
    if (reload != NULL) html_block(page, "head-reload", reload);
    html_block(page, "head-title", (const char *)style->text, name, what, date);
}
