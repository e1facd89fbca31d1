/* certificate.c - see certificate.h. */
#include "cmd/device/certificate.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "clenet/clenet.h"
#include "cmd/base/text.h"
#include "lib/base/json_read.h"

enum { SCHEMA_VERSION = 1, DATE_SIZE = 32 };

/* ---- filling ---------------------------------------------------------------------------------------------------- */

static void set(certificate *c, json_t *object, const char *name, json_t *value) {
    if (json_object_set_new(object, name, value) != 0) c->whole = false;
}

/* "2026-11-29T20:05:00Z" */
static void put_date(char text[DATE_SIZE]) {
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) == NULL || strftime(text, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) text[0] = '\0';
}

void certificate_new(certificate *c) {
    char date[DATE_SIZE], system[CERTIFICATE_TEXT] = "";
    struct utsname name;
    put_date(date);
    if (uname(&name) == 0)
        (void)snprintf(system, sizeof system, "%.100s %.100s %.300s %.100s", name.sysname, name.release, name.version,
                       name.machine);
    *c = (certificate){.root = json_object(), .parts = json_object(), .problems = json_array(), .whole = true};
    set(c, c->root, "schema_version", json_integer(SCHEMA_VERSION));
    set(c, c->root, "clenet", json_string(clenet_version()));
    set(c, c->root, "date", json_string(date));
    set(c, c->root, "system", json_text(system));
    set(c, c->root, "passed", json_false());
    set(c, c->root, "verdict", json_string(""));
    set(c, c->root, "row", json_string(""));
    set(c, c->root, "problems", c->problems);
    set(c, c->root, "parts", c->parts);
}

void certificate_free(certificate *c) {
    json_decref(c->root);
    *c = (certificate){.root = NULL};
}

json_t *certificate_begin(certificate *c, const char *name) {
    json_t *part = json_object();
    set(c, c->parts, name, part);
    return part;
}

void certificate_add(certificate *c, json_t *part, const char *line) {
    json_error_t reason;
    json_t *object = json_read(line, strlen(line), 0, &reason), *value, *list;
    const char *name;
    /* Other lines are a driver's. */
    if (object == NULL && json_error_code(&reason) == json_error_out_of_memory) c->whole = false;
    json_object_foreach(object, name, value) {
        list = json_object_get(part, name);
        if (!json_is_object(value)) {
            set(c, part, name, json_incref(value));
            continue;
        }
        if (list == NULL) set(c, part, name, list = json_array());
        if (json_array_append(list, value) != 0) c->whole = false;
    }
    json_decref(object);
}

void certificate_problem(certificate *c, const char *format, ...) {
    char text[CERTIFICATE_TEXT];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (json_array_append_new(c->problems, json_text(text)) != 0) c->whole = false;
}

/* Every result that the check judges must be within its tolerance. */
static void judge_differences(certificate *c, const json_t *part, const char *name) {
    size_t i;
    const json_t *d;
    json_array_foreach(json_object_get(part, "differences"), i, d) {
        double tolerance = json_number_value(json_object_get(d, "tolerance"));
        const json_t *difference = json_object_get(d, "difference");
        if (tolerance == 0 || (json_is_number(difference) && json_number_value(difference) <= tolerance)) continue;
        certificate_problem(c, "%s: %s of %s differs from the CPU's by %.2g of its size, more than %.0e", name,
                            json_string_value(json_object_get(d, "result")),
                            json_string_value(json_object_get(d, "operation")),
                            json_is_number(difference) ? json_number_value(difference) : (double)INFINITY, tolerance);
    }
}

