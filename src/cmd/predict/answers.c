/* answers.c - see answers.h. */
#include "cmd/predict/answers.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/base/class_list.h"
#include "cmd/base/terminal_digit.h"
#include "cmd/base/text.h"
#include "cmd/predict/ranking.h"

enum {
    SIDE = CLENET_PICTURE_SIDE,
    GAP = 2 /* columns between two drawings */
};

static size_t count_of(const picture_answer *answer) {
    return clenet_picture_digits_count(answer->digits);
}

static int line_of(const picture_answer *answer, size_t i) {
    return clenet_picture_digits_box(answer->digits, i).line;
}

static const float *row_of(const picture_answer *answer, size_t i) {
    return answer->probabilities + i * (size_t)answer->classes;
}

/* The most probable class of digit i other than `out`; -1 if it has no other. */
static int likeliest(const picture_answer *answer, size_t i, int out) {
    const float *probabilities = row_of(answer, i);
    int best = -1;
    for (int c = 0; c < answer->classes; c++) {
        if (c != out && (best < 0 || probabilities[c] > probabilities[best])) best = c;
    }
    return best;
}

static bool all_sure(const picture_answer *answer) {
    for (size_t i = 0; i < count_of(answer); i++) {
        if (!answer->sure[i]) return false;
    }
    return true;
}

/* The digit whose best class is least probable. */
static size_t least_certain(const picture_answer *answer) {
    size_t least = 0;
    for (size_t i = 1; i < count_of(answer); i++) {
        float now = row_of(answer, i)[likeliest(answer, i, -1)];
        if (now < row_of(answer, least)[likeliest(answer, least, -1)]) least = i;
    }
    return least;
}

/* ---- text ---- */

static void print_plain(FILE *to, const char *text) {
    for (; *text != '\0'; text++) (void)fputc(iscntrl((unsigned char)*text) ? '?' : *text, to);
}

static const char *class_of(const picture_answer *answer, size_t i) {
    return clenet_model_class_name(answer->model, likeliest(answer, i, -1));
}

/* What is between a digit and the one before it: a space between lines, and between names of more than one character. */
static const char *before(const picture_answer *answer, size_t i) {
    if (i == 0) return "";
    if (line_of(answer, i) != line_of(answer, i - 1)) return " ";
    const char *left = class_of(answer, i - 1), *right = class_of(answer, i);
    return left[0] != '\0' && left[1] == '\0' && right[0] != '\0' && right[1] == '\0' ? "" : ",";
}

static void print_digits(FILE *to, const picture_answer *answer) {
    for (size_t i = 0; i < count_of(answer); i++) {
        (void)fputs(before(answer, i), to);
        print_plain(to, class_of(answer, i));
    }
}

/* Fills order with the classes of digit i that are listed; returns their count. */
static int ranked(int order[CLASSES_MOST], const picture_answer *answer, size_t i, int count) {
    if (count > answer->classes) count = answer->classes;
    if (count > CLASSES_MOST) count = CLASSES_MOST;
    ranking_fill(order, count, row_of(answer, i), answer->classes);
    return count;
}

/* Prints the most probable class of the least certain digit and the next ones: "(99.87 %), next 2 (0.08 %)". Of several digits:
 * "(least certain: 7, 99.87 %; next 2, 0.08 %)". */
static void print_certainty(const picture_answer *answer) {
    char percent[TEXT_SIZE];
    int order[CLASSES_MOST];
    size_t least = least_certain(answer);
    bool several = count_of(answer) > 1;
    int count = ranked(order, answer, least, answer->top > 0 ? answer->top : 2);
    (void)fputs(several ? "(least certain: " : "(", stdout);
    if (several) print_plain(stdout, class_of(answer, least));
    (void)printf(several ? ", %s" : "%s)", text_percent(percent, (double)row_of(answer, least)[order[0]]));
    for (int k = 1; k < count; k++) {
        (void)printf("%s%s", several ? "; " : ", ", k == 1 ? "next " : "");
        print_plain(stdout, clenet_model_class_name(answer->model, order[k]));
        (void)printf(several ? ", %s" : " (%s)", text_percent(percent, (double)row_of(answer, least)[order[k]]));
    }
    (void)fputs(several ? ")\n" : "\n", stdout);
}

void answers_print_line(const picture_answer *answer) {
    print_plain(stdout, answer->name);
    (void)fputs(all_sure(answer) ? ": " : ": unsure: ", stdout);
    print_digits(stdout, answer);
    (void)putchar(' ');
    print_certainty(answer);
}

/* ---- drawing ---- */

