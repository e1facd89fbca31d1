/* facts_drivers.h - the part of facts_gather() that is about .icd files and the drivers they name. */
#ifndef CLENET_CMD_DOCTOR_FACTS_DRIVERS_H
#define CLENET_CMD_DOCTOR_FACTS_DRIVERS_H

#include "cmd/doctor/facts.h"

bool facts_gather_drivers(doctor_facts *facts, const char *root, const char *cache_folder);

#endif
