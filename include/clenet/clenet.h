/* clenet.h - the public interface of libclenet: LeNet for handwritten digits.
 *
 * dataset (bytes and labels) + network (a list of layers) -> model (its weights)
 * model + device -> trainer (trains the model) or predictor (predicts with it)
 *
 * Rules for all functions
 * - Handles are opaque. The caller owns the result of *_new, *_load and *_open, and must call its *_free, which takes NULL.
 *   Getters lend: their result is valid as long as the handle, and must not be changed or freed.
 * - A function that can fail returns a clenet_status; the last parameter is a clenet_error, or NULL, that gets
 *   the reason as one line. Outputs are written on success only; on failure the output stays unchanged.
 * - The library never prints, never ends the process, never reads the environment, and has no global state:
 *   different handles may be used from different threads at once. One handle is used by one thread at a time;
 *   a dataset, a network and a device may be shared, since nothing changes them.
 * - fork(): devices, trainers and predictors belong to the process that made them. In a child process their functions return
 *   CLENET_ERROR_ARGUMENT, and *_free does nothing. Open the device again there; if the parent has used OpenCL, open the CPU, since
 *   OpenCL drivers do not work in a child. Data sets, networks, models and checkpoints work in a child.
 * - NULL: a function that returns a clenet_status needs all its pointers. If one is NULL it returns CLENET_ERROR_ARGUMENT, and names
 *   it. Options, callbacks, `user`, the error and parameters whose comment allows it may be NULL. A getter returns 0, false, NULL
 *   or a struct of zeros if its handle is NULL, or if there is no element of that index. *_free does nothing with NULL.
 * - Options are structs that begin with their size, so that a later version can add fields at the end. *_options_init() fills them
 *   with the documented defaults; then set the fields that differ. Every field is checked, and the error names it and its range.
 * - Images are bytes, 0 (background) to 255 (ink), row by row: [rows][height][width][channels].
 */
#ifndef CLENET_CLENET_H
#define CLENET_CLENET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CLENET_API __attribute__((visibility("default")))
#else
#define CLENET_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define CLENET_VERSION_MAJOR 0
#define CLENET_VERSION_MINOR 2
#define CLENET_VERSION_PATCH 0

/* Returns the version of the library that runs, as "0.2.0". The string is static. */
CLENET_API const char *clenet_version(void);

/* ---- status and error ------------------------------------------------------------------------------------- */

typedef enum clenet_status {
    CLENET_OK = 0,
    CLENET_ERROR_ARGUMENT, /* a value out of its range, or values that do not fit together */
    CLENET_ERROR_MEMORY,   /* out of memory */
    CLENET_ERROR_IO,       /* a file could not be opened, read or written */
    CLENET_ERROR_FORMAT,   /* a file has invalid content */
    CLENET_ERROR_DEVICE,   /* there is no such device, or it failed */
    CLENET_ERROR_NUMERIC   /* training produced numbers that are not finite */
} clenet_status;

typedef struct clenet_error {
    clenet_status status;
    char message[1024]; /* one line, UTF-8, no newline: what failed, which value, what to do */
} clenet_error;

/* ---- datasets --------------------------------------------------------------------------------------------- */

/* Images of one size, with or without labels. Immutable. */
typedef struct clenet_dataset clenet_dataset;

/* Which part of a file that has several, such as an archive with train.csv and test.csv. */
typedef enum clenet_part { CLENET_PART_TRAINING, CLENET_PART_TEST } clenet_part;

/* How a data set is read. Strings are lent for the call. */
typedef struct clenet_load_options {
    size_t size;             /* of this struct, in bytes: clenet_load_options_init() sets it */
    int classes;             /* 2 to 256: labels run from 0 to classes - 1; default 0: counted, see below */
    const char *labels_path; /* for IDX and NumPy images: the IDX or NumPy file with their labels; default NULL */
    int threads; /* threads that read a CSV, 1 to 1024; default 0: at most one per core, and fewer if more do not help */

    const char *const *class_names; /* [classes]: the labels are these names; default NULL: see below */

    /* For a CSV. A column is named by its name, or by its number from 1. */
    const char *label;     /* the column of the labels, or "none"; default NULL: detected */
    const char *skip;      /* columns that are not pixels, comma-separated; default NULL: detected */
    bool columns_optional; /* label and skip may name columns that the file lacks; default false: an error */

    double scale;   /* factor for every pixel, above 0, at most 1e9; default 0: see below */
    bool invert;    /* turn each pixel into 255 - pixel, for dark ink on light paper; default false */
    bool transpose; /* swap rows and columns of each image, as EMNIST needs; default false */

    clenet_part part;   /* which part of a file that has several; default CLENET_PART_TRAINING */
    const char *member; /* the file in an archive, or the array; default NULL: found by its name and part */

    int picture_side; /* side of the square that pictures in a folder are scaled to, in pixels, 1 to 4096; default 28 */
    bool color;       /* keep 3 channels of such pictures, red, green and blue; default false: 1 channel, grey */
} clenet_load_options;

/* Fills the first `size` bytes of *options with the defaults; pass sizeof *options. Does nothing if options is NULL. */
CLENET_API void clenet_load_options_init(clenet_load_options *options, size_t size);

/* Reads a data set from a file, or from standard input if path is "-". The format is detected from the content. The file may be plain or
 * packed by gzip; if the library was built with libarchive, also by bzip2, xz or zstd, one inside another, or in a zip archive.
 * - CSV is read as UTF-8, or as UTF-16 with a byte order mark. Cells are separated by commas, semicolons or tabs, or by the separator
 *   that a first line such as "sep=;" names; a separator may also end each line. At most one column is the label. All others are the
 *   pixels of a square image, row by row, or of three squares: red, green and blue. The columns are identified
 *   1. by `label` and `skip`, if they are given;
 *   2. by their names, if the first line has names. A column "label", "labels", "class", "digit", "target" or "y", in capitals or not,
 *      anywhere, is the label. Columns such as "id", "index" or "Unnamed: 0", and a first column without a name, are skipped. Names that
 *      differ only in their numbers (pixel0, pixel1 ... or 1x1, 1x2 ..., with or without r, g or b for a channel) are pixels in the order
 *      of the numbers, which may start anywhere. The remaining columns are skipped if there is a label. Without a label, one remaining
 *      column of whole numbers is the label, and several of which one is 1 and the others are 0 in each row are a one-hot label. Without
 *      such similar names, all columns except the label are pixels in the order of the file;
 *   3. by their count, if there are no names. If there is one column more than a square, or than three times a square, it is the label: the
 *      first or the last column, if the first 100 rows show which. Several more are a one-hot label at the start or at the end.
 *   If a file can be read in two ways, the error names both, with `label` and `skip` as the command's options.
 *   A pixel is a decimal number, such as 12, 12.0 or 1.2E+02, in 0..255 after it was multiplied by `scale` and rounded. Without `scale`,
 *   pixels are multiplied by 255 if none is above 1 and at least one has a fraction; whole pixels 0 and 1 stay unchanged.
 * - IDX, the format of the MNIST files, and NumPy's .npy have numbers of any type. Their axes are rows, height, width; or rows, height,
 *   width, 1 to 4 channels; or rows, 1 or 3 channels, height, width; or rows, pixels of a square image. Pixels have the ranges of a CSV's.
 *   The labels are in a second file, `labels_path`: one number per image; one-hot; or QMNIST's eight numbers, the first of which is used.
 * - CIFAR-10's and CIFAR-100's binary files have 32 x 32 pixels of 3 channels, and one label or two, of which the second is used.
 * - Of a zip archive, or NumPy's .npz, one member is read, or two if the labels are separate (x_train.npy and y_train.npy;
 *   train-images-idx3-ubyte and train-labels-idx1-ubyte). It is `member`; or the only member with images; or the only one whose name
 *   contains train, for CLENET_PART_TRAINING, or test or t10k, for CLENET_PART_TEST. Kaggle's sample_submission.csv is never chosen
 *   without `member`. If several members fit, the error names them.
 * The error of another format names it, with a command that converts it. A file that unpacks to more than 200 times its size is refused.
 *
 * A folder that has one folder of pictures per class is a data set, too (animals/cat/1.jpg, animals/dog/2.png). The classes are the names
 * of the folders; the rows are the pictures, in the order of classes and file names. Each picture is read as by clenet_picture_load(), and
 * scaled to a square of picture_side: each pixel is the mean of the area that it covers, proportions are not kept, and dark stays dark.
 * Hidden files, files that are not pictures, and folders inside the class folders are skipped.
 *
 * Labels are whole numbers or texts. Without `classes`, they are counted: if they are numbers from 0 or 1, and at least half of the
 * numbers up to the largest occur, the classes are all of these numbers. Otherwise each label that occurs is a class, numbers first, then
 * texts in the order of their bytes.
 *
 * Parsing is one pass. Memory stays below 1.5 times the bytes of the pixels, plus 64 MiB; with NumPy's Fortran order, below twice the
 * bytes of the pixels; with a zip archive that is not a plain file, plus the archive. options may be NULL for the defaults. Errors:
 * CLENET_ERROR_IO, CLENET_ERROR_FORMAT ("FILE:LINE:COLUMN: what", both counted from 1; COLUMN counts cells), CLENET_ERROR_MEMORY,
 * CLENET_ERROR_ARGUMENT. */
CLENET_API clenet_status clenet_dataset_load(clenet_dataset **dataset, const char *path,
                                             const clenet_load_options *options, clenet_error *error);

/* Makes a data set from images [rows][height][width][channels] and labels [rows], each below classes. It copies both. labels may be
 * NULL. Errors: CLENET_ERROR_ARGUMENT, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_dataset_new(clenet_dataset **dataset, const uint8_t *images, const uint8_t *labels,
                                            size_t rows, int height, int width, int channels, int classes,
                                            clenet_error *error);

CLENET_API void clenet_dataset_free(clenet_dataset *dataset);

/* Return the number of images, their size in pixels, their channels (1 grey, 3 colour), and the number of classes. */
CLENET_API size_t clenet_dataset_rows(const clenet_dataset *dataset);
CLENET_API int clenet_dataset_height(const clenet_dataset *dataset);
CLENET_API int clenet_dataset_width(const clenet_dataset *dataset);
CLENET_API int clenet_dataset_channels(const clenet_dataset *dataset);
CLENET_API int clenet_dataset_classes(const clenet_dataset *dataset);

