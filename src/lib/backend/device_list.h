/* device_list.h - what a backend adds to a list of devices. */
#ifndef CLENET_LIB_BACKEND_DEVICE_LIST_H
#define CLENET_LIB_BACKEND_DEVICE_LIST_H

#include "lib/base/status.h"

/* Appends a copy of the device with its strings. A NULL string stands for "". */
clenet_status device_list_add(clenet_device_list *list, const clenet_device_info *device, clenet_error *error);

/* Says why there is no OpenCL device; "" where there is one. What a build without OpenCL has to say is there already. */
void device_list_explain(clenet_device_list *list, const char *reason);

#endif
