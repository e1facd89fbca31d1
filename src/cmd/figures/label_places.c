/* label_places.c - see label_places.h. */
#include "cmd/figures/label_places.h"

#include <math.h>
#include <string.h>

/* ---- boxes ---- */

bool label_boxes_overlap(const label_box *a, const label_box *b) {
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

/* Cuts [*from, *to], a part of a line as shares of it, to the part between low and high. Returns false if nothing is left. */
static bool cut_line(double start, double step, double low, double high, double *from, double *to) {
    if (step == 0.0) return start >= low && start <= high;
    double enter = (low - start) / step, leave = (high - start) / step;
    *from = fmax(*from, fmin(enter, leave));
    *to = fmin(*to, fmax(enter, leave));
    return *from <= *to;
}

bool label_box_meets(const label_box *box, double x1, double y1, double x2, double y2) {
    double from = 0.0, to = 1.0;
    return cut_line(x1, x2 - x1, box->left, box->right, &from, &to) &&
           cut_line(y1, y2 - y1, box->top, box->bottom, &from, &to);
}

/* ---- labels in a column ---- */

static void sort_by_height(const double *y, size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && y[order[at - 1]] > y[i]; at--) order[at] = order[at - 1];
        order[at] = i;
    }
}

/* Without the gaps (label i less i * gap) the heights must not fall: an isotonic regression. Each label begins as a group, and a
 * group that is above the group before it is joined to it; labels of a group share their mean. A group's mean is in all its members. */
static void join_groups(double *y, const size_t *order, size_t count, double gap) {
    for (size_t i = 0; i < count; i++) y[order[i]] -= (double)i * gap;
    for (size_t i = 1; i < count; i++) {
        size_t first = i; /* of the group that ends with i */
        while (first > 0 && y[order[first - 1]] > y[order[i]]) {
            size_t begin = first - 1;
            double before = y[order[begin]], here = y[order[i]];
            while (begin > 0 && y[order[begin - 1]] == before) begin--;
            double mean = (before * (double)(first - begin) + here * (double)(i + 1 - first)) / (double)(i + 1 - begin);
            for (size_t k = begin; k <= i; k++) y[order[k]] = mean;
            first = begin;
        }
    }
}

void labels_spread(double *y, size_t *order, size_t count, double gap, double top, double bottom) {
    if (count == 0) return;
    if ((double)(count - 1) * gap > bottom - top) gap = (bottom - top) / (double)(count - 1);
    sort_by_height(y, order, count);
    join_groups(y, order, count, gap);
    double lowest = bottom - (double)(count - 1) * gap;
    for (size_t i = 0; i < count; i++) y[order[i]] = fmin(fmax(y[order[i]], top), lowest) + (double)i * gap;
}

/* ---- names ---- */

static bool begins_letter(char byte) {
    return ((unsigned char)byte & 0xC0U) != 0x80U; /* not a continuation byte of UTF-8 */
}

static size_t count_letters(const char *name) {
    size_t letters = 0;
    for (; *name != '\0'; name++) letters += begins_letter(*name);
    return letters;
}

/* The first byte of letter `index`. */
static const char *letter_at(const char *name, size_t index) {
    for (; *name != '\0'; name++) {
        if (begins_letter(*name) && index-- == 0) break;
    }
    return name;
}

static void append(char cut[NAME_BYTES], const char *bytes, size_t length) {
    size_t used = strlen(cut);
    if (used + length >= NAME_BYTES) return;
    memcpy(cut + used, bytes, length);
    cut[used + length] = '\0';
}

void label_cut_middle(char cut[NAME_BYTES], const char *name, size_t columns) {
    static const char dots[] = "\xE2\x80\xA6"; /* … */
    static const size_t COLUMNS_MOST = (NAME_BYTES - 4) / 4;
    size_t letters = count_letters(name);
    if (columns > COLUMNS_MOST) columns = COLUMNS_MOST;
    cut[0] = '\0';
    if (letters <= columns) {
        append(cut, name, strlen(name));
        return;
    }
    size_t front = columns / 2, back = columns - 1 - front;
    const char *end = letter_at(name, letters - back);
    append(cut, name, (size_t)(letter_at(name, front) - name));
    append(cut, dots, sizeof dots - 1);
    append(cut, end, strlen(end));
}

/* The length of the name's first folder with its slash; 0 if there is no further one. */
static size_t first_folder(const label_part *name) {
    const char *slash = memchr(name->start, '/', name->length);
    size_t length = slash != NULL ? (size_t)(slash - name->start) + 1 : 0;
    return length < name->length ? length : 0;
}

/* The length of the name's last part with the slash before it; 0 for a name without a slash. */
static size_t last_folder(const label_part *name) {
    for (size_t i = name->length; i > 1; i--) {
        if (name->start[i - 1] == '/') return name->length - i + 1;
    }
    return 0;
}

static bool is_number(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (strchr("0123456789.-+_", text[i]) == NULL) return false;
    }
    return true;
}

/* Removes the first (or the last) folder of all names if it is the same, and none of the rests is a number only. */
static bool remove_common(label_part *names, size_t count, bool first) {
    size_t cut = first ? first_folder(&names[0]) : last_folder(&names[0]);
    if (cut == 0) return false;
    const char *same = names[0].start + (first ? 0 : names[0].length - cut);
    for (size_t i = 0; i < count; i++) {
        const label_part *name = &names[i];
        if ((first ? first_folder(name) : last_folder(name)) != cut) return false;
        if (memcmp(name->start + (first ? 0 : name->length - cut), same, cut) != 0) return false;
        if (is_number(name->start + (first ? cut : 0), name->length - cut)) return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (first) names[i].start += cut;
        names[i].length -= cut;
    }
    return true;
}

void label_names(label_part *names, const char *const *paths, size_t count) {
    static const char usual[] = "history.csv";
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(paths[i]), end = sizeof usual - 1;
        names[i] = (label_part){paths[i], length};
        if (length > end + 1 && paths[i][length - end - 1] == '/' && strcmp(paths[i] + length - end, usual) == 0)
            names[i].length -= end;
        while (names[i].length > 1 && names[i].start[names[i].length - 1] == '/') names[i].length--;
    }
    while (count > 0 && remove_common(names, count, true)) continue;
    while (count > 1 && remove_common(names, count, false)) continue;
}