/* Lends the name of class i, "3" or "cat": UTF-8, at most 63 bytes. Returns NULL if there is no such class. */
CLENET_API const char *clenet_dataset_class_name(const clenet_dataset *dataset, int i);

/* Lend the pixels [rows][height][width][channels], 0 to 255, and the labels [rows]. clenet_dataset_labels() returns NULL if there are no
 * labels. */
CLENET_API const uint8_t *clenet_dataset_images(const clenet_dataset *dataset);
CLENET_API const uint8_t *clenet_dataset_labels(const clenet_dataset *dataset);

/* Lends one line that says how the file was read, if its form is not Kaggle's: "column 785, 'class', is the label; 784 pixels". Returns
 * NULL for Kaggle's form, or if dataset is NULL. */
CLENET_API const char *clenet_dataset_reading(const clenet_dataset *dataset);

/* ---- pictures --------------------------------------------------------------------------------------------- */

/* The pixels of a picture file. Immutable. */
typedef struct clenet_picture clenet_picture;

/* Reads a picture from a file, or from standard input if path is "-". The format is detected from the first bytes: PNG, JPEG, WebP,
 * HEIC, BMP, or Netpbm's PBM, PGM and PPM. PNG needs a library that was built with libpng, JPEG with libjpeg-turbo, WebP with libwebp
 * and HEIC with libheif. The picture is rotated upright by EXIF's orientation in a JPEG, PNG or WebP, or by the HEIC's own. A picture
 * with a side of more than 1024 pixels is reduced: each pixel is then the mean of a square of pixels of the file. channels is 1 for grey,
 * or 3 for red, green and blue. Transparent pixels become white, or black if that gives more contrast. A side may have 65,535 pixels,
 * and a picture 500 million; a WebP or HEIC 64 million, in 128 MB. Memory stays below 100 MB for a JPEG of 12 million pixels, and below
 * 1 GB for any picture. Errors: CLENET_ERROR_IO, CLENET_ERROR_FORMAT (an unsupported format, with a command that converts it; damaged;
 * cut off; too large), CLENET_ERROR_MEMORY, CLENET_ERROR_ARGUMENT. */
CLENET_API clenet_status clenet_picture_load(clenet_picture **picture, const char *path, int channels,
                                             clenet_error *error);

CLENET_API void clenet_picture_free(clenet_picture *picture);

/* Return the size in pixels, and the number of channels: 1 or 3. */
CLENET_API int clenet_picture_height(const clenet_picture *picture);
CLENET_API int clenet_picture_width(const clenet_picture *picture);
CLENET_API int clenet_picture_channels(const clenet_picture *picture);

/* Lends the pixels, 0 (black) to 255 (white): [height][width][channels]. */
CLENET_API const uint8_t *clenet_picture_pixels(const clenet_picture *picture);

/* Returns the name of the picture format of a file that begins with `count` bytes; 16 are enough. "GIF" and others are recognised but
 * cannot be read. Returns NULL if the format is unknown, or bytes is NULL. The string is static. */
CLENET_API const char *clenet_picture_format(const uint8_t *bytes, size_t count);

enum { CLENET_PICTURE_SIDE = 28 };

/* Converts a photograph or a scan of one digit to the form of the training data, with the steps of MNIST's makers (LeCun et al.
 * 1998). The ink, dark on light or light on dark, is scaled into 20 x 20 pixels, with its proportions and grey edges, and placed
 * in 28 x 28 with its centre of mass in the centre. Ink is everything that differs from the paper around it: the light may be uneven, and
 * shadows, a dark frame and the dark edge of a scan count as paper. Otsu's threshold separates ink from paper. Rulings, squares and drawn
 * boxes are removed, but not the strokes that cross them. Spots with less than a 50th of the largest spot's pixels count as dirt. Thin
 * strokes are widened. image [28][28] belongs to the caller and is written only on success: 0 (background) to 255 (ink), the input of
 * clenet_predictor_run(). grey [height][width], each side 1 to 65536, is the brightness of the pixels, on any scale. The function also
 * needs up to 6 times the memory of grey, and 3 MiB. Errors: CLENET_ERROR_FORMAT (the picture is blank), CLENET_ERROR_MEMORY,
 * CLENET_ERROR_ARGUMENT. */
CLENET_API clenet_status clenet_picture_normalise(uint8_t *image, const uint8_t *grey, int height, int width,
                                                  clenet_error *error);

/* The digits that a picture shows: a row of them, or several lines. */
typedef struct clenet_picture_digits clenet_picture_digits;

/* How digits are found. */
typedef struct clenet_picture_options {
    size_t size; /* of this struct, in bytes: clenet_picture_options_init() sets it */
    int digits; /* 0 to 1000; default 0: as many as are found. 1: all ink is one digit, as in clenet_picture_normalise().
                  * More: the nearest spots of ink are joined, or the widest are cut, until there are this many; if the ink
                  * cannot be divided into this many, the result has fewer */
} clenet_picture_options;

/* Fills the first `size` bytes of *options with the defaults; pass sizeof *options. Does nothing if options is NULL. */
CLENET_API void clenet_picture_options_init(clenet_picture_options *options, size_t size);

/* Finds the digits of a picture, and converts each to the form of the training data, as clenet_picture_normalise() does. Connected ink
 * is one digit, unless it is too wide for one: then it is cut. The parts of a broken digit, such as the bar of a 5, are joined by their
 * distance and the height of the digits. Marks that are much lower than the digits are ignored. grey is as in
 * clenet_picture_normalise(). The function also needs up to 12 times the memory of grey. options may be NULL for the defaults. Errors:
 * CLENET_ERROR_FORMAT (no digit found), CLENET_ERROR_MEMORY, CLENET_ERROR_ARGUMENT. */
CLENET_API clenet_status clenet_picture_digits_new(clenet_picture_digits **digits, const uint8_t *grey, int height,
                                                   int width, const clenet_picture_options *options,
                                                   clenet_error *error);
CLENET_API void clenet_picture_digits_free(clenet_picture_digits *digits);

/* Returns the number of digits, at least 1. */
CLENET_API size_t clenet_picture_digits_count(const clenet_picture_digits *digits);

/* Lends the images of the digits [count][28][28], 0 (background) to 255 (ink), the input of clenet_predictor_run(), in the order of
 * reading: lines from top to bottom, each from left to right. */
CLENET_API const uint8_t *clenet_picture_digits_images(const clenet_picture_digits *digits);

/* The place of a digit in the picture. */
typedef struct clenet_picture_box {
    int top, left, height, width; /* pixels of the picture; the first row and column are 0 */
    int line;                     /* from 0, the top */
} clenet_picture_box;

/* Returns the place of digit i, counted from 0. */
CLENET_API clenet_picture_box clenet_picture_digits_box(const clenet_picture_digits *digits, size_t i);

/* ---- networks --------------------------------------------------------------------------------------------- */

/* A list of layers; every shape follows from the input's. Semantics are those of Keras. */
typedef struct clenet_network clenet_network;

typedef enum clenet_layer_kind {
    CLENET_CONV2D,    /* filters, kernel_height, kernel_width, stride, padding, groups, activation */
    CLENET_MAXPOOL2D, /* pool: window pool x pool; stride; padding, whose positions are ignored */
    CLENET_BATCHNORM, /* momentum, epsilon; over the last axis */
    CLENET_DROPOUT,   /* rate; inverted: kept numbers are scaled by 1 / (1 - rate) in training */
    CLENET_FLATTEN,   /* [h][w][c] to [h * w * c] */
    CLENET_DENSE,     /* units, activation; over the last axis of a flat input */
    CLENET_RELU,
    CLENET_SOFTMAX,   /* only as the last layer, or as the activation of the last dense layer */
    CLENET_AVGPOOL2D, /* as for maxpool2d: the mean of the window's positions in the image */
    CLENET_TANH,
    CLENET_SIGMOID,
    CLENET_LEAKY_RELU,      /* negative_slope: x if it is above 0, else negative_slope x */
    CLENET_GLOBALAVGPOOL2D, /* [h][w][c] to flat [c]: the mean of each channel */
    CLENET_ZEROPAD2D        /* pad_top, pad_bottom, pad_left, pad_right: rows and columns of zeros */
} clenet_layer_kind;

/* Zeros around the input of a window that moves by `stride`. The output has (input + padding - window) / stride + 1 rows, rounded down;
 * remaining rows are dropped. Columns are treated alike. */
typedef enum clenet_padding {
    CLENET_VALID, /* none */
    CLENET_SAME, /* as much as an output of input / stride rows, rounded up, needs; an odd row is added at the bottom, as in TensorFlow */
    CLENET_PADDED /* pad_top, pad_bottom, pad_left, pad_right */
} clenet_padding;

typedef enum clenet_activation {
    CLENET_ACTIVATION_NONE,
    CLENET_ACTIVATION_RELU,
    CLENET_ACTIVATION_SOFTMAX, /* for the last dense layer */
    CLENET_ACTIVATION_TANH,
    CLENET_ACTIVATION_SIGMOID,   /* 1 / (1 + exp(-x)) */
    CLENET_ACTIVATION_LEAKY_RELU /* with the slope of Keras's activation "leaky_relu", 0.2 */
} clenet_activation;

/* One layer. Only the fields in the comment of its kind are read; zero means the default if there is one. */
typedef struct clenet_layer {
    clenet_layer_kind kind;
    int filters;                  /* 1 to 4096 */
    int kernel_height;            /* 1 to 64; default kernel_width */
    int kernel_width;             /* 1 to 64; default kernel_height */
    clenet_padding padding;       /* default CLENET_VALID */
    clenet_activation activation; /* default CLENET_ACTIVATION_NONE */
    int pool;                     /* 1 to 16; default 2 */
    float momentum;               /* of the moving averages, 0 < momentum < 1; default 0.99 */
    float epsilon;                /* added to the variance, > 0; default 1e-3 */
    float rate;                   /* share of the numbers that is dropped, 0 <= rate < 1 */
    int units;                    /* 1 to 65536 */
    float negative_slope;         /* a finite number above 0; default 0.3, as of Keras 3's LeakyReLU */
    int stride;                   /* 1 to 16, of rows and columns; default 1 for conv2d, `pool` for pools */
    int groups; /* of conv2d, 1 to 4096; default 1. Divides channels and filters; filter f reads group f / (filters / groups) of the
                 * channels only. As many groups as channels: a depthwise convolution */
    int pad_top, pad_bottom, pad_left, pad_right; /* zeros, 0 to 64; of pools less than `pool`; default 0 */
    /* conv2d, dense, batchnorm: training does not change the parameters, as Keras's trainable=False; a frozen batchnorm uses its moving
     * averages in training, too, and does not change them; default false */
    bool frozen;
} clenet_layer;

