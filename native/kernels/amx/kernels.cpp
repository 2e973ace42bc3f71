/** The kernels in bf16, for x86-64 processors with AMX (Sapphire Rapids and later). */
#include "../vectors.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Tiles of 4 x 32 pixels a block, 1,024 pixels: about 0.05 ms of the trunk. Their rows and the
 *  neighbours', 200 KB, stay in L2 while the halves of the weights take their turns. An
 *  up-convolution has eight of those, the tail twice the products of the trunk. */
constexpr int TRUNK_TILES = 8, UPSAMPLE_TILES = 4, TAIL_TILES = 4;

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA

#include "convolution.h"
#include "head.h"
#include "tail.h"

namespace fourfold::FOURFOLD_ISA {

extern const Kernels kernels = {
    "amx_bf16", TILE,          TRUNK_TILES,   UPSAMPLE_TILES, TAIL_TILES, 4 * TILE_MEMORY,
    convolve,   convolve_tail, convolve_head, PIXEL,          ACROSS,     true,
};

}  // namespace fourfold::FOURFOLD_ISA
