/* predict.c - asks a trained model for the digits on some images: bytes in memory in, probabilities out.
 *
 *   cc predict.c -o predict $(pkg-config --cflags --libs clenet)
 *   ./predict MODEL.safetensors DIGITS.csv */
#include <stdio.h>

#include <clenet/clenet.h>

enum { MOST_IMAGES = 10, MOST_CLASSES = 256 };

static void draw(const uint8_t *image /* [height][width] */, int height, int width) {
    for (int y = 0; y < height; y++, putchar('\n'))
        for (int x = 0; x < width; x++) putchar(" .:-=+*#%@"[image[y * width + x] * 9 / 255]);
}

/* Prints the likeliest digit of the first images. They may come from anywhere: a camera, a socket, a file. */
static clenet_status print_digits(clenet_predictor *predictor, const clenet_network *network,
                                  const clenet_dataset *digits, clenet_error *error) {
    static float probabilities[MOST_IMAGES * MOST_CLASSES]; /* [count][classes] */
    const uint8_t *images = clenet_dataset_images(digits);
    int classes = clenet_network_output(network, clenet_network_layers(network) - 1).channels;
    size_t count = clenet_dataset_rows(digits);
    if (count > MOST_IMAGES) count = MOST_IMAGES;
    clenet_status status = clenet_predictor_run(predictor, images, count, probabilities, error);
    if (status) return status;

    draw(images, clenet_dataset_height(digits), clenet_dataset_width(digits));
    for (size_t i = 0; i < count; i++) {
        const float *p = probabilities + i * (size_t)classes;
        int likeliest = 0;
        for (int k = 1; k < classes; k++)
            if (p[k] > p[likeliest]) likeliest = k;
        printf("image %zu: %d, probability %.4f\n", i + 1, likeliest, (double)p[likeliest]);
    }
    return CLENET_OK;
}

/* Images are handed over as bytes: that they have the size that the network wants is the caller's to see to.
 */
static bool fits(const clenet_network *network, const clenet_dataset *digits) {
    clenet_shape wanted = clenet_network_input(network);
    return clenet_dataset_height(digits) == wanted.height && clenet_dataset_width(digits) == wanted.width &&
           clenet_dataset_channels(digits) == wanted.channels;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL.safetensors DIGITS.csv\n", argv[0]);
        return 2;
    }
    clenet_model *model = NULL;
    clenet_dataset *digits = NULL;
    clenet_device *device = NULL;
    clenet_predictor *predictor = NULL;
    clenet_error error;
    clenet_status status = clenet_model_load(&model, argv[1], &error);
    if (!status) status = clenet_dataset_load(&digits, argv[2], NULL, &error);
    if (!status && !fits(clenet_model_network(model), digits)) {
        status = CLENET_ERROR_ARGUMENT;
        snprintf(error.message, sizeof error.message, "%s has images of another size than the model", argv[2]);
    }
    if (!status) status = clenet_device_open(&device, "cpu", NULL, &error);
    if (!status) status = clenet_predictor_new(&predictor, model, device, &error);
    if (!status) status = print_digits(predictor, clenet_model_network(model), digits, &error);
    if (status) fprintf(stderr, "%s: %s\n", argv[0], error.message);
    clenet_predictor_free(predictor);
    clenet_device_free(device);
    clenet_dataset_free(digits);
    clenet_model_free(model);
    return status ? 1 : 0;
}