/* Return the word of a kind in texts and layer names, "conv2d", and the name of Keras's layer, "Conv2D"; NULL if kind is not in the
 * enum. The strings are static. */
CLENET_API const char *clenet_layer_word(clenet_layer_kind kind);
CLENET_API const char *clenet_layer_keras_name(clenet_layer_kind kind);

/* Returns the word of an activation in texts, "relu", which is also Keras's; NULL for CLENET_ACTIVATION_NONE, and if activation is not
 * in the enum. The string is static. */
CLENET_API const char *clenet_activation_word(clenet_activation activation);

typedef struct clenet_shape {
    int height, width, channels; /* a flat shape of n has height 1, width 1, channels n */
} clenet_shape;

/* Makes a network without layers for images of height x width x channels, each 1 to 4096. Errors: CLENET_ERROR_ARGUMENT,
 * CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_network_new(clenet_network **network, int height, int width, int channels,
                                            clenet_error *error);

/* Appends a copy of the layer. If the layer does not fit the shape of its input, the call fails with CLENET_ERROR_ARGUMENT, and the
 * network stays unchanged. */
CLENET_API clenet_status clenet_network_add(clenet_network *network, const clenet_layer *layer, clenet_error *error);

/* Makes the LeNet of the digit-recognizer notebook: conv2d 6 5x5 same relu, maxpool2d 2, batchnorm, dropout 0.1, conv2d 16 5x5 valid
 * relu, maxpool2d 2, batchnorm, dropout 0.3, flatten, dense 120 relu, dense 84 relu, dense <classes> softmax. 61,794 parameters
 * for 28x28x1 and 10 classes. */
CLENET_API clenet_status clenet_network_lenet(clenet_network **network, int height, int width, int channels,
                                              int classes, clenet_error *error);

/* Reads a network from text, one layer per line (see clenet_network_text). Blank lines are skipped, and so is everything after
 * '#'. name is the source of the text in error messages. Errors: CLENET_ERROR_FORMAT, "NAME:LINE: what"; CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_network_parse(clenet_network **network, const char *text, const char *name,
                                              clenet_error *error);

CLENET_API void clenet_network_free(clenet_network *network);

/* Lends the network as text, which clenet_network_parse() reads back:
 *   input 28x28x1
 *   conv2d 6 5x5 same relu
 *   maxpool2d 2x2
 *   batchnorm
 *   dropout 0.1
 *   flatten
 *   dense 10 softmax                                                                                          */
CLENET_API const char *clenet_network_text(const clenet_network *network);

/* Returns the number of layers. */
CLENET_API size_t clenet_network_layers(const clenet_network *network);

/* Lend layer i, counted from 0, and its name, such as "conv2d_1". */
CLENET_API const clenet_layer *clenet_network_layer(const clenet_network *network, size_t i);
CLENET_API const char *clenet_network_layer_name(const clenet_network *network, size_t i);

/* Return the shape of the images, and the shape of the output of layer i. */
CLENET_API clenet_shape clenet_network_input(const clenet_network *network);
CLENET_API clenet_shape clenet_network_output(const clenet_network *network, size_t i);

/* Returns true if the output of layer i is flat. */
CLENET_API bool clenet_network_flat(const clenet_network *network, size_t i);

/* Return the numbers of trained parameters of layer i, and of its moving averages (batch norm's), which are not trained. */
CLENET_API size_t clenet_network_trained(const clenet_network *network, size_t i);
CLENET_API size_t clenet_network_moving(const clenet_network *network, size_t i);

/* ---- models ----------------------------------------------------------------------------------------------- */

/* A network and the values of its parameters; or an ensemble: several networks with the same layers and separate values, whose
 * predictions are averaged. */
typedef struct clenet_model clenet_model;

enum { CLENET_MEMBERS_MAX = 64 }; /* networks of a model */

/* Makes a model with initial weights: Glorot uniform (Glorot and Bengio 2010: limit sqrt(6 / (fan_in + fan_out))), zero biases, batch
 * norm as the identity. The same seed gives the same weights on every machine. The network is copied; it must end in a softmax. Errors:
 * CLENET_ERROR_ARGUMENT, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_new(clenet_model **model, const clenet_network *network, uint64_t seed,
                                          clenet_error *error);

/* Makes a model that begins with the weights of another one: those of its network `member`, counted from 0. Both networks need the same
 * layers; only `frozen`, `rate` and the number of classes may differ. If that number differs, or new_head is true, the head has initial
 * weights of the seed, as clenet_model_new() makes them: the last dense layer or convolution, and the layers behind it. Otherwise the model
 * also keeps the names of the classes, and how the data are read. The rows that `from` was trained on count as the new model's, too. The
 * network and the weights are copied. Errors: CLENET_ERROR_ARGUMENT (names the first layer that differs), CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_new_from(clenet_model **model, const clenet_network *network, uint64_t seed,
                                               const clenet_model *from, int member, bool new_head,
                                               clenet_error *error);

/* Makes one model of all the networks of models [count], in their order; each model may have several. The networks are copied. The
 * models must have the same layers, and at most CLENET_MEMBERS_MAX networks together: otherwise CLENET_ERROR_ARGUMENT names the
 * reason. */
CLENET_API clenet_status clenet_model_join(clenet_model **model, const clenet_model *const *models, size_t count,
                                           clenet_error *error);

/* Reads a model from a safetensors file that clenet_model_save() wrote. Nothing in the file is trusted: names, shapes and offsets are
 * compared with the network and the file's size before memory is allocated. Errors: CLENET_ERROR_IO, CLENET_ERROR_FORMAT,
 * CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_load(clenet_model **model, const char *path, clenet_error *error);

/* Writes the model as safetensors: tensors "conv2d_1.kernel", "conv2d_1.bias", "batchnorm_1.gamma" ... of F32 in Keras's layouts,
 * and the network's text in the metadata. For a model of several networks, "members" in the metadata is their number, and the
 * tensors are "member_1.conv2d_1.kernel" ... "member_2.conv2d_1.kernel" ... The tensor "trained_rows" of U8 has hashes of the training
 * rows (clenet_model_trained_rows()). The file is complete under its name, or absent: it is written under a temporary name, flushed, and
 * renamed. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_save(const clenet_model *model, const char *path, clenet_error *error);

/* Reads a model from memory: bytes [size] are those of the file. Errors as those of clenet_model_load(), without CLENET_ERROR_IO. */
CLENET_API clenet_status clenet_model_load_memory(clenet_model **model, const void *bytes, size_t size,
                                                  clenet_error *error);

/* Writes the bytes of clenet_model_save() into memory of the caller: bytes has room for `room` bytes. *size becomes their number. If
 * bytes is NULL, only *size is set; so call it twice. Errors: CLENET_ERROR_ARGUMENT if the room is too small, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_save_memory(const clenet_model *model, void *bytes, size_t room, size_t *size,
                                                  clenet_error *error);

CLENET_API void clenet_model_free(clenet_model *model);

/* Lends the network, whose layers all networks of an ensemble have. */
CLENET_API const clenet_network *clenet_model_network(const clenet_model *model);

/* Returns the number of networks: 1, or more for an ensemble. */
CLENET_API int clenet_model_members(const clenet_model *model);

/* Lends the name of class i, from the data set that the model was trained on, or else its number. Returns NULL if there is no such
 * class. */
CLENET_API const char *clenet_model_class_name(const clenet_model *model, int i);

/* Returns true if the model was trained on a folder of pictures, which were only scaled. Its input is then made by
 * clenet_model_scale_picture(), not by clenet_picture_normalise(). Returns false if model is NULL. */
CLENET_API bool clenet_model_scales_pictures(const clenet_model *model);

/* Returns true if clenet_model_trained_rows() can answer: clenet_model_new() made the model, or each model that clenet_model_join() joined,
 * and it was trained. Returns false for a file of an earlier version, after training on more than 1,048,576 different rows, and if model
 * is NULL. */
CLENET_API bool clenet_model_knows_rows(const clenet_model *model);

/* Finds the rows of a data set that the model was trained on. trained [rows] belongs to the caller, and becomes 1 for these rows and 0 for
 * the others; *count becomes their number. A model keeps a hash of the pixels of each training row, so labels, order and file may differ
 * from those in training. An ensemble was trained on the rows of all its networks. A row with other pixels is found by mistake with a
 * probability of at most 2^-16 (1 in 2,000,000 after 33,600 rows); a training row is always found. Errors: CLENET_ERROR_ARGUMENT if
 * the images do not fit the network, or if clenet_model_knows_rows() is false; CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_trained_rows(const clenet_model *model, const clenet_dataset *dataset,
                                                   uint8_t *trained, size_t *count, clenet_error *error);

/* Fills image [height][width][channels], the model's input, from a picture with the same number of channels. The picture is scaled as the
 * pictures of a folder are, and inverted and transposed if the training data were. Errors: CLENET_ERROR_ARGUMENT (the number of channels
 * differs), CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_model_scale_picture(const clenet_model *model, uint8_t *image,
                                                    const clenet_picture *picture, clenet_error *error);

/* Fills the first `size` bytes of *options like clenet_load_options_init(), and then sets the fields with which the training data were
 * read: classes and their names, label, skip (with columns_optional), scale, invert, transpose, and the side and channels of pictures.
 * Strings are lent by the model. Does nothing if model or options is NULL. */
CLENET_API void clenet_model_load_options(const clenet_model *model, clenet_load_options *options, size_t size);

