/* csv_roles.c - see csv_roles.h. */
#include "lib/data/csv_roles.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    SHOWN = CSV_COLUMNS_SHOWN,
    LISTED = 5,           /* names of columns in an error */
    HOT_MOST = 256,       /* classes */
    ROWS_THAT_COUNT = 12, /* rows of 0, 1, 2 ...: fewer may be labels */
};

clenet_status csv_roles_fail(csv_roles *roles, size_t column, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(roles->meaning->why, sizeof roles->meaning->why, format, arguments);
    va_end(arguments);
    roles->meaning->column = column;
    return CLENET_ERROR_FORMAT;
}

size_t csv_image_side(size_t pixels, int *channels) {
    size_t side = 1;
    while (side * side < pixels) side++;
    *channels = 1;
    if (side * side == pixels) return side;
    if (pixels == 0 || pixels % 3 != 0) return 0;
    *channels = 3;
    for (side = 1; side * side < pixels / 3;) side++;
    return side * side == pixels / 3 ? side : 0;
}

static bool is_image(size_t pixels) {
    int channels;
    return pixels > 0 && csv_image_side(pixels, &channels) > 0;
}

size_t csv_roles_pixels(const csv_roles *roles) {
    size_t pixels = 0;
    for (size_t i = 0; i < roles->count; i++) pixels += roles->role[i] == CSV_PIXEL;
    return pixels;
}

/* The first or the last column that may be a pixel; count: none. */
static size_t first_pixel(const csv_roles *roles) {
    size_t i = 0;
    while (i < roles->count && roles->role[i] != CSV_PIXEL) i++;
    return i;
}

static size_t last_pixel(const csv_roles *roles) {
    size_t i = roles->count;
    while (i > 0 && roles->role[i - 1] != CSV_PIXEL) i--;
    return i > 0 ? i - 1 : roles->count;
}

/* A column as --label and --skip name it: "'class'", or "785" without names. */
typedef struct column_text {
    char text[SHOWN + 24];
} column_text;

static column_text shown(const csv_roles *roles, size_t column) {
    column_text t;
    if (roles->names != NULL && roles->names[column][0] != '\0')
        (void)snprintf(t.text, sizeof t.text, "%.*s", SHOWN, roles->names[column]);
    else
        (void)snprintf(t.text, sizeof t.text, "%zu", column + 1);
    return t;
}

static void take_label(csv_roles *roles, size_t column) {
    roles->role[column] = roles->none ? CSV_LEFT_OUT : CSV_LABEL;
    if (!roles->none) roles->meaning->label = column;
    roles->has_label = true;
}

/* ---- by hand ------------------------------------------------------------------------------------------- */

static bool same_name(const char *name, const char *text, size_t length, bool exact) {
    if (strlen(name) != length) return false;
    return exact ? memcmp(name, text, length) == 0 : strncasecmp(name, text, length) == 0;
}

/* The column with a name, or with a number from 1; count: none. */
static size_t find_column(const csv_roles *roles, const char *text, size_t length) {
    size_t number = 0;
    for (int exact = 1; exact >= 0 && roles->names != NULL; exact--)
        for (size_t i = 0; i < roles->count; i++)
            if (same_name(roles->names[i], text, length, exact == 1)) return i;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || number > roles->count) return roles->count;
        number = number * 10 + (size_t)(text[i] - '0');
    }
    return number >= 1 && number <= roles->count ? number - 1 : roles->count;
}

