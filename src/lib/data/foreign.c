/* foreign.c - see foreign.h. */
#include "lib/data/foreign.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { TAR_MAGIC_AT = 257, BRAND_AT = 4, TEXT_SEEN = 4096 };

/* What the user needs to read it in another way. %s in `remedy` is not used: a name may be "<stdin>". */
typedef struct kind {
    size_t at, count; /* of magic */
    const char *magic, *what, *remedy;
} kind;

#define MAGIC(at, text) at, sizeof(text) - 1, text

static const char from_pandas[] = "convert it in Python: pandas.read_parquet(FILE).to_csv('data.csv', index=False)";
static const char arrays[] = "save its arrays in Python: numpy.savez('data.npz', x_train=..., y_train=...)";
static const char workbook[] = "save the sheet as CSV, or: libreoffice --headless --convert-to csv FILE";
static const char picture[] =
    "to read the digit in it: clenet predict MODEL PICTURE; to train, name a folder with one folder per class";
static const char unpack_7z[] = "unpack it with: 7z x FILE";

static const kind kinds[] = {
    {MAGIC(0, "PAR1"), "a Parquet file", from_pandas},
    {MAGIC(0, "ARROW1"), "an Arrow file",
     "convert it in Python: pandas.read_feather(FILE).to_csv('data.csv', index=False)"},
    {MAGIC(0, "FEA1"), "a Feather file",
     "convert it in Python: pandas.read_feather(FILE).to_csv('data.csv', index=False)"},
    {MAGIC(0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "an Excel workbook (.xls), or another Office document", workbook},
    {MAGIC(0, "\x89HDF\r\n\x1A\n"), "an HDF5 file", arrays},
    {MAGIC(0, "MATLAB 5.0"), "a MATLAB file",
     "read it in Python with scipy.io.loadmat, and save its arrays with numpy.savez"},
    {MAGIC(0, "version https://git-lfs"), "a Git LFS pointer, not the data", "fetch them with: git lfs pull"},
    {MAGIC(0, "%PDF"), "a PDF", "name the file of the digits"},
    {MAGIC(0, "{\\rtf"), "a text document", "name the file of the digits"},
    {MAGIC(0, "SQLite format 3"), "an SQLite database",
     "export the table: sqlite3 -header -csv FILE 'select * from TABLE'"},
    {MAGIC(0, "RDX"), "an R workspace", "in R: load it, and write.csv(table, 'data.csv', row.names = FALSE)"},
    {MAGIC(TAR_MAGIC_AT, "ustar"), "a tar archive", "unpack it with: tar -xf FILE"},
    {MAGIC(0, "7z\xBC\xAF\x27\x1C"), "a 7z archive", unpack_7z},
    {MAGIC(0, "Rar!\x1A\x07"), "a RAR archive", "unpack it with: unrar x FILE"},
    {MAGIC(0, "PK\x05\x06"), "an empty zip archive", "fetch or copy it again"},
    {MAGIC(0, "\x04\x22\x4D\x18"), "packed with lz4", "unpack it with: lz4 -d FILE"},
    {MAGIC(0, "\x1F\x9D"), "packed with compress", "unpack it with: uncompress FILE"},
    {MAGIC(0, "LZIP"), "packed with lzip", "unpack it with: lzip -dk FILE"},
    {MAGIC(0, "]\0\0"), "packed with lzma", "unpack it with: xz -dk --format=lzma FILE"},
    {MAGIC(0, "\x89PNG\r\n"), "a PNG picture", picture},
    {MAGIC(0, "\xFF\xD8\xFF"), "a JPEG picture", picture},
    {MAGIC(0, "GIF8"), "a GIF picture", picture},
    {MAGIC(0, "II*\0"), "a TIFF picture", picture},
    {MAGIC(0, "MM\0*"), "a TIFF picture", picture},
    {MAGIC(8, "WEBP"), "a WebP picture", picture},
    {MAGIC(BRAND_AT, "ftyp"), "a picture or film (HEIC, AVIF, MP4)", picture},
    {MAGIC(0, "P5\n"), "a PGM picture", picture},
    {MAGIC(0, "P6\n"), "a PPM picture", picture},
};

static clenet_status refuse(const char *name, const char *what, const char *remedy, clenet_error *error) {
    return error_set(error, CLENET_ERROR_FORMAT, "%s: is %s; %s", name, what, remedy);
}

/* ---- formats without magic bytes --------------------------------------------------------------------------------------------- */

/* Python's pickles of protocol 2 to 5: an opcode, the protocol, and another opcode, one of the opcodes that begin a pickle. */
static bool is_pickle(const uint8_t *bytes, size_t count) {
    return count >= 3 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
}

/* A length of 8 bytes, then JSON. */
static bool is_safetensors(const uint8_t *bytes, size_t count) {
    return count >= 10 && bytes[6] == 0 && bytes[7] == 0 && bytes[8] == '{' && bytes[9] == '"';
}

static bool has(const uint8_t *bytes, size_t count, const char *text) {
    size_t length = strlen(text);
    if (count > TEXT_SEEN) count = TEXT_SEEN;
    for (size_t i = 0; i + length <= count; i++)
        if (strncasecmp((const char *)bytes + i, text, length) == 0) return true;
    return false;
}

/* A Windows bitmap: "BM", the size of the file, and four bytes that are zero. */
static bool is_bitmap(const uint8_t *bytes, size_t count) {
    static const uint8_t zeros[4];
    return count >= 14 && bytes[0] == 'B' && bytes[1] == 'M' && memcmp(bytes + 6, zeros, sizeof zeros) == 0;
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* "7 12:0.5 13:1": a label, and columns with their values. */
static bool is_sparse(const uint8_t *bytes, size_t count) {
    size_t at = 0, digits = 0;
    while (at < count && (is_digit(bytes[at]) || bytes[at] == '-' || bytes[at] == '+' || bytes[at] == '.')) at++;
    if (at == 0 || at == count || bytes[at] != ' ') return false;
    while (at < count && bytes[at] == ' ') at++;
    for (; at < count && is_digit(bytes[at]); at++) digits++;
    return digits > 0 && at < count && bytes[at] == ':';
}

/* Text without a table. Skips a byte order mark and blanks. */
static clenet_status check_text(const uint8_t *bytes, size_t count, const char *name, clenet_error *error) {
    static const char signed_in[] =
        "download the file again, signed in if the site needs it; Kaggle: kaggle competitions download -c "
        "digit-recognizer";
    if (count >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) bytes += 3, count -= 3;
    while (count > 0 && (*bytes == ' ' || *bytes == '\t' || *bytes == '\r' || *bytes == '\n')) bytes++, count--;
    if (count == 0) return CLENET_OK;
    if (*bytes == '<' &&
        (has(bytes, count, "<html") || has(bytes, count, "<!doctype html") || has(bytes, count, "<head")))
        return refuse(name, "an HTML page, not the data", signed_in, error);
    if (*bytes == '<' && count > 4 && memcmp(bytes, "<?xml", 5) == 0)
        return refuse(name, "an XML file", "download the file of the digits again", error);
    if ((*bytes == '{' && has(bytes, count < 64 ? count : 64, "\"")) ||
        (count > 1 && bytes[0] == '[' && strchr("[{", bytes[1]) != NULL))
        return refuse(
            name, "a JSON file",
            "if it has the digits, convert it in Python: pandas.read_json(FILE).to_csv('data.csv', index=False)",
            error);
    if ((*bytes == '@' || *bytes == '%') && has(bytes, count, "@relation"))
        return refuse(name, "an ARFF file", "download the data set as CSV; in Python: scipy.io.arff.loadarff(FILE)",
                      error);
    if (is_sparse(bytes, count)) {
        return refuse(name, "a table in LIBSVM's sparse form",
                      "read it in Python with sklearn.datasets.load_svmlight_file, and save it with numpy.savez",
                      error);
    }
    return CLENET_OK;
}

clenet_status foreign_check(const uint8_t *bytes, size_t count, const char *name, clenet_error *error) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const kind *k = &kinds[i];
        if (count >= k->at + k->count && memcmp(bytes + k->at, k->magic, k->count) == 0)
            return refuse(name, k->what, k->remedy, error);
    }
    if (is_bitmap(bytes, count)) return refuse(name, "a BMP picture", picture, error);
    if (is_pickle(bytes, count)) {
        return refuse(name, "a Python pickle, which may run any code when it is read, so that clenet does not read it",
                      arrays, error);
    }
    if (is_safetensors(bytes, count)) {
        if (has(bytes, count, "clenet-model"))
            return refuse(name, "a model, not data", "models come first: clenet predict MODEL DATA", error);
        return refuse(name, "a safetensors file", "name the file of the digits", error);
    }
    return check_text(bytes, count, name, error);
}

/* ---- archives --------------------------------------------------------------------------------------------------------------- */

static bool ends_in(const char *text, const char *end) {
    size_t length = strlen(text), count = strlen(end);
    return length >= count && strcmp(text + length - count, end) == 0;
}

clenet_status foreign_check_members(const char *const *members, size_t count, const char *name, clenet_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (strncmp(members[i], "[Content_Types]", 15) == 0 || strcmp(members[i], "xl/workbook.xml") == 0)
            return refuse(name, "an Excel workbook (.xlsx), or another Office document", workbook, error);
        if (strcmp(members[i], "META-INF/manifest.xml") == 0)
            return refuse(name, "an OpenDocument file (.ods)", workbook, error);
        if (ends_in(members[i], "data.pkl")) return refuse(name, "a PyTorch file", arrays, error);
        if (strcmp(members[i], "model.weights.h5") == 0)
            return refuse(name, "a model of Keras", "clenet reads its own models only: train one with clenet train",
                          error);
    }
    return CLENET_OK;
}