/* What may be wrong with data that could be read. */
typedef enum clenet_finding_kind {
    CLENET_FINDING_INVERTED,   /* the border is light, as if the ink were dark: set clenet_load_options.invert */
    CLENET_FINDING_SCALE,      /* the largest pixel is far below 255: set clenet_load_options.scale */
    CLENET_FINDING_TRANSPOSED, /* the digits are transposed, as in EMNIST's files: set clenet_load_options.transpose */
    CLENET_FINDING_BLANK,      /* images whose pixels are all the same */
    CLENET_FINDING_REPEATED,   /* images that occur more than once */
    CLENET_FINDING_MISSING_CLASS, /* a class without an image */
    CLENET_FINDING_CHANGED        /* the images are lighter or darker than the training images of the model */
} clenet_finding_kind;

typedef struct clenet_finding {
    clenet_finding_kind kind;
    char message[256]; /* one line: what was found */
    double scale;      /* for CLENET_FINDING_SCALE: the factor for clenet_load_options.scale; otherwise 0 */
} clenet_finding;

/* Called with each finding, which is lent for the call. */
typedef void clenet_finding_callback(const clenet_finding *finding, void *user);

/* Examines the images, and the labels if there are some, and calls on_finding with each problem, in the order of the enum. If model is
 * not NULL, the images are compared with its training images, and classes may lack images. Brightness and orientation are judged by
 * some thousand images, blank and repeated images by all. The thresholds were chosen so that MNIST has no finding. Errors:
 * CLENET_ERROR_MEMORY, CLENET_ERROR_ARGUMENT. */
CLENET_API clenet_status clenet_dataset_examine(const clenet_dataset *dataset, const clenet_model *model,
                                                clenet_finding_callback *on_finding, void *user, clenet_error *error);

typedef struct clenet_tensor {
    const char *name;  /* "conv2d_1.kernel" */
    int rank;          /* 1 to 4 */
    size_t shape[4];   /* conv2d kernel [kh][kw][in][out], dense kernel [in][out], others [channels] */
    const float *data; /* as many numbers as the product of shape, the last axis fastest */
    bool trained;      /* false: a moving average of batch norm */
} clenet_tensor;

/* Returns the number of tensors of each network. */
CLENET_API size_t clenet_model_tensors(const clenet_model *model);

/* Lends tensor i of the model, or of its first network. Its data change when a trainer that uses the model ends an epoch. */
CLENET_API clenet_tensor clenet_model_tensor(const clenet_model *model, size_t i);

/* Lends tensor i of network `member`; both are counted from 0. */
CLENET_API clenet_tensor clenet_model_member_tensor(const clenet_model *model, int member, size_t i);

/* Copies values into the tensor of this name, "conv2d_1.kernel", of network `member`, counted from 0. shape [rank] must be the tensor's:
 * it also says how many values there are. Trainers and predictors that exist keep their values. The model no longer knows the rows that
 * it was trained on (clenet_model_knows_rows()). Errors: CLENET_ERROR_ARGUMENT (no such member or tensor, another shape, a value that is
 * not finite, a variance below 0); then the model is unchanged. */
CLENET_API clenet_status clenet_model_set_tensor(clenet_model *model, int member, const char *name, const float *values,
                                                 const size_t *shape, int rank, clenet_error *error);

/* ---- devices ---------------------------------------------------------------------------------------------- */

/* A device that can run a network. Immutable; trainers and predictors may share it. */
typedef struct clenet_device clenet_device;

/* The time of each kernel on a device. It belongs to one device, and to the thread that uses it. */
typedef struct clenet_profile clenet_profile;

typedef struct clenet_profile_entry {
    const char
        *name; /* layer and kernel, "conv2d_1 conv2d_forward"; on the CPU layer and operation, "conv2d_1 forward" */
    uint64_t calls;
    double seconds; /* on the device; on the CPU, of the thread that trains or predicts, with waiting for others listed
                     * separately */
    double flops;   /* required by the mathematics; a multiply-add counts 2 */
    double bytes;   /* at least: each number is read or written once */
    uint64_t work_items;  /* of a call with a full batch; 0 on the CPU, and for kernels of other libraries */
    uint64_t groups;      /* of such a call */
    uint64_t local_bytes; /* of local memory per group, as the driver reports it */
} clenet_profile_entry;

/* Makes an empty profile, for clenet_device_options.profile. Error: CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_profile_new(clenet_profile **profile, clenet_error *error);
CLENET_API void clenet_profile_free(clenet_profile *profile);

/* Returns the number of entries. A kernel that training and prediction launch with different work-items has two. */
CLENET_API size_t clenet_profile_count(const clenet_profile *profile);

/* Lends entry i. Entries have no particular order. */
CLENET_API const clenet_profile_entry *clenet_profile_get(const clenet_profile *profile, size_t i);

/* Writes the first million calls as a trace for chrome://tracing and Perfetto, as JSON. The file is complete under its name, or absent.
 * Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_profile_write_trace(const clenet_profile *profile, const char *path,
                                                    clenet_error *error);

/* Called before a device is checked, with its ID and name, lent for the call. */
typedef void clenet_check_callback(const char *id, const char *name, void *user);

/* How a device is opened, or listed. Fields for the other backend are ignored. */
typedef struct clenet_device_options {
    size_t size; /* of this struct, in bytes: clenet_device_options_init() sets it */
    /* Threads of the CPU backend, 1 to 1024. Default 0: one per core that the process may use, by its affinity and by its cgroup's quota;
     * the hardware threads of a core count once. A training takes fewer if more would not be faster (clenet_trainer_note()). */
    int threads;
    const char *isa; /* instruction set of the CPU backend: "baseline", "avx2" or "avx512"; default NULL: the fastest */
    /* Tiles of the OpenCL kernels: "vector", "vector8" or "group", with the numbers that differ from the defaults of that kind, as in
     * "vector,filters=8". Default NULL: the result of clenet_device_tune(), or else the default of the kind of device. */
    const char *tiles;
    /* OpenCL programs that run plain kernels, comma-separated, "conv2d,dense", or "all". Plain kernels use no vectors, no local memory
     * and no tiles. Default NULL: the programs whose tiled kernels failed the device's check. */
    const char *plain;
    /* Matrix products of dense layers on OpenCL devices: "own" or "clblast". Default NULL: CLBlast on GPUs, if its library is installed
     * and right. */
    const char *gemm;
    const char *kernel_folder; /* folder of the .cl files; default NULL: the embedded ones */
    const char *cache_folder;  /* folder of compiled OpenCL programs and verdicts; default NULL: no cache */
    /* A program that runs "<it> check-device ID --job TEXT" in a child process, as the command clenet does. Before an OpenCL device
     * does a job for the first time (training of a network with a batch and an optimizer, or its inference), the job is checked and
     * timed there, so that a driver that crashes does not end the host. This happens when the device is opened for the job, or else
     * when a trainer, a predictor or clenet_device_warm_up() needs it. It takes seconds, or a minute if the device fails. Default
     * NULL: no check. */
    const char *probe_command;
    /* Called before a check, on the thread that needs it; not called if the verdict is remembered. Default NULL. */
    clenet_check_callback *on_check;
    clenet_profile *profile; /* gets the times on the device; lent, and must outlive the device; default NULL */
    void *user;              /* passed to on_check, as long as the device is open */
    /* The values of the OpenCL loader's variables OCL_ICD_VENDORS and OCL_ICD_FILENAMES; default NULL: not set. They are used only
     * to name a driver that cannot be loaded. The loader reads its variables itself. */
    const char *icd_vendors, *icd_filenames;
    /* True: "auto" does not wait for a check. A device without a remembered verdict on the job is not chosen, and is checked in the
     * background while the chosen device works. Later runs use the verdict. This run stays on its device, so that its bits do not
     * depend on the duration of a check. Needs probe_command and cache_folder. Default false: "auto" checks first. */
    bool background_checks;
} clenet_device_options;

/* Fills the first `size` bytes of *options with the defaults; pass sizeof *options. Does nothing if options is NULL. */
CLENET_API void clenet_device_options_init(clenet_device_options *options, size_t size);

/* Opens the device that spec names, for training of the default LeNet at batch 32 (for another job: clenet_device_open_for()). spec is
 * "auto", the fastest device for the job; "cpu", plain C on this machine's cores; "opencl", the only OpenCL device; "gpu", the only GPU;
 * "P.D", platform and device by number; or a part of the name of an OpenCL platform, device or vendor, ignoring case. If several devices
 * match, or none, the error lists the devices. options may be NULL for the defaults. Errors: CLENET_ERROR_DEVICE, CLENET_ERROR_ARGUMENT,
 * CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_device_open(clenet_device **device, const char *spec,
                                            const clenet_device_options *options, clenet_error *error);

CLENET_API void clenet_device_free(clenet_device *device);

/* Lends one line about the device, with the reason for its choice: "cpu, 2 threads, avx512: ...". */
CLENET_API const char *clenet_device_description(const clenet_device *device);

/* Writes one line about the check in the background into text, which has room for `size` bytes: the device, and its verdict, or that
 * the check is still running. Returns false and writes nothing if there is no such check. clenet_device_free() ends the check. */
CLENET_API bool clenet_device_background(const clenet_device *device, char *text, size_t size);

/* The result of the check of a device. */
typedef struct clenet_device_verdict {
    const char *products; /* the library of the matrix products of dense layers, "clblast"; "" for clenet's kernels */
    double images_per_second; /* speed of the job, with compiled programs; of training, if the job trains */
} clenet_device_verdict;

/* Called before each step of a check with the programs under test, "conv2d" or a comma-separated list, so that a crash can be
 * attributed. */
typedef void clenet_checking_callback(const char *programs, void *user);

/* Compares every kernel and gradient of an OpenCL device with the CPU backend, on small networks and on the default job, training
 * of the default LeNet at batch 32, and measures its speed. A driver may crash here: call it in a process that may
 * end. on_checking may be NULL; it gets user. Errors: CLENET_ERROR_DEVICE, with the operation and the difference;
 * CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_device_check(const clenet_device *device, clenet_checking_callback *on_checking,
                                             void *user, clenet_device_verdict *verdict, clenet_error *error);

/* Compares one job on the device with the CPU backend, with only the programs of that job, and measures its speed. job is the text
 * that "check-device" got. Errors: CLENET_ERROR_DEVICE, with the parameter and the difference;
 * CLENET_ERROR_FORMAT if the text is not a job. */
