/* import_torch.c - a state dict of PyTorch, as safetensors: weights without a network, which --arch gives.
 *
 * Tensors have the names of modules: "features.0.weight". A module is a convolution (weight of 4 axes), a dense layer (2 axes) or a batch
 * norm (running_mean). safetensors sorts names, so the order of the modules is lost. The modules of each kind are taken in the natural
 * order of their names (conv2 before conv10), and go to the layers of that kind in the network's order. If their shapes do not fit,
 * and shapes alone say which module belongs to which layer, these say it. */
#include "lib/import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/import/tensors.h"
#include "lib/net/layer.h"
#include "lib/net/safetensors.h"

enum { KINDS = 3, LIST_SIZE = 640 };
static const clenet_layer_kind kinds[KINDS] = {CLENET_CONV2D, CLENET_DENSE, CLENET_BATCHNORM};
static const char *const kind_words[KINDS] = {"convolutions", "linear layers", "batch norms"};

/* The epsilon of PyTorch's batch norms, if a module does not set it. */
#define TORCH_EPSILON 1e-5f

/* The tensors of one module, by parameter_role; NULL: it does not have it. */
typedef struct torch_module {
    char name[SAFETENSORS_NAME_MAX + 1]; /* "features.0" */
    const safetensors_tensor *tensors[IMPORT_TENSORS];
    const safetensors_tensor *weight; /* kernel or gamma */
    int kind;                         /* index in kinds; KINDS: clenet does not have it */
} torch_module;

typedef struct torch_file {
    safetensors_file *file;
    torch_module *modules; /* [count] in natural order of names */
    size_t count;
} torch_file;

/* ---- names ---------------------------------------------------------------------------------------------- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Compares names with numbers as numbers: "conv2" is before "conv10". *numbers: whether a number makes the difference. */
static int compare_names(const char *a, const char *b, bool *numbers) {
    while (*a != '\0' && *a == *b && !is_digit(*a)) a++, b++;
    if (!is_digit(*a) || !is_digit(*b)) {
        *numbers = false;
        return *a == *b ? 0 : (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    }
    while (*a == '0' && is_digit(a[1])) a++;
    while (*b == '0' && is_digit(b[1])) b++;
    size_t digits = strspn(a, "0123456789"), others = strspn(b, "0123456789");
    int order = digits != others ? (digits < others ? -1 : 1) : strncmp(a, b, digits);
    *numbers = true;
    return order != 0 ? order : compare_names(a + digits, b + others, numbers);
}

static int by_name(const void *left, const void *right) {
    const torch_module *a = left, *b = right;
    bool numbers;
    int order = compare_names(a->name, b->name, &numbers);
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* The role of a tensor by the end of its name; -1: it is ignored; -2: unknown. */
enum { ROLE_IGNORED = -1, ROLE_UNKNOWN = -2 };
static int role_of(const char *end) {
    static const struct {
        const char *word;
        int role;
    } roles[] = {
        {"weight", PARAMETER_KERNEL},
        {"bias", PARAMETER_BIAS},
        {"running_mean", PARAMETER_MOVING_MEAN},
        {"running_var", PARAMETER_MOVING_VARIANCE},
        {"num_batches_tracked", ROLE_IGNORED},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i].word, end) == 0) return roles[i].role;
    return ROLE_UNKNOWN;
}

/* ---- modules -------------------------------------------------------------------------------------------- */

/* The module of this name, which is appended if it is new; NULL: there are too many. */
static torch_module *module_of(torch_file *torch, const char *name, size_t length) {
    for (size_t i = torch->count; i > 0; i--) {
        torch_module *known = &torch->modules[i - 1];
        if (strncmp(known->name, name, length) == 0 && known->name[length] == '\0') return known;
    }
    if (torch->count == IMPORT_LAYERS_MAX) return NULL;
    torch_module *fresh = &torch->modules[torch->count++];
    memcpy(fresh->name, name, length);
    return fresh;
}

