/* lower.h - the shared functions that turn operations into launches.
 *
 * The tiles of a kernel must divide its sizes: divisor() takes the largest divisor that is no larger than the device's number. So
 * a variant is a number, not another kernel.
 *
 * Nothing here returns a status: the first failure is kept in lowering.status, and later calls do nothing. */
#ifndef CLENET_LIB_BACKEND_OPENCL_LOWER_LOWER_H
#define CLENET_LIB_BACKEND_OPENCL_LOWER_LOWER_H

#include "lib/backend/opencl/opencl.h"

enum {
    LOWER_OPTIONS = 2048, /* bytes of a program's options */
    HEAD_MOST = 3,        /* layers of a head */
    LOCAL_BYTES = 32768   /* local memory of a group: what every device has */
};

typedef struct lowering {
    opencl_executor *e;
    launch_list *list;
    size_t blocks;  /* of the largest batch */
    cl_mem weights; /* the packed parameters that the list uses */
    clenet_error *error;
    clenet_status status;
    const plan_op *ops; /* [count] */
    int count;
    const plan_op *op;         /* the current one */
    cl_mem gated[HEAD_MOST];   /* dz of the head's layers */
    int group;                 /* work-items of a group, at most: halved until the operation's kernels allow it */
    bool too_large;            /* a kernel does not */
    cl_int *places;            /* places of cl/optimizer.cl, or NULL if no gradient is in parts */
    size_t sums;               /* numbers in those parts */
    cl_mem moments;            /* parts of the next batch norm's sums, if they were made; or NULL */
    int moments_of;            /* the buffer that they are of, or NO_BUFFER */
    int moments_a_block;       /* of them per block */
    const plan_op *normed;     /* the batch norm whose gradient the next convolution takes from its parts; or NULL */
    cl_mem expanded;           /* dz of the next convolution, if the layer after it has made it; or NULL */
    const char *name;          /* of the program that begin() started */
    const opencl_tiles *tiles; /* of that program */
    char options[LOWER_OPTIONS];
    cl_program program;
} lowering;

/* The largest divisor of n that is no larger than most; power_divisor: only powers of two. */
int divisor(int n, int most);
int power_divisor(int n, int most);
size_t round_up(size_t n, size_t step);
const opencl_tiles *tiles_of(const lowering *to); /* of the current program; lanes is the same for the whole device */

/* The offset of parameter `id` of the network in the packed values. */
size_t offset_of(const lowering *to, int id);

/* Builds a program: begin() with its name, define() for each constant of the layer's shape, then build(), which compiles
 * cl/<name>.cl, or takes the program that was built with the same options before. A float is passed by its bits: exact, whatever
 * the locale's decimal point. */
