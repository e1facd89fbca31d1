/* test_folder.c - a folder with a folder of pictures per class is a data set, whose rows do not depend on threads. */
#include "clenet/clenet.h"
#include "scratch.h"

static clenet_error error;
static clenet_dataset *data;
static clenet_load_options options;

/* Writes a PGM or PPM of one colour. */
static void put(const char *path, int height, int width, int samples, const uint8_t *colour) {
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    (void)fprintf(file, "P%d %d %d 255\n", samples == 3 ? 6 : 5, width, height);
    for (int i = 0; i < height * width; i++) (void)fwrite(colour, 1, (size_t)samples, file);
    cr_assert_eq(fclose(file), 0);
}

static void put_grey(const char *path, uint8_t grey) {
    put(path, 6, 6, 1, &grey);
}

static void folder(const char *path) {
    cr_assert_eq(mkdir(path, 0777), 0, "%s", path);
}

static void enter(void) {
    scratch_enter();
    clenet_load_options_init(&options, sizeof options);
    options.picture_side = 4;
}

static clenet_status load(const char *path) {
    clenet_dataset_free(data);
    data = NULL;
    return clenet_dataset_load(&data, path, &options, &error);
}

/* Removes what is in the folders of the current one. */
static void empty_folders(int depth) {
    DIR *all = opendir(".");
    for (struct dirent *entry; all != NULL && (entry = readdir(all)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (depth > 0 && chdir(entry->d_name) == 0) {
            empty_folders(depth - 1);
            cr_assert_eq(chdir(".."), 0);
        }
        (void)remove(entry->d_name);
    }
    if (all != NULL) (void)closedir(all);
}

static void leave(void) {
    clenet_dataset_free(data);
    data = NULL;
    empty_folders(2);
    scratch_leave();
}

static void expect_rows(size_t rows, const int *labels, const int *greys) {
    cr_assert_eq(clenet_dataset_rows(data), rows, "%zu", clenet_dataset_rows(data));
    for (size_t i = 0; i < rows; i++) {
        cr_expect_eq(clenet_dataset_labels(data)[i], labels[i], "row %zu", i);
        cr_expect_eq(clenet_dataset_images(data)[i * 16], greys[i], "row %zu", i);
    }
}

/* Folders and files are made in another order than that of their names. */
static void make_animals(void) {
    folder("a");
    folder("a/dog");
    folder("a/cat");
    put_grey("a/dog/b.pgm", 4);
    put_grey("a/cat/2", 3); /* a picture without an ending */
    put_grey("a/dog/a.pgm", 5);
    put_grey("a/cat/10.pgm", 6);
    scratch_write("a/cat/notes.txt", "a striped one", 13);
    scratch_write("a/cat/.hidden.png", "not there", 9);
    scratch_write("a/README", "animals", 7);
    folder("a/.git");
}

Test(folder, its_folders_are_the_classes_and_its_pictures_the_rows_in_the_order_of_their_names) {
    enter();
    make_animals();
    cr_assert_eq(load("a"), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_classes(data), 2);
    cr_expect_str_eq(clenet_dataset_class_name(data, 0), "cat");
    cr_expect_str_eq(clenet_dataset_class_name(data, 1), "dog");
    cr_expect(clenet_dataset_height(data) == 4 && clenet_dataset_width(data) == 4 &&
              clenet_dataset_channels(data) == 1);
    expect_rows(4, (int[]){0, 0, 1, 1}, (int[]){3, 6, 5, 4});
    cr_expect_str_eq(clenet_dataset_reading(data),
                     "4 pictures in folders of 2 classes, 'cat' to 'dog', scaled to 4x4, grey");
    cr_assert_eq(load("a/"), CLENET_OK, "%s", error.message);
    leave();
}

Test(folder, numbers_are_classes_in_the_order_of_their_values) {
    enter();
    folder("n");
    folder("n/10");
    folder("n/2");
    folder("n/1");
    put_grey("n/10/x.pgm", 10);
    put_grey("n/2/x.pgm", 2);
    put_grey("n/1/x.pgm", 1);
    cr_assert_eq(load("n"), CLENET_OK, "%s", error.message);
    expect_rows(3, (int[]){0, 1, 2}, (int[]){1, 2, 10});
    cr_expect_str_eq(clenet_dataset_class_name(data, 2), "10");
    leave();
}

Test(folder, a_picture_is_scaled_to_a_square_by_the_means_of_areas) {
    enter();
    folder("s");
    folder("s/a");
    folder("s/b");
    uint8_t pixels[8 * 4];
    for (int i = 0; i < 32; i++) pixels[i] = (uint8_t)(i % 4 * 20 + i / 8 * 2); /* 8 rows of 4, in pairs */
    FILE *file = fopen("s/a/1.pgm", "wb");
    (void)fprintf(file, "P5 4 8 255\n");
    (void)fwrite(pixels, 1, sizeof pixels, file);
    (void)fclose(file);
    put_grey("s/b/1.pgm", 77);
    options.picture_side = 2;
    cr_assert_eq(load("s"), CLENET_OK, "%s", error.message);
    const uint8_t *image = clenet_dataset_images(data);
    static const uint8_t wanted[] = {11, 51, 15, 55};
    cr_expect_arr_eq(image, wanted, 4, "%d %d %d %d", image[0], image[1], image[2], image[3]);
    options.picture_side = 3; /* 4 columns become 3: one and a third each */
    cr_assert_eq(load("s"), CLENET_OK, "%s", error.message);
    int mean = clenet_dataset_images(data)[0]; /* 5.5 */
    cr_expect(mean == 5 || mean == 6, "%d", mean);
    options.picture_side = 5; /* 6 x 6 of one grey */
    cr_assert_eq(load("s"), CLENET_OK, "%s", error.message);
    for (int i = 25; i < 50; i++) cr_expect_eq(clenet_dataset_images(data)[i], 77);
    leave();
}

Test(folder, colours_are_kept_if_asked_and_pixels_inverted) {
    enter();
    folder("c");
    folder("c/a");
    folder("c/b");
    put("c/a/1.ppm", 5, 7, 3, (const uint8_t[]){200, 30, 40});
    put_grey("c/b/1.pgm", 9);
    options.color = true;
    options.invert = true;
    cr_assert_eq(load("c"), CLENET_OK, "%s", error.message);
    cr_expect_eq(clenet_dataset_channels(data), 3);
    static const uint8_t wanted[] = {55, 225, 215};
    cr_expect_arr_eq(clenet_dataset_images(data), wanted, 3);
    cr_expect_eq(clenet_dataset_images(data)[16 * 3 + 2], 246);
    leave();
}

Test(folder, any_number_of_threads_gives_the_same_rows) {
    enum { PICTURES = 200 };
    enter();
    folder("t");
    folder("t/a");
    folder("t/b");
    for (int i = 0; i < PICTURES; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "t/%c/%d.pgm", 'a' + i % 2, i);
        put_grey(path, (uint8_t)i);
    }
    uint8_t images[PICTURES * 16];
    options.threads = 1;
    cr_assert_eq(load("t"), CLENET_OK, "%s", error.message);
    memcpy(images, clenet_dataset_images(data), sizeof images);
    options.threads = 7;
    cr_assert_eq(load("t"), CLENET_OK, "%s", error.message);
    cr_expect_arr_eq(clenet_dataset_images(data), images, sizeof images);

    /* Of two that cannot be read, the first is named. */
    scratch_write("t/b/77.pgm", "P5 9", 4);
    scratch_write("t/b/33.pgm", "P5 9", 4);
    for (options.threads = 1; options.threads < 9; options.threads += 7) {
        cr_expect_eq(load("t"), CLENET_ERROR_FORMAT);
        cr_expect_str_eq(error.message, "t/b/33.pgm: the picture is cut off; fetch or copy it again");
    }
    leave();
}

