/* csv_header.c - see csv_header.h. */
#include "lib/data/csv_header.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/memory.h"

/* A pixel column's name: prefix and number, or row and column. */
typedef struct pixel_name {
    size_t prefix; /* length */
    uint32_t row, number;
    bool has_number, has_row;
} pixel_name;

enum { DIGITS_MOST = 8 /* of a number: all fit in 32 bits */, SHOWN = 24 /* bytes of a name in a message */ };

static const char *const label_names[] = {"label", "labels", "class", "digit", "target", "y"};
static const char *const other_names[] = {"id", "index", "imageid", "unnamed: 0"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_among(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, names[i]) == 0) return true;
    return false;
}

bool csv_header_add(csv_header *header, const char *name, size_t length) {
    while (length > 0 && (name[0] == ' ' || name[0] == '\t')) name++, length--;
    while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '\t')) length--;
    if (!growing_reserve(&header->names, length + 1)) return false;
    memcpy(header->names.bytes + header->names.count, name, length);
    header->names.bytes[header->names.count + length] = '\0';
    header->names.count += length + 1;
    header->count++;
    return true;
}

void csv_header_free(csv_header *header) {
    memory_free(header->names.bytes);
}

/* The number of `count` digits. */
static uint32_t number_of(const char *digits, size_t count) {
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++) number = number * 10 + (uint32_t)(digits[i] - '0');
    return number;
}

static pixel_name parse_name(const char *name) {
    pixel_name parsed = {0};
    size_t length = strlen(name), end = length, rows;
    while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') end--;
    if (end == length || length - end > DIGITS_MOST) return parsed;
    parsed.has_number = true;
    parsed.prefix = end;
    parsed.number = number_of(name + end, length - end);
    rows = strspn(name, "0123456789");
    if (rows == 0 || rows + 1 != end || rows > DIGITS_MOST || (name[rows] != 'x' && name[rows] != 'X')) return parsed;
    parsed.has_row = true;
    parsed.row = number_of(name, rows);
    return parsed;
}

/* ---- which column is what ---------------------------------------------------------------------------------- */

/* Finds the label, and marks the pixels in place with 0, all others with CSV_NO_PIXEL. */
static clenet_status find_roles(csv_meaning *m, const csv_header *header) {
    const char *name = (const char *)header->names.bytes;
    m->label = header->count;
    for (size_t i = 0; i < header->count; name += strlen(name) + 1, i++) {
        bool is_label = is_among(name, label_names, COUNT(label_names));
        bool is_other = is_among(name, other_names, COUNT(other_names)) || (i == 0 && name[0] == '\0');
        m->place[i] = is_label || is_other ? CSV_NO_PIXEL : 0;
        m->pixels += !is_label && !is_other;
        if (!is_label) continue;
        if (m->label < header->count) {
            (void)snprintf(m->why, sizeof m->why, "a second column of labels, '%.*s': remove or rename one", SHOWN,
                           name);
            m->column = i + 1;
            return CLENET_ERROR_FORMAT;
        }
        m->label = i;
    }
    return CLENET_OK;
}

/* How the names of the pixels count. */
typedef struct counting {
    bool by_number, by_row; /* neither: in the order of the file */
    uint32_t first, row;    /* the least number, which is a column if there are rows; the least row */
    uint32_t columns;
} counting;

static counting how_they_count(const csv_meaning *m, const csv_header *header) {
    const char *name = (const char *)header->names.bytes, *prefix = NULL;
    size_t length = 0;
    uint32_t last = 0;
    counting c = {.by_number = true, .by_row = true, .first = UINT32_MAX, .row = UINT32_MAX};
    for (size_t i = 0; i < header->count; name += strlen(name) + 1, i++) {
        if (m->place[i] == CSV_NO_PIXEL) continue;
        pixel_name p = parse_name(name);
        if (!prefix) prefix = name, length = p.prefix;
        c.by_number = c.by_number && p.has_number && p.prefix == length && strncasecmp(name, prefix, length) == 0;
        c.by_row = c.by_row && p.has_row;
        if (p.number < c.first) c.first = p.number;
        if (p.row < c.row) c.row = p.row;
        if (p.number > last) last = p.number;
    }
    c.columns = last - c.first + 1;
    if (c.by_row) c.by_number = false;
    return c;
}