void certificate_end(certificate *c, json_t *part, const char *name, const child_result *ran, double seconds) {
    const char *checking = json_string_value(json_object_get(part, "checking"));
    const char *failure = json_string_value(json_object_get(part, "failure"));
    char why[CERTIFICATE_TEXT];
    set(c, part, "seconds", json_real(seconds));
    judge_differences(c, part, name);
    if (!ran->crashed) {
        (void)json_object_del(part, "checking");
        return;
    }
    if (ran->ending == CHILD_EXITED && failure != NULL)
        (void)snprintf(why, sizeof why, "%.900s", failure);
    else
        (void)snprintf(why, sizeof why, "%s%s%s%.800s",
                       ran->ending == CHILD_HUNG ? "" : "the process ended: ", ran->how, checking != NULL ? " in " : "",
                       checking != NULL ? checking : "");
    certificate_problem(c, "%s: %s", name, why);
    set(c, part, "failure", json_text(why));
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

const char *certificate_text(const certificate *c, const char *part, const char *member) {
    const char *text = json_string_value(json_object_get(json_object_get(c->parts, part), member));
    return text != NULL ? text : "";
}

double certificate_number(const certificate *c, const char *part, const char *member) {
    return json_number_value(json_object_get(json_object_get(c->parts, part), member));
}

double certificate_difference(const certificate *c, bool lenet) {
    const char *name, *operation;
    const json_t *d;
    json_t *part;
    double most = -1;
    size_t i;
    json_object_foreach(c->parts, name, part) {
        json_array_foreach(json_object_get(part, "differences"), i, d) {
            const json_t *difference = json_object_get(d, "difference");
            double value = json_is_number(difference) ? json_number_value(difference) : (double)INFINITY;
            operation = json_string_value(json_object_get(d, "operation"));
            if (operation == NULL || (strcmp(operation, "lenet") == 0) != lenet) continue;
            if (json_number_value(json_object_get(d, "tolerance")) > 0 && value > most) most = value;
        }
    }
    return most;
}

double certificate_speed(const certificate *c, const char *part, int batch) {
    size_t i;
    const json_t *epoch;
    json_array_foreach(json_object_get(json_object_get(c->parts, part), "epochs"), i, epoch) {
        if (json_integer_value(json_object_get(epoch, "batch")) == batch)
            return json_number_value(json_object_get(epoch, "images_per_second"));
    }
    return 0;
}

/* ---- saying ----------------------------------------------------------------------------------------------------- */

bool certificate_judge(certificate *c, char verdict[CERTIFICATE_TEXT]) {
    size_t problems = json_array_size(c->problems);
    const char *device = certificate_text(c, "device", "name");
    char more[TEXT_SIZE] = "";
    if (problems > 1) (void)snprintf(more, sizeof more, " (and %zu more)", problems - 1);
    if (problems == 0)
        (void)snprintf(verdict, CERTIFICATE_TEXT,
                       "certified: %.200s agrees with the CPU in every operation; the largest difference is %.1e, and "
                       "%.1e in LeNet",
                       device, certificate_difference(c, false), certificate_difference(c, true));
    else
        (void)snprintf(verdict, CERTIFICATE_TEXT, "not certified: %.200s: %.700s%s", device,
                       json_string_value(json_array_get(c->problems, 0)), more);
    set(c, c->root, "passed", json_boolean(problems == 0));
    set(c, c->root, "verdict", json_text(verdict));
    return problems == 0;
}

/* "1,234 / 5,678 / -": images a second at three batch sizes. */
static void put_speeds(char text[CERTIFICATE_TEXT], const certificate *c, const char *part) {
    static const int batches[] = {32, 256, 1024};
    size_t used = 0;
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        char number[TEXT_SIZE] = "-";
        double speed = certificate_speed(c, part, batches[i]);
        if (speed > 0) (void)text_count(number, (uint64_t)speed);
        used += (size_t)snprintf(text + used, CERTIFICATE_TEXT - used, "%s%s", i > 0 ? " / " : "", number);
    }
}

/* "41.4 / 1.3 / 15.9": microseconds of a launch, a gap and a step. */
static void put_launches(char text[CERTIFICATE_TEXT], const certificate *c) {
    static const char *const members[] = {"latency_seconds", "gap_seconds", "step_seconds"};
    size_t used = 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char number[TEXT_SIZE] = "-";
        double seconds = certificate_number(c, "launches", members[i]);
        if (seconds > 0) (void)snprintf(number, sizeof number, "%.1f", 1e6 * seconds);
        used += (size_t)snprintf(text + used, CERTIFICATE_TEXT - used, "%s%s", i > 0 ? " / " : "", number);
    }
}

void certificate_row(certificate *c, char row[CERTIFICATE_TEXT]) {
    char speeds[CERTIFICATE_TEXT], cpu[CERTIFICATE_TEXT], launches[CERTIFICATE_TEXT];
    const char *date = json_string_value(json_object_get(c->root, "date"));
    char largest[2][TEXT_SIZE] = {"-", "-"};
    for (int lenet = 0; lenet < 2; lenet++)
        if (certificate_difference(c, lenet == 1) >= 0)
            (void)snprintf(largest[lenet], TEXT_SIZE, "%.1e", certificate_difference(c, lenet == 1));
    put_speeds(speeds, c, "speed");
    put_speeds(cpu, c, "cpu_speed");
    put_launches(launches, c);
    (void)snprintf(row, CERTIFICATE_TEXT,
                   "| %.10s | %.100s | %.60s, %.60s | %s | %s | %s, %s | %.60s | %.60s | %.60s | %.100s |",
                   date != NULL ? date : "", certificate_text(c, "device", "name"),
                   certificate_text(c, "device", "platform_version"), certificate_text(c, "device", "driver"),
                   clenet_version(), json_array_size(c->problems) == 0 ? "yes" : "no", largest[0], largest[1], speeds,
                   cpu, launches, certificate_text(c, "device", "processor"));
    set(c, c->root, "row", json_text(row));
}
