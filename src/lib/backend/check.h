/* check.h - how fast a device trains. */
#ifndef CLENET_LIB_BACKEND_CHECK_H
#define CLENET_LIB_BACKEND_CHECK_H

#include "lib/backend/backend.h"

/* Images a second of training the default LeNet at batch 32 on 2,048 random images, once it is warm. */
clenet_status device_time(const clenet_device *device, double *images_per_second, clenet_error *error);

#endif