/* The pixel of a name; CSV_NO_PIXEL: none of the image. */
static uint32_t place_of(const csv_meaning *m, counting c, const char *name, size_t in_file) {
    if (!c.by_number && !c.by_row) return (uint32_t)in_file;
    pixel_name p = parse_name(name);
    uint64_t at = c.by_row ? (uint64_t)(p.row - c.row) * c.columns + (p.number - c.first) : p.number - c.first;
    return at < m->pixels ? (uint32_t)at : CSV_NO_PIXEL;
}

/* Sets the places of all pixels; each has one column. *in_order: they stand in the order of the file. */
static clenet_status place_pixels(csv_meaning *m, const csv_header *header, counting c, bool *in_order) {
    const char *name = (const char *)header->names.bytes;
    uint8_t *seen = memory_new(m->pixels + 1, 1);
    clenet_status status = seen ? CLENET_OK : CLENET_ERROR_MEMORY;
    size_t pixel = 0;
    *in_order = true;
    for (size_t i = 0; i < header->count && status == CLENET_OK; name += strlen(name) + 1, i++) {
        if (m->place[i] == CSV_NO_PIXEL) continue;
        uint32_t at = place_of(m, c, name, pixel);
        if (at == CSV_NO_PIXEL || seen[at]) {
            (void)snprintf(m->why, sizeof m->why,
                           "'%.*s' does not fit the names of the other pixels: a number is missing or there twice",
                           SHOWN, name);
            m->column = i + 1;
            status = CLENET_ERROR_FORMAT;
            break;
        }
        seen[at] = 1;
        m->place[i] = at;
        *in_order = *in_order && at == pixel;
        pixel++;
    }
    memory_free(seen);
    return status;
}

/* Names that do not count are those of pixels only if there is a label: any text without a comma would be a pixel. */
static clenet_status check_known(csv_meaning *m, const csv_header *header, counting c) {
    if (c.by_number || c.by_row || m->label < header->count) return CLENET_OK;
    (void)snprintf(m->why, sizeof m->why,
                   "'%.*s' is no name of a pixel, and no column is named 'label': a first line such as "
                   "label,pixel0,pixel1,... tells the columns",
                   SHOWN, (const char *)header->names.bytes);
    m->column = 1;
    return CLENET_ERROR_FORMAT;
}

/* ---- what is told of it ------------------------------------------------------------------------------------ */

static const char *name_at(const csv_header *header, size_t column) {
    const char *name = (const char *)header->names.bytes;
    while (column-- > 0) name += strlen(name) + 1;
    return name;
}

static bool is_kaggle(const csv_meaning *m, const csv_header *header, counting c, bool in_order) {
    bool has_label = m->label < header->count;
    const char *pixel = m->pixels ? name_at(header, has_label && m->label == 0 ? 1 : 0) : "";
    return in_order && m->pixels + has_label == header->count && c.by_number && c.first == 0 &&
           strncmp(pixel, "pixel", 5) == 0 && (!has_label || strcmp(name_at(header, m->label), "label") == 0);
}

static void tell(csv_meaning *m, const csv_header *header, counting c, bool in_order) {
    size_t used = 0, left_out = header->count - m->pixels - (m->label < header->count);
    if (is_kaggle(m, header, c, in_order)) return;
    if (m->label < header->count)
        used += (size_t)snprintf(m->told, sizeof m->told, "column %zu, '%.*s', is the label; ", m->label + 1, SHOWN,
                                 name_at(header, m->label));
    used += (size_t)snprintf(m->told + used, sizeof m->told - used, "%zu pixels%s", m->pixels,
                             in_order   ? ""
                             : c.by_row ? " in the order of their rows and columns"
                                        : " in the order of their numbers");
    for (size_t i = 0; i < header->count && left_out > 0; i++) {
        if (m->place[i] != CSV_NO_PIXEL || i == m->label) continue;
        (void)snprintf(m->told + used, sizeof m->told - used, "; column %zu, '%.*s', is left out", i + 1, SHOWN,
                       name_at(header, i));
        break;
    }
}

/* True if each name is a number: a row of numbers that csv_headerless does not take, not a header. */
static bool all_numbers(const csv_header *header) {
    const char *name = (const char *)header->names.bytes;
    for (size_t i = 0; i < header->count; name += strlen(name) + 1, i++)
        if (name[0] == '\0' || strspn(name, "0123456789.+-eE") != strlen(name)) return false;
    return true;
}