static clenet_status no_column(csv_roles *roles, const char *text, size_t length) {
    char list[128] = "";
    size_t used = 0;
    int size = length > SHOWN ? SHOWN : (int)length;
    if (roles->names == NULL)
        return csv_roles_fail(roles, 1,
                              "there is no column '%.*s': the columns have no names, but numbers from 1 to %zu", size,
                              text, roles->count);
    for (size_t i = 0; i < roles->count && i < LISTED && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", i > 0 ? ", " : "", SHOWN, roles->names[i]);
    return csv_roles_fail(roles, 1, "there is no column '%.*s'; there are %s%s", size, text, list,
                          roles->count > LISTED ? " ..." : "");
}

static clenet_status skip_columns(csv_roles *roles) {
    const char *at = roles->choice->skip;
    while (at != NULL && *at != '\0') {
        size_t whole = strcspn(at, ","), length = whole;
        const char *text = at;
        at += whole + (at[whole] == ',');
        while (length > 0 && *text == ' ') text++, length--;
        while (length > 0 && text[length - 1] == ' ') length--;
        if (length == 0) continue;
        size_t column = find_column(roles, text, length);
        if (column < roles->count)
            roles->role[column] = CSV_LEFT_OUT;
        else if (!roles->choice->optional)
            return no_column(roles, text, length);
    }
    return CLENET_OK;
}

static clenet_status choose_by_hand(csv_roles *roles) {
    const char *label = roles->choice->label;
    clenet_status status = skip_columns(roles);
    if (status != CLENET_OK || label == NULL) return status;
    roles->none = strcmp(label, "none") == 0;
    if (roles->none) return CLENET_OK;
    size_t column = find_column(roles, label, strlen(label));
    if (column == roles->count) return roles->choice->optional ? CLENET_OK : no_column(roles, label, strlen(label));
    if (roles->role[column] != CSV_PIXEL)
        return csv_roles_fail(roles, column + 1,
                              "column %zu is both the label and skipped: name it in --label or in --skip, not in both",
                              column + 1);
    take_label(roles, column);
    return CLENET_OK;
}

/* ---- by name ------------------------------------------------------------------------------------------- */

static clenet_status two_labels(csv_roles *roles, size_t a, size_t b) {
    column_text one = shown(roles, a), other = shown(roles, b);
    if (strcmp(one.text, other.text) == 0)
        return csv_roles_fail(roles, b + 1, "column %zu is named '%s' like column %zu: rename it, or choose --skip %zu",
                              b + 1, one.text, a + 1, b + 1);
    return csv_roles_fail(roles, b + 1, "columns '%s' and '%s' may both be the label: choose --label %s or --label %s",
                          one.text, other.text, one.text, other.text);
}

/* Looks for the label among names of this kind. A second one is an error, unless the label is chosen. */
static clenet_status choose_label(csv_roles *roles, csv_kind kind) {
    bool chosen = roles->has_label;
    for (size_t i = 0; i < roles->count; i++) {
        if (roles->role[i] != CSV_PIXEL || csv_name_kind(roles->names[i], i) != kind) continue;
        if (roles->none || chosen) {
            roles->role[i] = CSV_LEFT_OUT;
        } else if (roles->has_label) {
            return two_labels(roles, roles->meaning->label, i);
        } else {
            take_label(roles, i);
        }
    }
    return CLENET_OK;
}

static clenet_status choose_by_name(csv_roles *roles) {
    for (size_t i = 0; i < roles->count; i++)
        if (roles->role[i] == CSV_PIXEL && csv_name_kind(roles->names[i], i) == CSV_KIND_ROW)
            roles->role[i] = CSV_LEFT_OUT;
    return choose_label(roles, CSV_KIND_LABEL);
}

/* Finds the names that are alike but for numbers, if more than half of the pixels' names are. Returns their number. */
static size_t find_family(csv_roles *roles, bool channels) {
    size_t votes = 0, members = 0;
    csv_name_parts like = {.prefix = ""};
    for (size_t i = 0; i < roles->count; i++) { /* a value that more than half have keeps its votes to the end */
        if (roles->role[i] != CSV_PIXEL) continue;
        csv_name_parts parts = csv_name_parse(roles->names[i], channels);
        if (votes == 0) like = parts;
        votes += votes == 0 || csv_name_alike(&parts, &like) ? 1 : (size_t)-1;
    }
    for (size_t i = 0; i < roles->count; i++) {
        if (roles->role[i] != CSV_PIXEL) continue;
        csv_name_parts parts = csv_name_parse(roles->names[i], channels);
        members += csv_name_alike(&parts, &like);
    }
    roles->family = like.has_number && (like.channel >= 0) == channels && 2 * members > csv_roles_pixels(roles);
    roles->like = like;
    roles->channels = channels;
    roles->members = roles->family ? members : 0;
    return roles->members;
}

/* ---- by the first rows --------------------------------------------------------------------------------- */

static size_t rows_of(const csv_roles *roles) {
    const csv_sample *sample = roles->sample;
    return sample->columns == roles->count && sample->rows > roles->first_row ? sample->rows - roles->first_row : 0;
}

static float value(const csv_roles *roles, size_t row, size_t column) {
    return csv_sample_value(roles->sample, roles->first_row + row, column);
}

/* How a column looks. */
typedef struct looks {
    bool whole;     /* all are whole numbers of at least 0 */
    bool counts_up; /* each is one more than the one before */
    bool changes;
    float first, largest;
    size_t most; /* rows that have the first number that most rows have */
} looks;

static looks look_at(const csv_roles *roles, size_t column) {
    size_t rows = rows_of(roles);
    looks l = {.whole = rows > 0, .counts_up = rows >= ROWS_THAT_COUNT};
    for (size_t row = 0; row < rows; row++) {
        float v = value(roles, row, column);
        size_t same = 0;
        if (!(v >= 0.0F) || v != floorf(v)) {
            l.whole = l.counts_up = false;
            l.changes = true;
            return l;
        }
        if (row == 0) l.first = v;
        if (v > l.largest) l.largest = v;
        l.changes = l.changes || v != l.first;
        l.counts_up = l.counts_up && v == l.first + (float)row;
        for (size_t other = 0; other < rows; other++) same += value(roles, other, column) == v;
        if (same > l.most) l.most = same;
    }
    return l;
}

/* True if columns from `first` on are a one-hot label in each row. */
static bool is_hot(const csv_roles *roles, size_t first, size_t count) {
    size_t rows = rows_of(roles);
    for (size_t row = 0; row < rows; row++) {
        size_t ones = 0;
        for (size_t i = first; i < first + count; i++) {
            float v = value(roles, row, i);
            if (v != 0.0F && v != 1.0F) return false;
            ones += v == 1.0F;
        }
        if (ones != 1) return false;
    }
    return rows > 0;
}

static void take_hot(csv_roles *roles, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++) roles->role[i] = roles->none ? CSV_LEFT_OUT : CSV_HOT;
    if (!roles->none) {
        roles->meaning->hot = first;
        roles->meaning->hot_count = count;
    }
    roles->has_label = true;
}