CLENET_API clenet_status clenet_device_check_job(const clenet_device *device, const char *job,
                                                 clenet_device_verdict *verdict, clenet_error *error);

/* Runs only the last part of the check: the default job, and its speed. Errors: those of clenet_device_check(). */
CLENET_API clenet_status clenet_device_time(const clenet_device *device, clenet_device_verdict *verdict,
                                            clenet_error *error);

/* One result of a check, compared with the CPU backend's. Strings are lent for the call. */
typedef struct clenet_difference {
    const char *operation; /* the operations of the check, "conv2d" or a comma-separated list */
    /* "inference", "gradients", "moving averages" or "update" of the whole network; or a part of one of them, "gradient of
     * conv2d_1.kernel", "batchnorm_1.moving_mean" or "update of dense_1.bias" */
    const char *result;
    double
        difference; /* |device - cpu| / |cpu|, with Euclidean norms, the second one of the whole network also for a part;
                        * infinite if a number is NaN */
    double largest;   /* the largest difference of one number, as a share of the largest number of the whole network */
    double tolerance; /* the check fails if the difference is larger; 0: this result does not decide */
} clenet_difference;

typedef void clenet_difference_callback(const clenet_difference *difference, void *user);

/* Does the same as clenet_device_check(), without the timing, and calls on_difference with every result; a wrong number is not an error.
 * on_checking and on_difference may be NULL; they get user. Errors: CLENET_ERROR_DEVICE, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_device_compare(const clenet_device *device, clenet_checking_callback *on_checking,
                                               clenet_difference_callback *on_difference, void *user,
                                               clenet_error *error);

/* One property of an OpenCL device, as its driver reports it: "CL_DEVICE_MAX_WORK_GROUP_SIZE", "1024". Numbers are decimal, with
 * blanks between if there are several. Strings are lent for the call. */
typedef void clenet_property_callback(const char *name, const char *value, void *user);

/* Calls on_property (may be NULL) with "id", "type", "name", "platform", "platform_version", "vendor", "driver" and "version", and with
 * the device's limits and extensions under OpenCL's names. A property that the driver does not know is skipped. Errors:
 * CLENET_ERROR_ARGUMENT on the CPU backend, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_device_properties(const clenet_device *device, clenet_property_callback *on_property,
                                                  void *user, clenet_error *error);

/* A kernel as the driver compiled it. A number that the driver does not know is 0. */
typedef struct clenet_device_kernel {
    const char *name;       /* "conv2d_forward" */
    uint64_t private_bytes; /* private memory per work-item */
    uint64_t local_bytes;   /* local memory per group */
    uint64_t group_most;    /* maximum of work-items in a group */
    uint64_t group_step;    /* the number of work-items in a group should be a multiple of this */
} clenet_device_kernel;

/* A program that was compiled for a device. Everything is lent for the call. */
typedef struct clenet_device_program {
    const char *name;    /* name of the .cl file, "conv2d" */
    const char *options; /* options of the compiler */
    const char *log;     /* messages of the compiler; "" if there are none */
    double seconds;      /* duration of the build, which is short if the driver had the program in its cache */
    const clenet_device_kernel *kernels; /* [kernel_count] */
    size_t kernel_count;
} clenet_device_program;

typedef void clenet_program_callback(const clenet_device_program *program, void *user);

/* Calls on_program (may be NULL) with each program that was compiled since the OpenCL device was opened, in that order. on_program must
 * not use the device. Errors: CLENET_ERROR_ARGUMENT on the CPU backend. */
CLENET_API clenet_status clenet_device_programs(const clenet_device *device, clenet_program_callback *on_program,
                                                void *user, clenet_error *error);

/* Times of launches on an OpenCL device, in seconds. Each is a median. */
typedef struct clenet_launch_times {
    /* A kernel that does almost nothing: from its enqueueing until the host knows that it has ended. */
    double latency;
    double
        device_latency; /* the same by the device's clock, from "queued" to "ended"; 0 if the driver has no such clock */
    double gap; /* between the ends of two such kernels of which the second needs the first; by the host's clock */
    double device_gap; /* the same by the device's clock, from the end of one to the start of the next; 0 as above */
    double step;       /* the host's time to enqueue a training step of the default LeNet at batch 32 */
    int step_launches; /* kernels and matrix products of that step */
} clenet_launch_times;

/* Measures the times of launches; takes some seconds. Errors: CLENET_ERROR_ARGUMENT on the CPU backend, CLENET_ERROR_DEVICE,
 * CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_device_launch_times(const clenet_device *device, clenet_launch_times *times,
                                                    clenet_error *error);

/* Called after each trial of a tuning with the tiles, and their images per second of training; 0 if they crashed, hung or
 * computed wrong numbers. Return 0 to continue; any other value ends the tuning. */
typedef int clenet_tuning_callback(const char *tiles, double images_per_second, void *user);

/* How a device is tuned. */
typedef struct clenet_tuning_options {
    size_t size;                      /* of this struct, in bytes: clenet_tuning_options_init() sets it */
    double seconds;                   /* time limit of all trials, in seconds; > 0, default 60 */
    bool again;                       /* forget the trials of earlier tunings; default false */
    clenet_tuning_callback *on_trial; /* default NULL */
    void *user;                       /* passed to on_trial */
} clenet_tuning_options;

/* Fills the first `size` bytes of *options with the defaults; pass sizeof *options. Does nothing if options is NULL. */
CLENET_API void clenet_tuning_options_init(clenet_tuning_options *options, size_t size);

typedef struct clenet_tuning_result {
    char tiles[192];                  /* the fastest, in the format of clenet_device_options.tiles */
    double images_per_second;         /* for training the default LeNet at batch 32 */
    double default_images_per_second; /* of the default tiles of the kind of device; the same if they are the fastest */
    int trials;                       /* number of trials, including earlier tunings */
    bool complete;                    /* all tiles have been tried */
} clenet_tuning_result;

/* Tries tile sizes on an OpenCL device, each in a child process (probe_command, as for the check) of at most 30 seconds. It
 * continues an earlier tuning of this device and driver, checks the fastest tiles as at first use, and remembers them in the
 * cache folder; opening the device with the same cache folder then uses them. Sums then have another order, so results may differ in
 * their last bits. The device must have been opened with both probe_command and cache_folder. options may be NULL for the defaults.
 * Errors: CLENET_ERROR_ARGUMENT, CLENET_ERROR_IO, CLENET_ERROR_DEVICE. */
CLENET_API clenet_status clenet_device_tune(const clenet_device *device, const clenet_tuning_options *options,
                                            clenet_tuning_result *result, clenet_error *error);

/* The maximum speeds of a device, with float32. */
typedef struct clenet_device_limits {
    double flops;            /* operations per second on registers; a multiply-add counts 2 */
    double bytes_per_second; /* for a copy larger than the caches; a byte that is read and written counts 2 */
} clenet_device_limits;

/* Measures the maximum speeds of the device, with all of its threads, to compare the speed of a run with them. It takes about a second.
 * Errors: CLENET_ERROR_MEMORY, CLENET_ERROR_DEVICE. */
CLENET_API clenet_status clenet_device_measure(const clenet_device *device, clenet_device_limits *limits,
                                               clenet_error *error);

/* A device that clenet_device_open could open. Strings are lent by the list, and never NULL. */
typedef struct clenet_device_info {
    const char *id;       /* the spec for clenet_device_open: "cpu", "0.0" */
    const char *type;     /* "cpu", "gpu" or "accelerator" */
    const char *name;     /* name of the processor */
    const char *platform; /* OpenCL platform: name and version; "" for the CPU backend, also in the next three */
    const char *vendor;
    const char *driver;  /* version of the driver */
    const char *version; /* version of OpenCL */
    int compute_units;   /* for the CPU backend its threads */
    uint64_t memory;     /* bytes */
    bool checked;        /* a verdict is remembered in the cache folder */
    bool passed;         /* the verdict is that the device passed */
    const char *plain;   /* comma-separated programs that run plain kernels, since their tiled ones failed; "": none */
    const char *failure; /* the failure if the device did not pass; otherwise "" */
    double images_per_second; /* measured by the check or the tuning; 0: unknown */
    bool clblast;             /* matrix products go to CLBlast */
    const char *tiles;        /* the fastest tiles by tuning, "vector,filters=8"; "" if it was not tuned */
} clenet_device_info;

typedef struct clenet_device_list clenet_device_list;

/* Lists the CPU backend and every OpenCL device of every platform. A machine without OpenCL is not an error: the list then has
 * only the CPU, and clenet_device_list_opencl gives the reason. options may be NULL for the defaults; cache_folder is the folder
 * of verdicts. Error: CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_device_list_new(clenet_device_list **list, const clenet_device_options *options,
                                                clenet_error *error);
CLENET_API void clenet_device_list_free(clenet_device_list *list);

/* Return the number of devices, and device i, lent by the list. */
CLENET_API size_t clenet_device_list_count(const clenet_device_list *list);
CLENET_API const clenet_device_info *clenet_device_list_get(const clenet_device_list *list, size_t i);

/* Lends the reason why there is no OpenCL device ("no OpenCL loader is installed ...", "no platform is installed"), or "" if there is one. */
CLENET_API const char *clenet_device_list_opencl(const clenet_device_list *list);

/* ---- training --------------------------------------------------------------------------------------------- */

/* The metric that early stopping watches: of the training images, or of the validation rows. */
typedef enum clenet_monitor {
    CLENET_MONITOR_ACCURACY,
    CLENET_MONITOR_LOSS,
    CLENET_MONITOR_VAL_ACCURACY,
    CLENET_MONITOR_VAL_LOSS
} clenet_monitor;

/* The epoch whose weights the model has after the run. */
typedef enum clenet_keep {
    CLENET_KEEP_BEST, /* the weights of the epoch with the best validation accuracy; without validation those of the last epoch */
    CLENET_KEEP_LAST /* the weights after the last epoch */
} clenet_keep;

/* The optimizer. */
typedef enum clenet_optimizer {
    CLENET_OPTIMIZER_RMSPROP, /* Keras's RMSprop, without momentum */
    CLENET_OPTIMIZER_SGD,     /* PyTorch's SGD with momentum */
    CLENET_OPTIMIZER_ADAM,    /* Keras's Adam */
    CLENET_OPTIMIZER_ADAMW    /* Keras's AdamW: Adam with decoupled weight decay */
} clenet_optimizer;

