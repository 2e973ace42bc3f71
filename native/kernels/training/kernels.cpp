/** The training kernels of one instruction set; compiled as kernels/kernels.cpp is. */
#include "first.h"
#include "many.h"
#include "pooling.h"
#include "tail.h"

#define NAME_OF(isa) #isa
#define NAME(isa) NAME_OF(isa)

namespace fourfold::FOURFOLD_ISA {

extern const TrainingKernels training_kernels = {
    NAME(FOURFOLD_ISA), TRAINING_TAIL_TILES, most_tiles,       pack,           unpack,
    forward,            backward,            forward_windows,  forward_group,  backward_windows,
    backward_group,     backward_weights,    pack_tail,        unpack_tail,    tail_forward,
    tail_backward,      pack_first,          unpack_first,     first_backward, pool_forward,
    pool_backward,
};

}  // namespace fourfold::FOURFOLD_ISA