Test(folder, the_classes_of_a_model_are_found_by_their_names) {
    enter();
    make_animals();
    options.classes = 3;
    options.class_names = (const char *const[]){"bird", "cat", "dog"};
    cr_assert_eq(load("a"), CLENET_OK, "%s", error.message);
    expect_rows(4, (int[]){1, 1, 2, 2}, (int[]){3, 6, 5, 4});
    options.classes = 2;
    cr_expect_eq(load("a"), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "'dog'"), "%s", error.message);
    leave();
}

static void expect_refused(const char *path, const char *why) {
    cr_expect_eq(load(path), CLENET_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, why), "'%s' is not in '%s'", why, error.message);
}

Test(folder, a_folder_that_is_no_data_is_refused_with_the_reason) {
    enter();
    folder("empty");
    expect_refused("empty", "empty: the folder has no folders; put the pictures of each class into a folder");
    folder("flat");
    put_grey("flat/1.pgm", 1);
    expect_refused("flat", "flat: the folder has pictures, but no classes");
    folder("one");
    folder("one/cat");
    put_grey("one/cat/1.pgm", 1);
    expect_refused("one", "one: there is only one class, 'cat'");
    folder("one/dog");
    expect_refused("one", "one/dog: the folder has no pictures");
    scratch_write("one/dog/1.jpg", "no picture", 10);
    expect_refused("one", "one/dog/1.jpg: is not a picture");
    scratch_write("one/dog/1.jpg", "GIF89a", 6);
    expect_refused("one", "one/dog/1.jpg: is a GIF, which clenet does not read; convert it: ");
    options.labels_path = "labels";
    cr_expect_eq(load("flat"), CLENET_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "remove 'labels'"), "%s", error.message);
    leave();
}