static void add_tensor(torch_file *torch, const safetensors_tensor *tensor, import_network *to) {
    char shape[IMPORT_SHAPE_SIZE];
    const char *dot = strrchr(tensor->name, '.'), *end = dot != NULL ? dot + 1 : tensor->name;
    int role = role_of(end);
    if (role == ROLE_IGNORED) return;
    if (role == ROLE_UNKNOWN) {
        import_problem(to, "tensor '%.100s' of %s belongs to no layer of clenet", tensor->name,
                       import_shape_text(shape, tensor->rank, tensor->shape));
        return;
    }
    if (tensor->type == SAFETENSORS_U8 || tensor->type == SAFETENSORS_OTHER) {
        import_problem(to, "tensor '%.100s' has no floating-point numbers", tensor->name);
        return;
    }
    torch_module *module = module_of(torch, tensor->name, dot != NULL ? (size_t)(dot - tensor->name) : 0);
    if (module != NULL)
        module->tensors[role] = tensor;
    else
        import_problem(to, "the file has more than %d modules", (int)IMPORT_LAYERS_MAX);
}

/* Sorts a batch norm's weight and bias to gamma and beta. */
static void classify(torch_module *module, import_network *to) {
    const safetensors_tensor **tensors = module->tensors, *weight = tensors[PARAMETER_KERNEL];
    module->weight = weight;
    module->kind = KINDS;
    if (tensors[PARAMETER_MOVING_MEAN] != NULL || tensors[PARAMETER_MOVING_VARIANCE] != NULL) {
        module->kind = 2;
        tensors[PARAMETER_GAMMA] = weight;
        tensors[PARAMETER_BETA] = tensors[PARAMETER_BIAS];
        tensors[PARAMETER_KERNEL] = tensors[PARAMETER_BIAS] = NULL;
        module->weight = tensors[PARAMETER_MOVING_MEAN];
    } else if (weight != NULL && weight->rank == 4) {
        module->kind = 0;
    } else if (weight != NULL && weight->rank == 2) {
        module->kind = 1;
    } else if (weight != NULL) {
        char shape[IMPORT_SHAPE_SIZE];
        import_problem(to,
                       "module '%.100s' with a weight of %s is no convolution, linear layer or batch norm of clenet",
                       module->name, import_shape_text(shape, weight->rank, weight->shape));
    } else {
        import_problem(to, "module '%.100s' has a bias, but no weight", module->name);
    }
}

static clenet_status list_modules(torch_file *torch, import_network *to, clenet_error *error) {
    size_t tensors = safetensors_count(torch->file), most = tensors < IMPORT_LAYERS_MAX ? tensors : IMPORT_LAYERS_MAX;
    torch->modules = memory_new(most + 1, sizeof *torch->modules);
    if (torch->modules == NULL) return error_memory(error, most * sizeof *torch->modules, "a state dict");
    for (size_t i = 0; i < tensors; i++) add_tensor(torch, safetensors_get(torch->file, i), to);
    for (size_t i = 0; i < torch->count; i++) classify(&torch->modules[i], to);
    if (torch->count > 1) qsort(torch->modules, torch->count, sizeof *torch->modules, by_name);
    return CLENET_OK;
}

/* ---- from modules to layers ----------------------------------------------------------------------------- */

/* The modules and the layers of one kind, and which module each layer takes. */
typedef struct matching {
    const clenet_network *own;
    const torch_module **modules; /* [count] */
    int *layers;                  /* [count] indices in own */
    const torch_module **taken;   /* [count] by layer */
    size_t count;
} matching;

static bool fits(const clenet_network *own, int l, const torch_module *module) {
    size_t shape[IMPORT_RANK_MAX];
    const parameter *first =
        &own->parameters[own->layers[l].parameter_first]; /* kernel or gamma, whose shape is the mean's */
    int rank = import_shape_in(first->rank == 4 ? IMPORT_OIHW : IMPORT_OI, first, &own->layers[l], shape);
    const safetensors_tensor *weight = module->weight;
    return weight != NULL && weight->rank == rank && memcmp(weight->shape, shape, (size_t)rank * sizeof *shape) == 0;
}