/* The learning rate over the steps of a run of `epochs` epochs. */
typedef enum clenet_schedule {
    CLENET_SCHEDULE_CONSTANT,
    CLENET_SCHEDULE_COSINE,   /* along half a cosine, down to 0 after the last step: PyTorch's CosineAnnealingLR */
    CLENET_SCHEDULE_ONE_CYCLE /* from learning_rate / 25 up to learning_rate in the first 30 % of the steps, and down to
                               * learning_rate / 250,000, along cosines: PyTorch's OneCycleLR with its defaults, except that the
                               * momentum is constant */
} clenet_schedule;

/* Augmentation: small random changes of the training images, which differ from image to image and from epoch to epoch. */
typedef enum clenet_augment {
    CLENET_AUGMENT_NONE,
    CLENET_AUGMENT_SHIFT,  /* images are shifted, by pixels and fractions of a pixel */
    CLENET_AUGMENT_AFFINE, /* also rotated, scaled in both directions, and sheared */
    CLENET_AUGMENT_ELASTIC /* also distorted elastically (Simard, Steinkraus, Platt, ICDAR 2003) */
} clenet_augment;

/* The result of an epoch. */
typedef struct clenet_epoch {
    int epoch;           /* counted from 1 */
    int epochs;          /* the maximum of the run */
    double accuracy;     /* mean over the training images during the epoch, 0 to 1 (Keras's running metric) */
    double loss;         /* categorical cross-entropy, averaged in the same way */
    double val_accuracy; /* on the validation rows after the epoch; NaN without validation */
    double val_loss;
    double seconds; /* duration of the epoch, including validation */
    bool kept;      /* true if the model now has this epoch's weights */
    /* The learning rate of the epoch's last step, as in Keras's logs. NaN or 0 if it is not known: in an epoch of a run that an
     * earlier clenet started. */
    double learning_rate;
} clenet_epoch;

/* The progress within an epoch. */
typedef struct clenet_progress {
    int epoch;           /* counted from 1 */
    int epochs;          /* the maximum of the run */
    size_t images;       /* images of this epoch that were trained on so far */
    size_t images_total; /* all images of the epoch */
    double accuracy;     /* mean over these images, 0 to 1 */
    double loss;         /* the same mean */
    double seconds;      /* since the start of the epoch */
} clenet_progress;

/* Return 0 to continue; any other value stops the run. The callback runs on the thread that called clenet_trainer_run, and may
 * read and save the model. */
typedef int clenet_epoch_callback(const clenet_epoch *epoch, void *user);
typedef int clenet_progress_callback(const clenet_progress *progress, void *user);

/* Called after a device that "auto" had chosen failed, with the reason, lent for the call. The CPU continues the run from the end of
 * `epoch`; 0 means from the start. */
typedef void clenet_device_lost_callback(const char *reason, int epoch, void *user);

/* How a model is trained. clenet_training_options_init() fills it with the defaults; then set the fields that differ. */
typedef struct clenet_training_options {
    size_t size; /* of this struct, in bytes: clenet_training_options_init() sets it */

    int epochs; /* the maximum, 1 to 1,000,000; default 50 */
    int batch;  /* images per step, 1 to 65536; default 32; the last step of an epoch may have fewer */

    float learning_rate; /* above 0, at most 1000; default 1e-3, as in Keras for RMSprop and Adam, in PyTorch for SGD */
    clenet_optimizer optimizer; /* default CLENET_OPTIMIZER_RMSPROP */
    float
        momentum; /* for SGD, 0 <= momentum < 1; default 0.9, the usual value (the default of Keras and PyTorch is 0) */
    float rho;    /* for RMSprop, 0 <= rho < 1; default 0.9 */

    /* For Adam and AdamW, 0 <= beta < 1: the decay per step of the moving averages of the gradients (beta_1) and of their squares
     * (beta_2); default 0.9 and 0.999, as in Keras and PyTorch. */
    float beta_1, beta_2;
    float epsilon; /* for RMSprop, Adam and AdamW, above 0, at most 1; default 1e-7, as in Keras for all three */

    /* Decay of every trained parameter, 0 <= decay <= 1; default 0. AdamW: each step subtracts learning_rate * decay * parameter from the
     * parameter. All others: L2, decay * parameter is added to the gradient (PyTorch's weight_decay). */
    float weight_decay;

    clenet_schedule schedule; /* default CLENET_SCHEDULE_CONSTANT */

    /* Epochs, whole or not, in which the learning rate rises evenly from 0 to learning_rate, 0 <= warmup <= epochs and at most 100,000;
     * default 0. Must be 0 with CLENET_SCHEDULE_ONE_CYCLE, which already warms up. */
    double warmup;

    /* Share of each label that is spread evenly over all classes, 0 <= share < 1; default 0. With smoothing, loss and val_loss use the
     * smoothed labels (as in Keras); clenet_predictor_evaluate() always uses the true labels. */
    float label_smoothing;

    /* Decay per step of an exponential moving average of the weights and of batch norm's moving statistics, 0 <= decay < 1; default 0: off.
     * Above 0, such as 0.999, validation and the model use the average instead of the weights. At step t, counted from 0, the decay is
     * the smaller of this value and (1 + t) / (10 + t), as in TensorFlow's ExponentialMovingAverage. loss and accuracy are those of the
     * weights themselves. */
    float weight_average;

    clenet_augment augment; /* default CLENET_AUGMENT_NONE */

    /* Factor on the strength of the augmentation, above 0, at most 3; default 1: shifts of up to 2 pixels in each direction, rotations of
     * up to 0.2 radians, scaling and shear of up to 15 % in each direction, and elastic displacements of up to 0.7 pixels. */
    float augment_strength;

    double validation; /* share of the rows that is held out, 0 <= share < 1; default 0.2 */

    /* The part of the rows that is held out, 0 <= fold < clenet_validation_parts(validation), at most 65536; default 0. The rows are
     * shuffled once, by the seed of the split, and cut into parts in that order: part 0 has the share `validation` of the rows, rounded
     * up, and the other parts divide the rest as evenly as possible. Each row is in exactly one part. */
    int fold;

    clenet_monitor monitor; /* metric watched for early stopping; default CLENET_MONITOR_ACCURACY */
    int patience;     /* stop after this many epochs without improvement, at most 1,000,000; default 5; -1: never */
    clenet_keep keep; /* default CLENET_KEEP_BEST */

    uint64_t seed;       /* random seed of split, order and dropout; default 1 */
    bool own_split_seed; /* use split_seed for the split, not seed; default false */
    uint64_t
        split_seed; /* networks with different seeds and one split_seed can hold out different parts of one split */

    clenet_epoch_callback *on_epoch;       /* called after each epoch; default NULL */
    clenet_progress_callback *on_progress; /* called within an epoch; default NULL */
    double progress_seconds; /* least time between two calls of on_progress, 0 to 1e9; default 0: after each batch */
    clenet_device_lost_callback *on_device_lost; /* default NULL */
    void *user;                                  /* passed to the callbacks */
} clenet_training_options;

/* Fills the first `size` bytes of *options with the defaults; pass sizeof *options. A program that was compiled with an earlier header,
 * whose struct is smaller, can therefore use this library. Does nothing if options is NULL. */
CLENET_API void clenet_training_options_init(clenet_training_options *options, size_t size);

/* Returns the number of parts that the rows are cut into: 1 / validation, rounded, and at least 2; 0 if validation is not between 0 and
 * 1. */
CLENET_API int clenet_validation_parts(double validation);

typedef enum clenet_stop {
    CLENET_STOP_EPOCHS,  /* all epochs are done */
    CLENET_STOP_EARLY,   /* the monitor did not improve for `patience` epochs */
    CLENET_STOP_CALLBACK /* a callback returned a value other than 0 */
} clenet_stop;

/* The result of a finished run. */
typedef struct clenet_training_result {
    clenet_stop stop;
    int epochs;        /* number of finished epochs */
    int kept;          /* the epoch, counted from 1, whose weights the model has; 0: stopped during the first epoch */
    clenet_epoch best; /* the result of the kept epoch; all zero if kept is 0 */
    double seconds;    /* duration of the run */
} clenet_training_result;

/* Trains a model on the rows of a labelled data set. */
typedef struct clenet_trainer clenet_trainer;

/* Prepares the training: splits the rows, lowers the network, allocates memory. The model, which must have one network, the data
 * set and the device are lent and must outlive the trainer. Training begins with the model's weights. Frozen layers (clenet_layer) keep
 * their parameters to the bit, and nothing is computed for their gradients. The same seed, device and data give the same bits; on the CPU
 * with any number of threads. If a device that "auto" chose fails, now or during the run, the CPU replaces it (on_device_lost). The failure
 * of any other device is CLENET_ERROR_DEVICE, with call, code and device. options may be NULL for the defaults. Other errors:
 * CLENET_ERROR_ARGUMENT, also if all layers with parameters are frozen; CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_trainer_new(clenet_trainer **trainer, clenet_model *model,
                                            const clenet_dataset *dataset, const clenet_device *device,
                                            const clenet_training_options *options, clenet_error *error);

/* Opens a device, like clenet_device_open(), for one job: a trainer on the network with these training options, or a predictor if
 * training is NULL. "auto" measures that job, and only that job is checked. The device may do other jobs later; they are checked when they
 * are first needed. network and training are lent for the call. Errors: those of clenet_device_open; CLENET_ERROR_ARGUMENT for a network that is not
 * complete, and for training options out of their ranges. */
CLENET_API clenet_status clenet_device_open_for(clenet_device **device, const char *spec,
                                                const clenet_device_options *options, const clenet_network *network,
                                                const clenet_training_options *training, clenet_error *error);

/* Compiles everything that a trainer on the network with these options, or a predictor (options NULL), needs on the device, which
 * keeps it until it is freed. Call it on a separate thread while data are read: clenet_trainer_new then does not wait for the
 * compiler. It changes no result, and does nothing on the CPU. */
CLENET_API clenet_status clenet_device_warm_up(const clenet_device *device, const clenet_network *network,
                                               const clenet_training_options *options, clenet_error *error);

