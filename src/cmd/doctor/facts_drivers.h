/* facts_drivers.h - collects facts about .icd files and their drivers. */
#ifndef CLENET_CMD_DOCTOR_FACTS_DRIVERS_H
#define CLENET_CMD_DOCTOR_FACTS_DRIVERS_H

#include "cmd/doctor/facts.h"

bool facts_gather_drivers(doctor_facts *facts, const char *root, const char *cache_folder);

#endif
