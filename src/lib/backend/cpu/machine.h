/* machine.h - what this machine's processor is. */
#ifndef CLENET_LIB_BACKEND_CPU_MACHINE_H
#define CLENET_LIB_BACKEND_CPU_MACHINE_H

#include <stdint.h>

enum { MACHINE_TEXT = 128 };

/* Its name, or where the system does not say, that of its architecture. */
void machine_processor(char name[MACHINE_TEXT]);

uint64_t machine_memory(void); /* bytes; 0: unknown */

#endif
