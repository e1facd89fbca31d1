/* cores.h - the number of cores that the process may use. */
#ifndef CLENET_LIB_BASE_CORES_H
#define CLENET_LIB_BASE_CORES_H

enum { CORES_AT_MOST = 1024 };

/* The cores that the process may run on: 1 to CORES_AT_MOST. */
int cores_usable(void);

#endif