/* Trains to the end, or until a callback stops the run. The model then has the kept weights; after an error it has the weights of the last
 * epoch that was kept. result may be NULL. A second call returns CLENET_ERROR_ARGUMENT. Other errors: CLENET_ERROR_NUMERIC,
 * CLENET_ERROR_DEVICE, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_trainer_run(clenet_trainer *trainer, clenet_training_result *result,
                                            clenet_error *error);

CLENET_API void clenet_trainer_free(clenet_trainer *trainer);

/* Lend the rows of the data set, counted from 0, that the run trains on, and the rows that it holds out, in ascending order. *count
 * becomes their number; count may be NULL. */
CLENET_API const uint32_t *clenet_trainer_training_rows(const clenet_trainer *trainer, size_t *count);
CLENET_API const uint32_t *clenet_trainer_validation_rows(const clenet_trainer *trainer, size_t *count);

/* Lends one line to tell the user, or "". It tells if fewer threads train than there are cores, because more would not be faster. */
CLENET_API const char *clenet_trainer_note(const clenet_trainer *trainer);

/* Saves the state of the run for clenet_trainer_resume: weights, optimizer, moving averages, the kept weights, epoch and position
 * in its order, early stopping, and the settings and rows. It may be called in callbacks, and after clenet_trainer_run(). The file
 * is complete under its name, or absent. note is a text of the caller, which is stored in the file; it may be NULL. Errors:
 * CLENET_ERROR_IO, CLENET_ERROR_MEMORY, CLENET_ERROR_DEVICE. */
CLENET_API clenet_status clenet_trainer_save(clenet_trainer *trainer, const char *path, const char *note,
                                             clenet_error *error);

/* What clenet_trainer_save() wrote. Immutable. */
typedef struct clenet_checkpoint clenet_checkpoint;

/* Reads a checkpoint from a file. Nothing in the file is trusted, as in clenet_model_load(). Errors: CLENET_ERROR_IO,
 * CLENET_ERROR_FORMAT, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_checkpoint_load(clenet_checkpoint **checkpoint, const char *path, clenet_error *error);
CLENET_API void clenet_checkpoint_free(clenet_checkpoint *checkpoint);

/* Lend the network of the run, and the text that the caller stored, or "". */
CLENET_API const clenet_network *clenet_checkpoint_network(const clenet_checkpoint *checkpoint);
CLENET_API const char *clenet_checkpoint_note(const clenet_checkpoint *checkpoint);

/* Fills the first `size` bytes of *options with the options of the run, without callbacks; otherwise as
 * clenet_training_options_init(). */
CLENET_API void clenet_checkpoint_options(const clenet_checkpoint *checkpoint, clenet_training_options *options,
                                          size_t size);

/* Returns the epoch, counted from 1, in which the run continues. *images becomes the number of images of this epoch that were already
 * trained on; images may be NULL. */
CLENET_API int clenet_checkpoint_epoch(const clenet_checkpoint *checkpoint, size_t *images);

/* Lends the finished epochs, in order. *count becomes their number; count may be NULL. */
CLENET_API const clenet_epoch *clenet_checkpoint_history(const clenet_checkpoint *checkpoint, size_t *count);

/* Call before clenet_trainer_run(): training then continues from the checkpoint. On the same backend the result is bit-identical to
 * that of an uninterrupted run; another backend continues from the same weights. The rows, the network and every option except
 * epochs (with a constant learning rate) and the callbacks must be the same: otherwise CLENET_ERROR_ARGUMENT names the
 * difference. If the run had finished, clenet_trainer_run() returns at once. */
CLENET_API clenet_status clenet_trainer_resume(clenet_trainer *trainer, const clenet_checkpoint *checkpoint,
                                               clenet_error *error);

/* Appends the epoch to a CSV file as "epoch,accuracy,loss,val_accuracy,val_loss,seconds"; epoch 1 starts a new file with that
 * header. Cells of validation are empty without validation. */
CLENET_API clenet_status clenet_history_append(const char *path, const clenet_epoch *epoch, clenet_error *error);

/* ---- prediction ------------------------------------------------------------------------------------------- */

/* A model that is ready to predict. The probabilities of an ensemble are the mean over its networks, added in their order. */
typedef struct clenet_predictor clenet_predictor;

/* Makes a predictor with a copy of the model's current weights. The device is lent, and must outlive the predictor. Errors:
 * CLENET_ERROR_ARGUMENT, CLENET_ERROR_MEMORY, CLENET_ERROR_DEVICE. */
CLENET_API clenet_status clenet_predictor_new(clenet_predictor **predictor, const clenet_model *model,
                                              const clenet_device *device, clenet_error *error);

CLENET_API void clenet_predictor_free(clenet_predictor *predictor);

enum { CLENET_COPIES_MAX = 64 }; /* the maximum of copies of an image in a prediction */

/* Test-time augmentation: later calls average the probabilities over this many copies of each image, 1 to CLENET_COPIES_MAX. The
 * first copy is the image itself. The others are shifted by up to 1.5 pixels in each direction, and rotated by up to 0.15 radians
 * (9 degrees), drawn by Philox from the seed, the copy and the image's row in the call. With 1, the initial value, there is only
 * the image. The time grows with the number of copies. Errors: CLENET_ERROR_ARGUMENT, CLENET_ERROR_MEMORY, CLENET_ERROR_DEVICE; they leave
 * the predictor unchanged. */
CLENET_API clenet_status clenet_predictor_set_copies(clenet_predictor *predictor, int copies, uint64_t seed,
                                                     clenet_error *error);

/* Lends the failure of a device that "auto" had chosen, after which the CPU replaced it; "" if there was none. */
CLENET_API const char *clenet_predictor_device_lost(const clenet_predictor *predictor);

/* Computes probabilities [count][classes], 0 to 1, for images [count][height][width][channels], 0 to 255, of the network's input shape.
 * Both arrays belong to the caller; they may be NULL if count is 0. Errors: CLENET_ERROR_DEVICE, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_predictor_run(clenet_predictor *predictor, const uint8_t *images, size_t count,
                                              float *probabilities, clenet_error *error);

/* Predicts the digits of a picture, and tells which answers are sure: probabilities [count][classes] and sure [count], which belong to
 * the caller. The model's input must be 28x28x1. An answer is sure if the mean probability of its class, over the image and eight copies
 * that are slightly shifted, rotated or scaled, is at least 0.5. If the classes are the ten digits, "0" to "9", the image must also look
 * like a digit to a small network of the library, which was trained on digits, printed letters, blots and noise. The time is that of
 * nine predictions per digit. Errors: those of clenet_predictor_run(), and CLENET_ERROR_ARGUMENT for another input shape. */
CLENET_API clenet_status clenet_predictor_read(clenet_predictor *predictor, const clenet_picture_digits *digits,
                                               float *probabilities, bool *sure, clenet_error *error);

/* Writes the most probable class of every image of a data set into classes [rows], which belong to the caller. Labels are not needed.
 * Errors: CLENET_ERROR_ARGUMENT (another shape of images), and those of clenet_predictor_run(). */
CLENET_API clenet_status clenet_predictor_classify(clenet_predictor *predictor, const clenet_dataset *dataset,
                                                   uint8_t *classes, clenet_error *error);

/* Called with the number of a row of the data set, counted from 0, its most probable class, and the probabilities [classes], lent for the
 * call. Return 0 to continue; any other value ends clenet_predictor_each(). */
typedef int clenet_prediction_callback(size_t row, int predicted, const float *probabilities, void *user);

/* Predicts every image of a data set, and calls on_prediction (may be NULL) once with each, in the order of the rows. Labels are not
 * needed. The memory does not grow with the number of rows. on_prediction must not use the predictor. Returns CLENET_OK also if
 * on_prediction ended the call. Errors: those of clenet_predictor_classify(). */
CLENET_API clenet_status clenet_predictor_each(clenet_predictor *predictor, const clenet_dataset *dataset,
                                               clenet_prediction_callback *on_prediction, void *user,
                                               clenet_error *error);

typedef struct clenet_evaluation {
    size_t rows; /* the number of images */
    /* The mean of the categorical cross-entropy. If probabilities are averaged, it uses their mean, or 2^-126 if that is larger. */
    double loss;
    double accuracy; /* the share of right predictions, 0 to 1 */
} clenet_evaluation;

/* Measures loss and accuracy on a labelled data set. If confusion is not NULL, it gets the counts [true label][prediction], classes x
 * classes numbers that belong to the caller. Errors: CLENET_ERROR_ARGUMENT (no labels, or another shape of images), and those of
 * clenet_predictor_run(). */
CLENET_API clenet_status clenet_predictor_evaluate(clenet_predictor *predictor, const clenet_dataset *dataset,
                                                   clenet_evaluation *evaluation, uint64_t *confusion,
                                                   clenet_error *error);

/* Writes Kaggle's submission "ImageId,Label", with ids from 1, to a file, or to standard output if path is "-". The file is complete under
 * its name, or absent. classes [rows] may be NULL if rows is 0. Errors: CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_submission_write(const char *path, const uint8_t *classes, size_t rows,
                                                 clenet_error *error);

/* Writes the same submission with the names of the classes as labels: names [count], count 1 to 256, lent for the call, such as those of
 * clenet_model_class_name(). A name with a comma or a quote is quoted. Errors: CLENET_ERROR_ARGUMENT if a name is NULL, or if a class is
 * not below count; CLENET_ERROR_IO, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_submission_write_names(const char *path, const uint8_t *classes, size_t rows,
                                                       const char *const *names, int count, clenet_error *error);

/* ---- export ----------------------------------------------------------------------------------------------- */

/* A model in another format: one file, and for C its header. Immutable. */
typedef struct clenet_export clenet_export;

typedef struct clenet_export_options {
    size_t size; /* of this struct, in bytes: clenet_export_options_init() sets it */
    const char
        *prefix; /* of all public names, a letter and up to 39 letters, digits and underscores; default "digits" */
    const char
        *header; /* the header's file name, for the #include, without a folder; default NULL: the prefix and ".h" */
    bool
        logits; /* the numbers in front of the softmax, in place of probabilities; not for an ensemble; default false */
    bool float_pixels; /* ONNX: the input is float [N][channels][height][width], pixels / 255; default false: bytes */
    bool weights_only; /* Keras: a .weights.h5 file in place of a .keras archive; default false */
    const clenet_dataset *calibration; /* labelled images for int8, lent for the call; default NULL */
    bool int8; /* C with 8-bit integers; not for an ensemble; needs calibration; default false */
} clenet_export_options;