void begin(lowering *to, const char *name);
void define(lowering *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void define_float(lowering *to, const char *name, float x);
void build(lowering *to);

/* Adds a launch of a kernel of the last program; NULL after a failure. Its arguments follow in order: take()
 * for one that bind or each batch sets, or for a buffer (NULL: a few unused bytes); take_buffer() for one of the plan's;
 * take_int() or take_float() for a constant. Each launch that follows may move the ones before it in memory. */
launch *add_launch(lowering *to, const char *kernel);
void take(lowering *to, launch *l, launch_source source, cl_mem buffer);
void take_buffer(lowering *to, launch *l, int buffer);
void take_int(lowering *to, launch *l, cl_int number); /* or uint */
void take_float(lowering *to, launch *l, cl_float number);

/* For the profile, if a launch also computes a part (NULL: all) of another operation. */
void add_cost(lowering *to, launch *l, const plan_op *op, const char *part);

/* Adds a product by CLBlast; name is shown in the profile. */
void add_product(lowering *to, const char *name, const clblast_product *product);

/* The largest number of work-items in a group of the kernel. */
size_t most_items(const lowering *to, const launch *l);

/* The work-items of a group that sums together: the constant GROUP of a program. */
int group_of(const lowering *to);

/* Sets the size of a launch: `items` work-items per block, each of VW images; `groups` groups of group_of() work-items, `parts`
 * times; `items` work-items in a row, in `finer` times the usual number of groups. */
void by_blocks(lowering *to, launch *l, int items);
void by_groups(lowering *to, launch *l, int groups, int parts);
void by_items(const lowering *to, launch *l, size_t items, size_t finer);

/* True if groups make sums in parts. A group of one work-item makes no part. */
bool in_parts(const lowering *to);

/* The parts that a sum is divided into if `groups` groups make a part, and its numbers can be divided `most` times: enough for
 * tiles->parts groups and for two groups per compute unit. 1 if the tiles have no parts. */
int parts_of(const lowering *to, int groups, int most);

/* Adds three arguments to a launch that makes the gradients of parameters first to last, which are neighbours in the packed values:
 * a buffer, and from and stride. Part p of packed gradient i, counted from the first, belongs at from + p * stride + i. If there is
 * more than one part, the optimizer adds them up. */
void take_sums(lowering *to, launch *l, int first, int last, int parts);

/* Memory of the executor, initially zero. */
cl_mem scratch(lowering *to, size_t bytes);

/* The arguments of a dropout's mask (op NULL: of none): buffer, size, threshold and stream; the groups of numbers that it is drawn
 * by; the arguments that key it: the training's step, and its seed. lower_dropout_mask draws the mask of the current operation, if
 * gather has not. */
void take_mask(lowering *to, launch *l, const plan_op *op);
int mask_groups(const plan_op *op);
void take_keys(lowering *to, launch *l);
bool gather_draws(const lowering *to);
void lower_dropout_mask(lowering *to);

/* True if the kernel gradient of a convolution can take the gradient of the batch norm behind it from that one's sums in parts. */
bool conv2d_takes_batchnorm(const lowering *to, const plan_op *conv);

/* True if batch norm `norm` normalises the output of convolution `conv` by its filters. Behind a flatten each number is a channel. */
bool is_behind(const plan_op *norm, const plan_op *conv);

/* The batch norm in front of a convolution if the convolution's launch applies it, from its moments; NULL: it does not. */
const plan_op *conv2d_front(const lowering *to, const plan_op *conv);

/* The sums in parts of batch norm `norm`. make_moments: memory for `a_block` parts per block, of `numbers` numbers per channel. x: the
 * plan's buffer that they are of, if another operation makes them; or NO_BUFFER. take_moments: the arguments of a launch that reads
 * them: the buffer, and a_block. */
void make_moments(lowering *to, const plan_op *norm, int x, int a_block, size_t numbers);
void take_moments(lowering *to, launch *l);

/* The constants of batch norm `op`, without those of its shape; the groups per block that make its numbers if its sums are in parts;
 * true if the convolution in front takes its gradient from the sums; otherwise, the arguments of a launch that makes dx from them. */
void define_batchnorm(lowering *to, const plan_op *op);
int batchnorm_shares(const lowering *to, const plan_op *op);
bool convolution_takes(const lowering *to, const plan_op *op);
void take_apply(lowering *to, launch *l, const plan_op *op);

/* Memory for dz of a convolution, the gradient before its relu and pooling. */
cl_mem conv2d_dz(lowering *to, const plan_op *conv);

/* The constants of cl/dense_layer.clt for layer n of a program; the number of tiles of its kernel's gradient, and of its dx. */
void define_dense(lowering *to, const plan_op *op, int n);
size_t dense_kernel_tiles(const lowering *to, const plan_op *op);
size_t dense_input_tiles(const lowering *to, const plan_op *op);
bool clblast_multiplies(const lowering *to);

void define_loss(lowering *to, const plan_op *op); /* the constants of cl/softmax.clh */

/* True if the gradients of a convolution take items (cl/conv2d_items.clh): then conv2d_dz() makes room for these. */
bool conv2d_takes_items(const lowering *to, const plan_op *conv);

/* True if the current operation belongs to the head, is its first forward operation, or the last of its gradients. */
bool head_takes(const lowering *to);
bool head_begins(const lowering *to);
bool head_ends(const lowering *to);
bool head_has_first(const lowering *to); /* the launch of the head also computes its first layer */
bool head_has_norm(const lowering *to);  /* and the batch norm in front, which the current operation belongs to */
void lower_head(lowering *to);           /* the layers, or those after the first, forward and backward, with the loss */
void lower_head_gradients(lowering *to); /* the rest */

/* The operations. */
#define OP(KIND, word, gradient, learns, cpu, single, opencl) void lower_##opencl(lowering *to);
#include "lib/net/ops.def"

#endif
