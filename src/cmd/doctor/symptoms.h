/* symptoms.h - what is wrong with OpenCL on a machine, from its facts, and the command that mends it. */
#ifndef CLENET_CMD_DOCTOR_SYMPTOMS_H
#define CLENET_CMD_DOCTOR_SYMPTOMS_H

#include "cmd/doctor/facts.h"

enum { FINDING_TEXT = 1536, FINDINGS_MOST = 64 };

typedef struct finding {
    char problem[FINDING_TEXT]; /* one line */
    char remedy[FINDING_TEXT];  /* a command, one line */
} finding;

/* Fills findings with what is wrong, the most basic first; gives their number. Where there is no device there is at least one. */
int symptoms_find(finding findings[FINDINGS_MOST], const doctor_facts *facts);

#endif