static terminal_digit drawing_of(const picture_answer *answer, size_t i, int room) {
    return terminal_digit_fit(clenet_picture_digits_images(answer->digits) + i * SIDE * SIDE, SIDE, SIDE, room);
}

/* Draws digits from first to end - 1 beside each other. */
static void draw_row(const picture_answer *answer, size_t first, size_t end, int room) {
    terminal_look look = terminal_look_of(STDOUT_FILENO);
    int lines = drawing_of(answer, first, room).lines;
    for (int line = 0; line < lines; line++) {
        for (size_t i = first; i < end; i++) {
            terminal_digit digit = drawing_of(answer, i, room);
            terminal_digit_line(stdout, look, &digit, line);
            if (i + 1 < end) (void)printf("%*s", GAP, "");
        }
        (void)putchar('\n');
    }
}

void answers_draw(const picture_answer *answer) {
    int room = terminal_is(STDOUT_FILENO) ? terminal_columns(STDOUT_FILENO) : INT_MAX;
    int columns = drawing_of(answer, 0, room).columns;
    size_t beside = (size_t)((room - columns) / (columns + GAP)) + 1, count = count_of(answer);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && end - first < beside; end++) {
            if (line_of(answer, end) != line_of(answer, first)) break;
        }
        draw_row(answer, first, end, room);
    }
}

/* ---- JSON ---- */

static json_t *json_probabilities(const picture_answer *answer, size_t i) {
    json_t *all = json_array();
    for (int c = 0; c < answer->classes; c++) {
        if (json_array_append_new(all, json_real((double)row_of(answer, i)[c])) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

/* The fields of one digit; "label" if the classes are no digits, "top" if it was asked for. */
static json_t *json_digit(const picture_answer *answer, size_t i) {
    int best = likeliest(answer, i, -1), next = likeliest(answer, i, best), order[CLASSES_MOST];
    const class_list classes = class_list_of_model(answer->model);
    json_t *digit = json_pack("{s:i, s:f, s:i, s:f, s:o}", "digit", best, "probability",
                              (double)row_of(answer, i)[best], "next", next, "next_probability",
                              (double)row_of(answer, i)[next], "probabilities", json_probabilities(answer, i));
    int failed = 0;
    if (!classes.digits)
        failed |= json_object_set_new(digit, "label", ranking_label(answer->model, classes.numbers, best));
    if (answer->top > 0) {
        int count = ranked(order, answer, i, answer->top);
        failed |= json_object_set_new(digit, "top",
                                      ranking_json(answer->model, classes.numbers, order, count, row_of(answer, i)));
    }
    if (failed == 0) return digit;
    json_decref(digit);
    return NULL;
}

static json_t *json_digit_with_place(const picture_answer *answer, size_t i) {
    clenet_picture_box box = clenet_picture_digits_box(answer->digits, i);
    json_t *digit = json_digit(answer, i);
    json_t *place = json_pack("{s:b, s:i, s:{s:i, s:i, s:i, s:i}}", "sure", (int)answer->sure[i], "line", box.line,
                              "box", "top", box.top, "left", box.left, "height", box.height, "width", box.width);
    int failed = json_object_update(digit, place);
    json_decref(place);
    if (failed == 0) return digit;
    json_decref(digit);
    return NULL;
}

static json_t *json_digits(const picture_answer *answer) {
    json_t *all = json_array();
    for (size_t i = 0; i < count_of(answer); i++) {
        if (json_array_append_new(all, json_digit_with_place(answer, i)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

static json_t *json_all_digits(const picture_answer *answer) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL) return NULL;
    print_digits(stream, answer);
    json_t *string = fclose(stream) == 0 ? json_text(text) : NULL;
    free(text);
    return string;
}

json_t *answers_json(const picture_answer *answer) {
    json_t *object = json_pack("{s:o}", "picture", json_text(answer->name));
    json_t *one = count_of(answer) == 1 ? json_digit(answer, 0) : json_object();
    json_t *all = json_pack("{s:i, s:i, s:o, s:b, s:o}", "height", answer->height, "width", answer->width, "text",
                            json_all_digits(answer), "sure", (int)all_sure(answer), "digits", json_digits(answer));
    bool failed = json_object_update(object, one) != 0 || json_object_update(object, all) != 0;
    json_decref(one);
    json_decref(all);
    if (!failed) return object;
    json_decref(object);
    return NULL;
}

json_t *answers_json_error(const char *name, const clenet_error *error) {
    return json_pack("{s:o, s:o}", "picture", json_text(name), "error", json_text(error->message));
}