Test(folder, a_model_that_was_trained_on_it_makes_its_input_of_a_picture_alike) {
    enter();
    make_animals();
    folder("b");
    folder("b/cat");
    folder("b/dog");
    put_grey("b/cat/1.pgm", 200);
    uint8_t pixels[4 * 8];
    for (int i = 0; i < 32; i++) pixels[i] = (uint8_t)(i * 7);
    FILE *file = fopen("b/dog/1.pgm", "wb");
    (void)fprintf(file, "P5 8 4 255\n");
    (void)fwrite(pixels, 1, sizeof pixels, file);
    (void)fclose(file);
    options.invert = options.transpose = true;
    cr_assert_eq(load("b"), CLENET_OK, "%s", error.message);

    clenet_network *network = NULL;
    clenet_model *model = NULL;
    clenet_device *device = NULL;
    clenet_trainer *trainer = NULL;
    clenet_training_options training;
    clenet_training_result result;
    clenet_training_options_init(&training, sizeof training);
    training.epochs = 1;
    training.validation = 0.0;
    cr_assert_eq(clenet_network_parse(&network, "input 4x4x1\nflatten\ndense 2 softmax\n", "net", &error), CLENET_OK);
    cr_assert_eq(clenet_model_new(&model, network, 1, &error), CLENET_OK);
    cr_expect_not(clenet_model_scales_pictures(model));
    cr_assert_eq(clenet_device_open(&device, "cpu", NULL, &error), CLENET_OK);
    cr_assert_eq(clenet_trainer_new(&trainer, model, data, device, &training, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_trainer_run(trainer, &result, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_model_save(model, "model", &error), CLENET_OK);
    clenet_trainer_free(trainer);
    clenet_model_free(model);
    cr_assert_eq(clenet_model_load(&model, "model", &error), CLENET_OK, "%s", error.message);
    cr_expect(clenet_model_scales_pictures(model));

    clenet_picture *picture = NULL;
    uint8_t image[16];
    cr_assert_eq(clenet_picture_load(&picture, "b/dog/1.pgm", 1, &error), CLENET_OK, "%s", error.message);
    cr_assert_eq(clenet_model_scale_picture(model, image, picture, &error), CLENET_OK, "%s", error.message);
    cr_expect_arr_eq(image, clenet_dataset_images(data) + 16, 16);
    clenet_picture_free(picture);
    cr_assert_eq(clenet_picture_load(&picture, "b/dog/1.pgm", 3, &error), CLENET_OK);
    cr_expect_eq(clenet_model_scale_picture(model, image, picture, &error), CLENET_ERROR_ARGUMENT);
    clenet_picture_free(picture);
    clenet_model_free(model);
    clenet_network_free(network);
    clenet_device_free(device);
    leave();
}
