/* versions.h - the compiler and the system, for records of a run. */
#ifndef CLENET_CMD_BASE_VERSIONS_H
#define CLENET_CMD_BASE_VERSIONS_H

enum { VERSIONS_SYSTEM = 256 }; /* bytes */

/* The compiler that built the command: "gcc 12.2.0". */
const char *versions_compiler(void);

/* The system: "Linux 6.1.0, x86_64"; "" if it is not known. Returns text. */
const char *versions_system(char text[VERSIONS_SYSTEM]);

#endif
