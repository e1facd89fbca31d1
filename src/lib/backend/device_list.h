/* device_list.h - adds devices to a list. */
#ifndef CLENET_LIB_BACKEND_DEVICE_LIST_H
#define CLENET_LIB_BACKEND_DEVICE_LIST_H

#include "lib/base/status.h"

/* Appends a copy of the device with its strings. A NULL string means "". */
clenet_status device_list_add(clenet_device_list *list, const clenet_device_info *device, clenet_error *error);

/* Sets the reason why there is no OpenCL device; "" if there is one. A build without OpenCL has its reason set already. */
void device_list_explain(clenet_device_list *list, const char *reason);

#endif