/* Matches by shapes alone; false if these do not say it. */
static bool match_by_shape(matching *m) {
    for (size_t i = 0; i < m->count; i++) {
        size_t candidates = 0;
        for (size_t k = 0; k < m->count; k++) {
            if (!fits(m->own, m->layers[i], m->modules[k])) continue;
            m->taken[i] = m->modules[k];
            candidates++;
        }
        if (candidates != 1) return false;
    }
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < i; k++)
            if (m->taken[i] == m->taken[k]) return false;
    return true;
}

static bool same_shape(const torch_module *a, const torch_module *b) {
    return a->weight->rank == b->weight->rank &&
           memcmp(a->weight->shape, b->weight->shape, (size_t)a->weight->rank * sizeof a->weight->shape[0]) == 0;
}

static void match(matching *m, import_network *to) {
    bool fit = true;
    for (size_t i = 0; i < m->count; i++) {
        m->taken[i] = m->modules[i];
        fit = fit && fits(m->own, m->layers[i], m->modules[i]);
    }
    if (!fit && match_by_shape(m)) return;
    for (size_t i = 0; i < m->count; i++) m->taken[i] = m->modules[i];
    for (size_t i = 1; i < m->count && fit; i++) {
        bool numbers = true;
        const torch_module *a = m->modules[i - 1], *b = m->modules[i];
        (void)compare_names(a->name, b->name, &numbers);
        if (!numbers && same_shape(a, b))
            import_note(to,
                        "'%.80s' and '%.80s' have the same shape, and the file does not say their order: took them in "
                        "the order of their names",
                        a->name, b->name);
    }
}

static void copy_tensors(import_network *to, import_layer *layer_to, const torch_file *torch, const torch_module *from,
                         clenet_status *status, clenet_error *error) {
    static const import_type types[] = {[SAFETENSORS_F32] = IMPORT_F32,
                                        [SAFETENSORS_F64] = IMPORT_F64,
                                        [SAFETENSORS_F16] = IMPORT_F16,
                                        [SAFETENSORS_BF16] = IMPORT_BF16};
    for (int role = 0; role < IMPORT_TENSORS && *status == CLENET_OK; role++) {
        const safetensors_tensor *tensor = from->tensors[role];
        if (tensor == NULL) continue;
        import_layout layout = role != PARAMETER_KERNEL ? IMPORT_OWN : tensor->rank == 4 ? IMPORT_OIHW : IMPORT_OI;
        float *values = import_set_tensor(to, layer_to, (parameter_role)role, layout, tensor->rank, tensor->shape);
        if (values == NULL) return;
        size_t bytes = tensor->count * tensor->number_bytes;
        uint8_t *raw = memory_new(bytes > 0 ? bytes : 1, 1);
        *status = raw == NULL ? error_memory(error, bytes, "a state dict")
                              : safetensors_read_bytes(torch->file, tensor, raw, error);
        if (*status == CLENET_OK) import_convert(values, raw, tensor->count, types[tensor->type]);
        memory_free(raw);
    }
}

/* "conv1, conv2"; "none" */
static void list_names(char text[LIST_SIZE], const matching *m) {
    size_t length = 0;
    (void)snprintf(text, LIST_SIZE, "none");
    for (size_t i = 0; i < m->count; i++) {
        const char *name = m->modules[i]->name;
        bool room = length + strlen(name) + sizeof ",  ..." < LIST_SIZE;
        length += (size_t)snprintf(text + length, LIST_SIZE - length, "%s%s", i > 0 ? ", " : "", room ? name : "...");
        if (!room) return;
    }
}

