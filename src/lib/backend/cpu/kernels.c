/* kernels.c - one instruction set's table of operations and their tasks. */
#include "lib/backend/cpu/vec.h"

#define SINGLE(function) cpu_lower NAME(single_##function);
#define TRAINED
#define OP(KIND, word, gradient, learns, cpu, single, opencl) \
    cpu_lower NAME(cpu);                                      \
    single
#include "lib/net/ops.def"
double NAME(multiply_adds)(size_t rounds, float *sink);

#define STRING_(x) #x
#define STRING(x) STRING_(x)

const cpu_isa NAME(cpu_isa) = {
    .name = STRING(CPU_ISA),
    .lanes = LANES,
    .multiply_adds = NAME(multiply_adds),
    .lower =
        {
#define OP(KIND, word, gradient, learns, cpu, single, opencl) [OP_##KIND] = NAME(cpu),
#include "lib/net/ops.def"
        },
    .lower_single =
        {
#define SINGLE(function) NAME(single_##function)
#define TRAINED NULL
#define OP(KIND, word, gradient, learns, cpu, single, opencl) [OP_##KIND] = single,
#include "lib/net/ops.def"
        },
};
