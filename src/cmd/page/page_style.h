/* page_style.h - the style sheet of the page, and its hash.
 *
 * The page's content security policy allows the sheet by the hash. */
#ifndef CLENET_CMD_PAGE_PAGE_STYLE_H
#define CLENET_CMD_PAGE_PAGE_STYLE_H

extern const char page_style[];
extern const char page_style_hash[]; /* "sha256-" and base64; browsers check it (tests/cmd/report.sh) */

#endif