/* ---- columns next to named pixels ------------------------------------------------------------------------ */

static clenet_status label_or_nothing(csv_roles *roles, size_t column) {
    column_text name = shown(roles, column);
    return csv_roles_fail(roles, column + 1,
                          "column '%s' may be the label, or not a pixel at all: choose --label %s or --skip %s",
                          name.text, name.text, name.text);
}

static bool is_other(const csv_roles *roles, size_t column) {
    if (roles->role[column] != CSV_PIXEL) return false;
    csv_name_parts parts = csv_name_parse(roles->names[column], roles->channels);
    return !csv_name_alike(&parts, &roles->like);
}

static bool is_binary(const csv_roles *roles, size_t column) {
    size_t rows = rows_of(roles);
    for (size_t row = 0; row < rows; row++)
        if (value(roles, row, column) != 0.0F && value(roles, row, column) != 1.0F) return false;
    return rows > 0;
}

/* If the longest run of columns of 0 and 1 that are no pixels is a one-hot label, takes it, and leaves the rest of the others out. */
static bool place_hot_others(csv_roles *roles) {
    size_t first = 0, count = 0, run = 0;
    for (size_t i = 0; i < roles->count; i++) {
        run = is_other(roles, i) && is_binary(roles, i) ? run + 1 : 0;
        if (run > count) {
            count = run;
            first = i + 1 - run;
        }
    }
    if (count < 2 || count > HOT_MOST || !is_hot(roles, first, count)) return false;
    take_hot(roles, first, count);
    for (size_t i = 0; i < roles->count; i++)
        if (is_other(roles, i)) roles->role[i] = CSV_LEFT_OUT;
    return true;
}

/* The columns whose names are unlike those of the pixels. One that counts rows is left out if there is another. */
static clenet_status place_others(csv_roles *roles) {
    size_t others = 0, counting = 0, first = roles->count, last = 0;
    bool label = roles->has_label || roles->none;
    for (size_t i = 0; i < roles->count; i++) {
        if (!is_other(roles, i)) continue;
        bool counts = !label && look_at(roles, i).counts_up;
        if (label || counts) roles->role[i] = CSV_LEFT_OUT;
        if (counts && counting++ == 0) first = i;
    }
    if (counting == 1 && csv_roles_pixels(roles) == roles->members) return label_or_nothing(roles, first);
    for (size_t i = 0; i < roles->count; i++) {
        if (!is_other(roles, i)) continue;
        if (others++ == 0) first = i;
        last = i;
    }
    if (others == 1 && !look_at(roles, first).whole) return label_or_nothing(roles, first);
    if (others == 1) take_label(roles, first);
    if (others <= 1) return CLENET_OK;
    if (place_hot_others(roles)) return CLENET_OK;
    column_text one = shown(roles, first), other = shown(roles, last);
    return csv_roles_fail(roles, first + 1,
                          "%zu columns are not pixels and may be the label, such as '%s' and '%s': choose one with "
                          "--label, and the others with --skip",
                          others, one.text, other.text);
}

/* ---- by count ------------------------------------------------------------------------------------------ */

