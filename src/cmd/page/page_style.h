/* page_style.h - how the page looks: one style sheet, and its hash, by which the page's policy lets it in. */
#ifndef CLENET_CMD_PAGE_PAGE_STYLE_H
#define CLENET_CMD_PAGE_PAGE_STYLE_H

extern const char page_style[];
extern const char
    page_style_hash[]; /* "sha256-" and base64; a browser drops a style sheet that does not fit (tests/cmd/report.sh) */

#endif
