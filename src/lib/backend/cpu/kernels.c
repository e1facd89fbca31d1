/* kernels.c - the table of one instruction set's build: how each operation is lowered to tasks. */
#include "lib/backend/cpu/vec.h"

#define DECLARE(name) void NAME(name)(cpu_program * program, const plan_op *op)
DECLARE(gather);
DECLARE(conv2d_forward);
DECLARE(conv2d_backward);
DECLARE(maxpool2d_forward);
DECLARE(maxpool2d_backward);
DECLARE(avgpool2d_forward);
DECLARE(avgpool2d_backward);
DECLARE(relu_forward);
DECLARE(relu_backward);
DECLARE(tanh_forward);
DECLARE(tanh_backward);
DECLARE(batchnorm_statistics);
DECLARE(batchnorm_forward);
DECLARE(batchnorm_inference);
DECLARE(batchnorm_backward_statistics);
DECLARE(batchnorm_backward);
DECLARE(dropout_forward);
DECLARE(dropout_backward);
DECLARE(dense_forward);
DECLARE(dense_backward);
DECLARE(softmax_cross_entropy);
DECLARE(optimizer);
DECLARE(single_gather);
DECLARE(single_conv2d);
DECLARE(single_maxpool2d);
DECLARE(single_avgpool2d);
DECLARE(single_relu);
DECLARE(single_tanh);
DECLARE(single_batchnorm);
DECLARE(single_dense);
DECLARE(single_softmax);
double NAME(multiply_adds)(size_t rounds, float *sink);

#define STRING_(x) #x
#define STRING(x) STRING_(x)

const cpu_isa NAME(cpu_isa) = {.name = STRING(CPU_ISA),
                               .lanes = LANES,
                               .multiply_adds = NAME(multiply_adds),
                               .lower =
                                   {
                                       [OP_GATHER] = NAME(gather),
                                       [OP_CONV2D_FORWARD] = NAME(conv2d_forward),
                                       [OP_MAXPOOL2D_FORWARD] = NAME(maxpool2d_forward),
                                       [OP_AVGPOOL2D_FORWARD] = NAME(avgpool2d_forward),
                                       [OP_RELU_FORWARD] = NAME(relu_forward),
                                       [OP_TANH_FORWARD] = NAME(tanh_forward),
                                       [OP_BATCHNORM_STATISTICS] = NAME(batchnorm_statistics),
                                       [OP_BATCHNORM_FORWARD] = NAME(batchnorm_forward),
                                       [OP_BATCHNORM_INFERENCE] = NAME(batchnorm_inference),
                                       [OP_DROPOUT_FORWARD] = NAME(dropout_forward),
                                       [OP_DENSE_FORWARD] = NAME(dense_forward),
                                       [OP_SOFTMAX_CROSS_ENTROPY] = NAME(softmax_cross_entropy),
                                       [OP_CONV2D_BACKWARD] = NAME(conv2d_backward),
                                       [OP_MAXPOOL2D_BACKWARD] = NAME(maxpool2d_backward),
                                       [OP_AVGPOOL2D_BACKWARD] = NAME(avgpool2d_backward),
                                       [OP_RELU_BACKWARD] = NAME(relu_backward),
                                       [OP_TANH_BACKWARD] = NAME(tanh_backward),
                                       [OP_BATCHNORM_BACKWARD_STATISTICS] = NAME(batchnorm_backward_statistics),
                                       [OP_BATCHNORM_BACKWARD] = NAME(batchnorm_backward),
                                       [OP_DROPOUT_BACKWARD] = NAME(dropout_backward),
                                       [OP_DENSE_BACKWARD] = NAME(dense_backward),
                                       [OP_OPTIMIZER] = NAME(optimizer),
                                   },
                               .lower_single = {
                                   [OP_GATHER] = NAME(single_gather),
                                   [OP_CONV2D_FORWARD] = NAME(single_conv2d),
                                   [OP_MAXPOOL2D_FORWARD] = NAME(single_maxpool2d),
                                   [OP_AVGPOOL2D_FORWARD] = NAME(single_avgpool2d),
                                   [OP_RELU_FORWARD] = NAME(single_relu),
                                   [OP_TANH_FORWARD] = NAME(single_tanh),
                                   [OP_BATCHNORM_INFERENCE] = NAME(single_batchnorm),
                                   [OP_DENSE_FORWARD] = NAME(single_dense),
                                   [OP_SOFTMAX_CROSS_ENTROPY] = NAME(single_softmax),
                               }};
