/* train.c - trains LeNet on a CSV of labelled digits and keeps the model: libclenet in a program of your own.
 *
 *   cc train.c -o train $(pkg-config --cflags --libs clenet)
 *   ./train DIGITS.csv MODEL.safetensors */
#include <stdio.h>

#include <clenet/clenet.h>

enum { EPOCHS = 10 };

/* Called after each epoch; any value but 0 stops the training. */
static int print_epoch(const clenet_epoch *epoch, void *user) {
    const double *enough = user; /* validation accuracy */
    printf("epoch %d of %d: loss %.4f, accuracy %.4f, validation accuracy %.4f\n", epoch->epoch, epoch->epochs,
           epoch->loss, epoch->accuracy, epoch->val_accuracy);
    return epoch->val_accuracy >= *enough;
}

/* All that is needed for one training; what is not made yet is NULL. */
typedef struct job {
    clenet_dataset *digits;
    clenet_network *network;
    clenet_model *model;
    clenet_device *device;
    clenet_trainer *trainer;
} job;

static clenet_status prepare(job *j, const char *csv, double *enough, clenet_error *error) {
    clenet_status status = clenet_dataset_load(&j->digits, csv, NULL, error);
    if (status) return status;
    const clenet_dataset *digits = j->digits;
    status = clenet_network_lenet(&j->network, clenet_dataset_height(digits), clenet_dataset_width(digits),
                                  clenet_dataset_channels(digits), clenet_dataset_classes(digits), error);
    if (status) return status;
    status = clenet_model_new(&j->model, j->network, 1, error);
    if (status) return status;
    status = clenet_device_open(&j->device, "auto", NULL, error);
    if (status) return status;

    clenet_training_options options;
    clenet_training_options_init(&options, sizeof options);
    options.epochs = EPOCHS;
    options.on_epoch = print_epoch;
    options.user = enough;
    return clenet_trainer_new(&j->trainer, j->model, digits, j->device, &options, error);
}

static void job_free(job *j) {
    clenet_trainer_free(j->trainer); /* before what it was lent */
    clenet_device_free(j->device);
    clenet_model_free(j->model);
    clenet_network_free(j->network);
    clenet_dataset_free(j->digits);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s DIGITS.csv MODEL.safetensors\n", argv[0]);
        return 2;
    }
    double enough = 0.995;
    job j = {0};
    clenet_error error;
    clenet_training_result result = {0};
    clenet_status status = prepare(&j, argv[1], &enough, &error);
    if (!status) status = clenet_trainer_run(j.trainer, &result, &error);
    if (!status) status = clenet_model_save(j.model, argv[2], &error);
    if (status)
        fprintf(stderr, "%s: %s\n", argv[0], error.message);
    else
        printf("%s: epoch %d, validation accuracy %.4f, %.1f s on %s\n", argv[2], result.kept, result.best.val_accuracy,
               result.seconds, clenet_device_description(j.device));
    job_free(&j);
    return status ? 1 : 0;
}
