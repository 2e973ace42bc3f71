/** The kernels of one instruction set; compiled once for each, in the namespace FOURFOLD_ISA. */
#include "convolution.h"
#include "head.h"
#include "tail.h"

#define NAME_OF(isa) #isa
#define NAME(isa) NAME_OF(isa)

namespace fourfold::FOURFOLD_ISA {

extern const Kernels kernels = {
    NAME(FOURFOLD_ISA), PANEL,    TRUNK_TILES,   UPSAMPLE_TILES, TAIL_TILES,
    SCRATCH,            convolve, convolve_tail, convolve_head,  CHANNELS,
    STEP,               false,
};

}  // namespace fourfold::FOURFOLD_ISA