/* The label among the first and the last column; count: it cannot be decided. A pixel at a corner hardly changes. */
static size_t label_of(const csv_roles *roles, size_t first, size_t last) {
    looks a = look_at(roles, first), b = look_at(roles, last);
    size_t rows = rows_of(roles);
    float classes = (float)roles->choice->classes;
    bool a_fits = a.whole && a.largest < classes, b_fits = b.whole && b.largest < classes;
    if (a.changes != b.changes) return a.changes ? first : last;
    if (!a.changes && (a.first == 0.0F) != (b.first == 0.0F)) return a.first != 0.0F ? first : last;
    if (a_fits != b_fits) return a_fits ? first : last;
    if (a.whole && b.whole && 5 * a.most >= 4 * rows && 2 * b.most <= rows)
        return last; /* four of five rows have one number */
    if (a.whole && b.whole && 5 * b.most >= 4 * rows && 2 * a.most <= rows) return first;
    return roles->count;
}

static clenet_status place_end(csv_roles *roles) {
    size_t first = first_pixel(roles), last = last_pixel(roles), column = label_of(roles, first, last);
    if (column < roles->count) {
        take_label(roles, column);
        return CLENET_OK;
    }
    column_text one = shown(roles, first), other = shown(roles, last);
    return csv_roles_fail(roles, 1,
                          "%s, and column '%s' or column '%s' may be the label: choose --label %s or --label %s",
                          roles->unnamed, one.text, other.text, one.text, other.text);
}

/* A one-hot label of as few columns as possible, in front of the pixels or behind them. */
static bool place_hot(csv_roles *roles, size_t pixels) {
    size_t first = first_pixel(roles), last = last_pixel(roles);
    if (last - first + 1 != pixels) return false; /* something is between them */
    for (size_t count = 2; count <= HOT_MOST && count < pixels; count++) {
        if (!is_image(pixels - count)) continue;
        bool front = is_hot(roles, first, count);
        if (!front && !is_hot(roles, last + 1 - count, count)) continue;
        take_hot(roles, front ? first : last + 1 - count, count);
        return true;
    }
    return false;
}

static clenet_status choose_by_count(csv_roles *roles) {
    size_t pixels = csv_roles_pixels(roles), first = first_pixel(roles);
    if (is_image(pixels)) return CLENET_OK;
    bool index = pixels > 1 && look_at(roles, first).counts_up;
    if (roles->has_label && index && is_image(pixels - 1)) {
        roles->role[first] = CSV_LEFT_OUT;
        return CLENET_OK;
    }
    if (!roles->has_label && pixels > 1 && is_image(pixels - 1)) return place_end(roles);
    if (!roles->has_label && index && pixels > 2 && is_image(pixels - 2)) {
        roles->role[first] = CSV_LEFT_OUT;
        return place_end(roles);
    }
    if (!roles->has_label && place_hot(roles, pixels)) return CLENET_OK;
    return csv_roles_fail(roles, roles->count,
                          "%zu pixel column%s do%s not make a square image: there must be 1, 4, 9, ... 784 (28x28) "
                          "..., or three times as many",
                          pixels, pixels == 1 ? "" : "s", pixels == 1 ? "es" : "");
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static clenet_status choose_pixels(csv_roles *roles) {
    size_t members = find_family(roles, false);
    if (!is_image(members)) members = find_family(roles, true);
    if (!is_image(members)) members = find_family(roles, false);
    if (!roles->has_label && members < csv_roles_pixels(roles)) {
        clenet_status status = choose_label(roles, CSV_KIND_LIKELY_LABEL);
        if (status != CLENET_OK) return status;
    }
    if (members < csv_roles_pixels(roles) && is_image(members)) return place_others(roles);
    if (members < csv_roles_pixels(roles)) roles->family = false;
    if (!roles->family && !roles->has_label && !roles->none)
        return csv_roles_fail(
            roles, 1,
            "'%.*s' is not the name of a pixel, and no column is named 'label': give a first line such as "
            "label,pixel0,pixel1,...",
            SHOWN, roles->names[0]);
    return choose_by_count(roles);
}

/* A last column without a name and without cells. */
static void drop_trailing(csv_roles *roles) {
    size_t last = roles->count - 1;
    if (roles->count < 2 || (roles->names != NULL && roles->names[last][0] != '\0')) return;
    if (roles->names == NULL && rows_of(roles) == 0) return;
    for (size_t row = 0; row < rows_of(roles); row++)
        if (value(roles, row, last) != CSV_EMPTY) return;
    roles->role[last] = CSV_NOTHING;
    roles->meaning->trailing = true;
}

clenet_status csv_roles_find(csv_roles *roles) {
    drop_trailing(roles);
    clenet_status status = choose_by_hand(roles);
    if (status == CLENET_OK && roles->names != NULL) status = choose_by_name(roles);
    if (status != CLENET_OK) return status;
    return roles->names != NULL ? choose_pixels(roles) : choose_by_count(roles);
}
