/* device_opening.c - see device_opening.h. */
#include "cmd/base/device_opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/base/say.h"

/* Compiling ahead only saves time: if it fails, the error is reported when the device is used. */
static void *open_device(void *argument) {
    device_opening *o = argument;
    o->status = clenet_device_open_for(&o->device, o->spec, &o->setting.options, o->network, o->training, &o->error);
    if (o->status == CLENET_OK) (void)clenet_device_warm_up(o->device, o->network, o->training, NULL);
    atomic_store(&o->done, true);
    return NULL;
}

int device_opening_begin(device_opening *o, const device_arguments *arguments, const clenet_network *network,
                         const clenet_training_options *training, bool quiet) {
    const char *wish = getenv("CLENET_DEVICE");
    *o = (device_opening){.network = network, .training = training, .spec = arguments->spec};
    atomic_init(&o->done, false);
    o->wished = o->spec == NULL && wish != NULL && wish[0] != '\0';
    if (o->spec == NULL) o->spec = o->wished ? wish : "auto";
    int status = device_setting_make(&o->setting, arguments);
    if (status != EXIT_DONE) return status;
    if (quiet) o->setting.options.on_check = NULL;
    o->setting.options.background_checks = true;
    if (arguments->profile != NULL && clenet_profile_new(&o->profile, &o->error) != CLENET_OK)
        return say_error(&o->error);
    o->setting.options.profile = o->profile;
    o->threaded = pthread_create(&o->thread, NULL, open_device, o) == 0;
    if (!o->threaded) (void)open_device(o);
    return EXIT_DONE;
}

void device_opening_tell(const clenet_device *device) {
    char text[640];
    if (clenet_device_background(device, text, sizeof text)) say_line("%s", text);
}

/* If there is nothing to run, ends the process instead of waiting for a compiler, which cannot be stopped. */
static void abandon(device_opening *o, int status) {
    if (!atomic_load(&o->done)) {
        (void)fflush(NULL);
        _exit(status);
    }
    if (o->threaded) (void)pthread_join(o->thread, NULL);
    device_setting_free(&o->setting);
    clenet_device_free(o->device);
}

int device_opening_end(device_opening *o, int status, clenet_device **device) {
    if (status != EXIT_DONE) {
        abandon(o, status);
        return status;
    }
    if (o->threaded) (void)pthread_join(o->thread, NULL);
    device_setting_free(&o->setting);
    if (o->status != CLENET_OK)
        return say_failed("%s%s", o->error.message, o->wished ? " (the device is CLENET_DEVICE's)" : "");
    *device = o->device;
    return EXIT_DONE;
}