clenet_status csv_header_mean(csv_meaning *meaning, const csv_header *header) {
    *meaning = (csv_meaning){.place = memory_new(header->count + 1, sizeof *meaning->place)};
    if (!meaning->place) return CLENET_ERROR_MEMORY;
    bool in_order = true;
    clenet_status status = CLENET_OK;
    if (all_numbers(header)) {
        (void)snprintf(meaning->why, sizeof meaning->why,
                       "the first line has numbers, and not whole ones 0..255: put a first line such as "
                       "label,pixel0,pixel1,... in front, and write whole numbers");
        meaning->column = 1;
        status = CLENET_ERROR_FORMAT;
    }
    if (status == CLENET_OK) status = find_roles(meaning, header);
    if (status == CLENET_OK) {
        counting c = how_they_count(meaning, header);
        status = check_known(meaning, header, c);
        if (status == CLENET_OK) status = place_pixels(meaning, header, c, &in_order);
        if (status == CLENET_OK) tell(meaning, header, c, in_order);
    }
    bool plain = in_order && meaning->pixels + (meaning->label < header->count) == header->count;
    if (status == CLENET_OK && !plain) return CLENET_OK;
    memory_free(meaning->place);
    meaning->place = NULL;
    return status;
}

/* ---- without a header -------------------------------------------------------------------------------------- */

/* A column that may be the label: its largest number, and whether it changes. */
typedef struct candidate {
    uint32_t first, largest;
    bool changes;
} candidate;

static void look_at(candidate *c, uint32_t number, bool is_first_row) {
    if (is_first_row) c->first = c->largest = number;
    if (number > c->largest) c->largest = number;
    c->changes = c->changes || number != c->first;
}

/* Reads a row of whole numbers at *at, up to its newline: the count of its cells, and the first and the last of them. 0: there is
 * something else, or no newline. */
static size_t number_row(uint32_t *first, uint32_t *last, const uint8_t **at, const uint8_t *end, uint8_t delimiter) {
    size_t cells = 0;
    for (const uint8_t *text = *at; text < end;) {
        const uint8_t *digits = text;
        while (text < end && *text >= '0' && *text <= '9') text++;
        if (text == digits || text - digits > DIGITS_MOST) return 0;
        *last = number_of((const char *)digits, (size_t)(text - digits));
        if (cells++ == 0) *first = *last;
        if (text < end && *text == '\r') text++;
        if (text == end) return 0;
        if (*text == '\n') {
            *at = text + 1;
            return cells;
        }
        if (*text++ != delimiter) return 0;
    }
    return 0;
}

static bool is_square(size_t n) {
    size_t side = 0;
    while (side * side < n) side++;
    return side * side == n;
}

/* The label's column of rows with `count` cells: 0, count - 1, or count if it cannot be told. A pixel at a corner hardly changes; if
 * both change, one of them may have numbers that are no labels. */
static size_t label_of(candidate first, candidate last, size_t count, uint32_t classes) {
    bool first_fits = first.largest < classes, last_fits = last.largest < classes;
    if (first.changes != last.changes) return first.changes ? 0 : count - 1;
    if (first_fits != last_fits) return first_fits ? 0 : count - 1;
    return count;
}

clenet_status csv_headerless(csv_meaning *meaning, size_t *columns, const uint8_t *text, size_t length,
                             uint8_t delimiter, int classes) {
    const uint8_t *at = text, *end = text + length;
    candidate first = {0}, last = {0};
    uint32_t one, other;
    size_t count = number_row(&one, &other, &at, end, delimiter), rows = 0;
    *meaning = (csv_meaning){.label = count};
    *columns = count;
    for (size_t cells = count; cells > 0 && cells == count; rows++) {
        look_at(&first, one, rows == 0);
        look_at(&last, other, rows == 0);
        cells = number_row(&one, &other, &at, end, delimiter);
    }
    meaning->pixels = count;
    if (count == 0) return CLENET_OK;
    if (is_square(count) || !is_square(count - 1)) {
        (void)snprintf(meaning->told, sizeof meaning->told, "no header; %zu pixel%s", count, count == 1 ? "" : "s");
        return CLENET_OK;
    }
    meaning->pixels = count - 1;
    meaning->label = label_of(first, last, count, (uint32_t)classes);
    if (meaning->label < count) {
        (void)snprintf(meaning->told, sizeof meaning->told, "no header; column %zu is the label, %zu pixels",
                       meaning->label + 1, meaning->pixels);
        return CLENET_OK;
    }
    (void)snprintf(meaning->why, sizeof meaning->why,
                   "there is no header, and column 1 or column %zu may be the label: put a first line such as "
                   "label,pixel0,pixel1,... in front",
                   count);
    meaning->column = 1;
    return CLENET_ERROR_FORMAT;
}
