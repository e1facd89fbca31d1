/* lower.h - how the operations of a plan become launches: what the files of the layers share. lower.c.
 *
 * The tiles of a kernel must divide its sizes: divisor() takes the largest that does and is no larger than the device's
 * own. So a variant is a number, not another kernel.
 *
 * Nothing here returns a status: the first failure stays in lowering.status, and what comes after it does nothing. */
#ifndef CLENET_LIB_BACKEND_OPENCL_LOWER_LOWER_H
#define CLENET_LIB_BACKEND_OPENCL_LOWER_LOWER_H

#include "lib/backend/opencl/opencl.h"

enum { LOWER_OPTIONS = 2048 /* bytes of a program's options */, HEAD_MOST = 3 /* layers of a head */ };

typedef struct lowering {
    opencl_executor *e;
    launch_list *list;
    size_t blocks;  /* of the largest batch */
    cl_mem weights; /* the packed parameters that the list takes */
    clenet_error *error;
    clenet_status status;
    const plan_op *ops; /* [count] */
    int count;
    const plan_op *op;         /* the one at hand */
    cl_mem gated[HEAD_MOST];   /* dz of the head's layers */
    cl_mem expanded;           /* dz of the next convolution, where the layer behind it has made it; or NULL */
    const char *name;          /* of the program that begin() began */
    const opencl_tiles *tiles; /* of that program */
    char options[LOWER_OPTIONS];
    cl_program program;
} lowering;

/* The largest divisor of n that is no larger than most; power_divisor: of the powers of two. */
int divisor(int n, int most);
int power_divisor(int n, int most);
size_t round_up(size_t n, size_t step);
const opencl_tiles *tiles_of(const lowering *to); /* of the program that was begun; lanes is the device's for all */

/* Where parameter `id` of the network lies among the packed values. */
size_t offset_of(const lowering *to, int id);

/* A program's options: begin() with its name, define() what the layer's shape needs, then build() cl/<name>.cl, or take what
 * was built with the same options before. A float is given by its bits: exact, and no locale's decimal comma can get into it. */
void begin(lowering *to, const char *name);
void define(lowering *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void define_float(lowering *to, const char *name, float x);
void build(lowering *to);

/* A launch of a kernel of the program that was built last; NULL after a failure. Its arguments follow in their order: take()
 * one that bind or each batch sets, or a buffer (NULL: a few bytes that nobody reads), take_buffer() one of the plan's,
 * take_int() or take_float() a number that stays. Each launch that follows may move the ones before it in memory. */
launch *add_launch(lowering *to, const char *kernel);
void take(lowering *to, launch *l, launch_source source, cl_mem buffer);
void take_buffer(lowering *to, launch *l, int buffer);
void take_int(lowering *to, launch *l, cl_int number); /* or uint */
void take_float(lowering *to, launch *l, cl_float number);

/* For the profile, where a launch computes a part (NULL: all) of another operation, too. */
void add_cost(lowering *to, launch *l, const plan_op *op, const char *part);

/* A launch that is a product by CLBlast; name is the profile's. */
void add_product(lowering *to, const char *name, const clblast_product *product);

/* The most work-items that a group of the kernel may have. */
size_t most_items(const lowering *to, const launch *l);

/* Sizes of a launch: of `items` work-items a block, each of VW images; of `groups` groups of the tiles' group; of `items`
 * work-items in a row, in `finer` times the usual number of groups. */
void by_blocks(lowering *to, launch *l, int items);
void by_groups(const lowering *to, launch *l, int groups);
void by_items(const lowering *to, launch *l, size_t items, size_t finer);

/* Memory of the executor, zero at first. */
cl_mem scratch(lowering *to, size_t bytes);

/* The arguments of a dropout's mask (op NULL: of none): buffer, size, threshold and stream; the groups of numbers that it is drawn
 * by; the arguments that key it: the training's step, and its seed. lower_dropout_mask draws that of the operation at hand, unless
 * gather has done so. */
void take_mask(lowering *to, launch *l, const plan_op *op);
int mask_groups(const plan_op *op);
void take_keys(lowering *to, launch *l);
bool gather_draws(const lowering *to);
void lower_dropout_mask(lowering *to);

/* Memory for a convolution's dz, the gradient in front of its relu and pooling. */
cl_mem conv2d_dz(lowering *to, const plan_op *conv);

/* The constants of cl/dense_layer.clt for layer n of a program; how many tiles its kernel's gradient has, and its dx. */
void define_dense(lowering *to, const plan_op *op, int n);
size_t dense_kernel_tiles(const lowering *to, const plan_op *op);
size_t dense_input_tiles(const lowering *to, const plan_op *op);
bool clblast_multiplies(const lowering *to);

void define_loss(lowering *to, const plan_op *op); /* the constants of cl/softmax.clh */

/* Whether the operation at hand belongs to the head, is the forward operation that it begins with, or the last of its gradients. */
bool head_takes(const lowering *to);
bool head_begins(const lowering *to);
bool head_ends(const lowering *to);
void lower_head(lowering *to);           /* the layers behind the first, forward and back, with the loss */
void lower_head_gradients(lowering *to); /* the rest */

/* The operations. */
#define OP(KIND, word, gradient, learns, cpu, single, opencl) void lower_##opencl(lowering *to);
#include "lib/net/ops.def"

#endif
