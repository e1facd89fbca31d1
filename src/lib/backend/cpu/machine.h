/* machine.h - name and memory of this machine. */
#ifndef CLENET_LIB_BACKEND_CPU_MACHINE_H
#define CLENET_LIB_BACKEND_CPU_MACHINE_H

#include <stdint.h>

enum { MACHINE_TEXT = 128 };

/* The processor's name; if the system does not tell it, the name of its architecture. */
void machine_processor(char name[MACHINE_TEXT]);

uint64_t machine_memory(void); /* bytes; 0: unknown */

#endif
