/* certificate.h - what a device's certificate holds, and what it says.
 *
 * As JSON: {"schema_version", "clenet", "date", "system", "passed", "verdict", "row", "problems": [...], "parts": {NAME: {...}}}. A part has
 * the members that clenet certify-part printed, "seconds", and "failure" if it did not end well. */
#ifndef CLENET_CMD_DEVICE_CERTIFICATE_H
#define CLENET_CMD_DEVICE_CERTIFICATE_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/child.h"

typedef struct certificate {
    json_t *root, *parts, *problems; /* root owns the others */
    bool whole;                      /* false: memory was short, and something is missing */
} certificate;

enum { CERTIFICATE_TEXT = 1024 };

/* certificate_free() it. */
void certificate_new(certificate *c);
void certificate_free(certificate *c);

/* Begins a part; lent. Then adds each line of its process, and its end after `seconds`, which is a problem if the exit status is not 0. */
json_t *certificate_begin(certificate *c, const char *name);
void certificate_add(certificate *c, json_t *part, const char *line);
void certificate_end(certificate *c, json_t *part, const char *name, const child_result *ran, double seconds);

/* Adds a problem. */
void certificate_problem(certificate *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text or a number of a part; "" or 0 if it is not there. */
const char *certificate_text(const certificate *c, const char *part, const char *member);
double certificate_number(const certificate *c, const char *part, const char *member);

/* The largest of the differences that the check judges, of small networks or of LeNet, over all parts; -1 if nothing was compared. LeNet's
 * has another tolerance. */
double certificate_difference(const certificate *c, bool lenet);

/* The images a second at a batch size; 0 if they were not measured. */
double certificate_speed(const certificate *c, const char *part, int batch);

/* Fills in "passed" and "verdict", a line. Returns whether there was no problem. */
bool certificate_judge(certificate *c, char verdict[CERTIFICATE_TEXT]);

/* Fills in "row", the row of the table in docs/devices.md. */
void certificate_row(certificate *c, char row[CERTIFICATE_TEXT]);

#endif
