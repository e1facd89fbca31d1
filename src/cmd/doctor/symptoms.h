/* symptoms.h - finds OpenCL problems from the facts, with a command for each. */
#ifndef CLENET_CMD_DOCTOR_SYMPTOMS_H
#define CLENET_CMD_DOCTOR_SYMPTOMS_H

#include "cmd/doctor/facts.h"

enum { FINDING_TEXT = 1536, FINDINGS_MOST = 64 };

typedef struct finding {
    char problem[FINDING_TEXT]; /* one line */
    char remedy[FINDING_TEXT];  /* a command, one line */
} finding;

/* Fills findings with the problems, most basic first; returns their number. If there is no device, there is at least one
 * finding. */
int symptoms_find(finding findings[FINDINGS_MOST], const doctor_facts *facts);

/* True if no OpenCL device of this machine can be used. */
bool symptoms_stop_all(const doctor_facts *facts);

#endif
