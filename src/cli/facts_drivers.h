/* facts_drivers.h - the part of facts_gather() that is about .icd files and the drivers they name. */
#ifndef CLENET_CLI_FACTS_DRIVERS_H
#define CLENET_CLI_FACTS_DRIVERS_H

#include "cli/facts.h"

bool facts_gather_drivers(doctor_facts *facts, const char *root, const char *cache_folder);

#endif