/* The rows of the calibration data that are used, at most, at equal distances: for the ranges of numbers, and to compare answers. */
#define CLENET_EXPORT_RANGE_ROWS 1000
#define CLENET_EXPORT_CHECK_ROWS 10000

/* Fills `size` bytes of *options with the defaults; size is sizeof *options. NULL: does nothing. */
CLENET_API void clenet_export_options_init(clenet_export_options *options, size_t size);

/* Writes the model, of one network or several, as C99 and C++ code in memory, for any machine with an 8-bit byte and IEEE floats:
 *   extern const char *const digits_classes[DIGITS_CLASSES];
 *   int digits_predict(const uint8_t image[DIGITS_IMAGE], float probabilities[DIGITS_CLASSES]);
 *   int digits_predict_with(const uint8_t image[DIGITS_IMAGE], float probabilities[DIGITS_CLASSES], float arena[DIGITS_ARENA]);
 * Both return the class, the index of the largest number. digits_predict() has a static arena; digits_predict_with() takes the
 * caller's, and is re-entrant. The code allocates nothing. It needs expf() of the C library for probabilities, tanh and sigmoid, and
 * otherwise no function. image [height][width][channels] is that of clenet_predictor_run(); probabilities are the same within 1e-5.
 * With -DDIGITS_SELF_TEST there is int digits_self_test(void), which returns 0 if the code predicts a drawn image as clenet does.
 *
 * Weights are `static const float`, with batch norm folded in. Pooling is computed with the layer before it. The arena holds the
 * largest sum of a layer's input and output. Dropout is left out. options: NULL for the defaults; strings are lent for the call.
 *
 * With int8, weights are int8_t with one scale per filter or unit, the arena is int8_t, and the code has integers alone. Probabilities
 * are uint8_t in units of 1/256, at most 255; logits are int8_t, and the header has their scale and zero. The ranges of the numbers are
 * the least and the largest on up to CLENET_EXPORT_RANGE_ROWS images of the calibration data. clenet_export_checked() gives the
 * accuracy before and after.
 * Errors: CLENET_ERROR_ARGUMENT (a name that is not possible in C; logits or int8 of an ensemble; int8 without labelled images that fit
 * the network, or with more than 32,768 weights per output; folded weights that are too large for a float), CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_export_c(clenet_export **exported, const clenet_model *model,
                                         const clenet_export_options *options, clenet_error *error);

/* Writes the model, of one network or several, as ONNX: opset 17, float32, for any number of images N.
 * - The input "images" is uint8 [N][height][width][channels], as for clenet_predictor_run(); or, with options->float_pixels, float
 *   [N][channels][height][width], pixels / 255.
 * - The output "probabilities" is float [N][classes]; those of several networks are averaged. options->logits adds the output "logits"
 *   [N][classes], the numbers in front of the softmax.
 * - Nodes have the names of the layers, "conv2d_1", and constants those of the tensors, "conv2d_1.kernel"; in an ensemble "member_1." is
 *   in front. Dropout is left out. The inputs of the first dense layer after a flatten are in the order [channels][height][width].
 * - The metadata have "classes", a JSON array of the class names; and "scale", "invert" and "transpose" if the training data were read so.
 * The same model gives the same bytes. options->prefix is the name of the graph; header is not used. options: NULL for the defaults.
 * Errors: CLENET_ERROR_ARGUMENT (logits of an ensemble; a library that was built without protobuf-c), CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_export_onnx(clenet_export **exported, const clenet_model *model,
                                            const clenet_export_options *options, clenet_error *error);

/* Writes the model as Keras 3 saves it: a .keras archive with the layers and weights, or the weights alone (options->weights_only),
 * which model.load_weights() of a model with the same layers reads. Layers keep their names ("conv2d_1"). The archive's first layer is
 * Rescaling(1/255), so that pixels are 0 to 255. Padding numbers of a convolution become a ZeroPadding2D before it, and a convolution
 * with as many groups as channels a DepthwiseConv2D. Several networks become a Functional model that averages them. The same model gives
 * the same bytes. options: NULL for the defaults. Errors: CLENET_ERROR_ARGUMENT names every layer that Keras does not have (a pool with
 * padding numbers), or says that the library was built without libhdf5; CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_export_keras(clenet_export **exported, const clenet_model *model,
                                             const clenet_export_options *options, clenet_error *error);

/* Writes the model as a state dict of PyTorch in the format safetensors; clenet_export_header() is a text of Python with the nn.Module
 * that load_state_dict() fits: class Network, or Ensemble for several networks, and the function load(file). It takes float32 images
 * [n][channels][height][width] of pixel / 255, and its probabilities are those of clenet_predictor_run() within 1e-5. Kernels are
 * [out][in][kh][kw], and inputs of a dense layer behind a flatten are in the order [channels][height][width]. Of the options only
 * `logits` is used. Errors: CLENET_ERROR_ARGUMENT (a network that flattens an image and ends without a dense layer; logits of an
 * ensemble), CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_export_torch(clenet_export **exported, const clenet_model *model,
                                             const clenet_export_options *options, clenet_error *error);

CLENET_API void clenet_export_free(clenet_export *exported);

/* The bytes of the file, lent; NULL and 0 for NULL. */
CLENET_API const void *clenet_export_bytes(const clenet_export *exported);
CLENET_API size_t clenet_export_size(const clenet_export *exported);

/* The same bytes as a text that a zero ends, if the format is a text: the .c file; and the text in addition to it, such as the .h file
 * (NULL if the format has one file). Both are lent. */
CLENET_API const char *clenet_export_source(const clenet_export *exported);
CLENET_API const char *clenet_export_header(const clenet_export *exported);

/* Writes the bytes to a file, and C's header, under its name, to the same folder. Each file is complete under its name, or absent.
 * Errors: CLENET_ERROR_IO; CLENET_ERROR_ARGUMENT if both would be one file; CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_export_save(const clenet_export *exported, const char *path, clenet_error *error);

/* What the exported network needs; the compiled code takes some KB of flash more. */
typedef struct clenet_export_costs {
    size_t weight_bytes;    /* constants, which a microcontroller keeps in flash */
    size_t arena_bytes;     /* RAM of the arena */
    size_t image_bytes;     /* RAM of the caller's image */
    size_t answer_bytes;    /* RAM of the caller's probabilities or logits */
    uint64_t multiply_adds; /* of convolutions and dense layers per image, those with padded zeros included */
} clenet_export_costs;

CLENET_API clenet_export_costs clenet_export_cost(const clenet_export *exported);

/* What 8-bit integers change, measured on the calibration data: on rows that the model was not trained on if it knows them and there
 * are 1,000 or more, or if none of the rows was trained on; otherwise on all rows. Zeros if the export is not int8. */
typedef struct clenet_export_check {
    size_t range_rows;    /* rows that gave the ranges */
    size_t rows;          /* rows that were compared */
    bool held_out;        /* the model was trained on none of them */
    double before, after; /* accuracy of the floats and of the integers, 0 to 1 */
    size_t changed;       /* rows whose class differs */
} clenet_export_check;

CLENET_API clenet_export_check clenet_export_checked(const clenet_export *exported);

/* A row whose class differs. */
typedef struct clenet_export_change {
    size_t row;               /* of the calibration data, from 0 */
    int label, before, after; /* classes */
} clenet_export_change;

/* The `changed` rows of clenet_export_checked(), in their order; lent. NULL if the export is not int8. */
CLENET_API const clenet_export_change *clenet_export_changes(const clenet_export *exported);

/* ---- import ----------------------------------------------------------------------------------------------- */

enum { CLENET_IMPORT_CHANNELS = 4 }; /* channels of an image whose pixels can have separate mean and std */

/* Called with each note on an import, such as "added a softmax behind 'fc3': the file's network ends in logits". The note is one line,
 * lent for the call. */
typedef void clenet_import_callback(const char *note, void *user);

/* How a file of another program is read. Pointers are lent for the call. */
typedef struct clenet_import_options {
    size_t size; /* of this struct, in bytes: clenet_import_options_init() sets it */
    /* The network, for a file that has only weights: a state dict of PyTorch, weights of Keras. Default NULL: the file's own. */
    const clenet_network *network;
    /* The network expects (pixel / 255 - mean) / std. scaling: how many of the numbers are set. 0, the default: as the file says, or
     * else pixel / 255. 1: mean[0] and std[0] for all channels. 2 to CLENET_IMPORT_CHANNELS: one for each channel of the images. std is
     * not 0. */
    int scaling;
    double mean[CLENET_IMPORT_CHANNELS], std[CLENET_IMPORT_CHANNELS];
    const char *const *class_names;  /* [the network's classes]: their names; default NULL: "0", "1" ... */
    clenet_import_callback *on_note; /* default NULL */
    void *user;                      /* passed to on_note */
} clenet_import_options;

/* Fills the first `size` bytes of *options with the defaults; pass sizeof *options. Does nothing if options is NULL. */
CLENET_API void clenet_import_options_init(clenet_import_options *options, size_t size);

/* Makes a model of a file that another program wrote. The format is detected from the content:
 * - Keras's .keras, .h5 and .weights.h5, if the library was built with HDF5;
 * - ONNX, if it was built with protobuf-c;
 * - a state dict of PyTorch as safetensors, with options->network.
 * Weights are turned into clenet's layouts, also those of a dense layer behind a flatten of [channels][height][width]. A missing bias is
 * 0. A network that ends in logits gets a softmax. Another mean and std of pixels become a batch norm in front of the network. What does
 * not fit, and layers that clenet does not have, are named all in one error. Nothing in the file is trusted. The model does not know the
 * rows that it was trained on (clenet_model_knows_rows()). options may be NULL for the defaults. Errors: CLENET_ERROR_IO,
 * CLENET_ERROR_FORMAT, CLENET_ERROR_ARGUMENT, CLENET_ERROR_MEMORY. */
CLENET_API clenet_status clenet_import(clenet_model **model, const char *path, const clenet_import_options *options,
                                       clenet_error *error);

#ifdef __cplusplus
}
#endif

#endif