static clenet_status match_kind(import_network *to, const torch_file *torch, matching *m, int kind,
                                clenet_error *error) {
    size_t modules = 0, layers = 0;
    char names[LIST_SIZE];
    for (size_t i = 0; i < torch->count; i++)
        if (torch->modules[i].kind == kind) m->modules[modules++] = &torch->modules[i];
    for (int i = 0; i < m->own->layer_count; i++) layers += m->own->layers[i].spec.kind == kinds[kind];
    m->count = modules;
    if (modules != layers) {
        list_names(names, m);
        import_problem(to, "the file has %zu %s (%s), but the network of --arch has %zu", modules, kind_words[kind],
                       names, layers);
        return CLENET_OK;
    }
    layers = 0;
    for (int i = 0; i < m->own->layer_count; i++)
        if (m->own->layers[i].spec.kind == kinds[kind]) m->layers[layers++] = i;
    match(m, to);
    clenet_status status = CLENET_OK;
    for (size_t i = 0; i < m->count && status == CLENET_OK; i++) {
        import_layer *layer_to = &to->layers[m->layers[i]];
        copy_tensors(to, layer_to, torch, m->taken[i], &status, error);
        (void)snprintf(layer_to->name, sizeof layer_to->name, "%s (%.60s)", m->own->layers[m->layers[i]].name,
                       m->taken[i]->name);
    }
    return status;
}

static clenet_status match_all(import_network *to, const torch_file *torch, const clenet_network *own,
                               clenet_error *error) {
    size_t most = torch->count + 1;
    matching m = {.own = own};
    import_add_network(to, own);
    m.modules = memory_new(most, sizeof *m.modules);
    m.taken = memory_new(most, sizeof *m.taken);
    m.layers = memory_new(most, sizeof *m.layers);
    clenet_status status = CLENET_OK;
    if (m.modules == NULL || m.taken == NULL || m.layers == NULL || to->failed)
        status = error_memory(error, most * sizeof *m.modules, "a state dict");
    for (int kind = 0; kind < KINDS && status == CLENET_OK; kind++) status = match_kind(to, torch, &m, kind, error);
    memory_free(m.modules);
    memory_free(m.taken);
    memory_free(m.layers);
    for (int i = 0; i < own->layer_count; i++) {
        const layer *l = &own->layers[i];
        if (l->spec.kind == CLENET_BATCHNORM && l->spec.epsilon != TORCH_EPSILON)
            import_note(to,
                        "%s has epsilon %g, as --arch says; PyTorch's default is 1e-05, which --arch has as: "
                        "batchnorm epsilon=1e-05",
                        l->name, (double)l->spec.epsilon);
    }
    return status;
}

/* Lists the tensors, since the file does not say its network. */
static clenet_status ask_for_network(const torch_file *torch, const char *name, clenet_error *error) {
    char text[LIST_SIZE] = "", shape[IMPORT_SHAPE_SIZE], line[2 * IMPORT_SHAPE_SIZE];
    size_t length = 0, told = 0;
    for (; told < torch->count; told++) {
        const torch_module *module = &torch->modules[told];
        const safetensors_tensor *weight = module->weight;
        if (weight == NULL) continue;
        int more = snprintf(line, sizeof line, "%s%.60s %s", length > 0 ? ", " : "", module->name,
                            import_shape_text(shape, weight->rank, weight->shape));
        if (length + (size_t)more + sizeof ", ..." > sizeof text) break;
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", line);
    }
    return error_set(
        error, CLENET_ERROR_ARGUMENT,
        "'%.200s' has weights, but does not say its network: write it as text, one layer per line, and add "
        "--arch FILE. Modules: %s%s",
        name, text, told < torch->count ? ", ..." : "");
}

clenet_status import_read_torch(import_network *to, const import_source *from, clenet_error *error) {
    torch_file torch = {.file = NULL};
    clenet_status status = safetensors_open_memory(&torch.file, from->bytes, from->size, from->name, true, error);
    if (status != CLENET_OK) return status;
    const char *format = safetensors_metadata(torch.file, "format");
    to->channels_first = true;
    if (format != NULL && strcmp(format, "clenet-model") == 0)
        status =
            error_set(error, CLENET_ERROR_FORMAT, "'%s' is a model of clenet: use it without an import", from->name);
    if (status == CLENET_OK) status = list_modules(&torch, to, error);
    if (status == CLENET_OK && from->network == NULL && to->problems.count == 0)
        status = ask_for_network(&torch, from->name, error);
    if (status == CLENET_OK && from->network != NULL) status = match_all(to, &torch, from->network, error);
    memory_free(torch.modules);
    safetensors_close(torch.file);
    return status;
}
