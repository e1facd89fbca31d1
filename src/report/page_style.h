/* page_style.h - how the page looks: one style sheet, and its hash, by which the page's policy lets it in. */
#ifndef CLENET_REPORT_PAGE_STYLE_H
#define CLENET_REPORT_PAGE_STYLE_H

extern const char page_style[];
extern const char
    page_style_hash[]; /* "sha256-" and base64; a browser drops a style sheet that does not fit (tests/cli/report.sh) */

#endif
