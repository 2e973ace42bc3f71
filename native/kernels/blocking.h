/** Sizes of the blocks that the kernels work in, and what bounds them.
 *
 *  Registers: the product holds BLOCK_TILES x BLOCK_VECTORS accumulators, one row of weights
 *  (BLOCK_VECTORS) and a broadcast: 6 x 2 + 2 + 1 of 16 registers, 6 x 4 + 4 + 1 of 32.
 *
 *  L2: a block of T tiles transforms its input into V, 36 (tail: 64) x T x 64 floats, 9.2 KB a tile
 *  (16.4 KB), and V must stay in L2 beside the weights that stream through. 18 tiles are 166 KB of
 *  the 512 KB of a Zen core; 24 are 221 KB of the 2 MB of a Sapphire Rapids core. There the weights
 *  of an up-convolution, 2.4 MB, come from L3 for every block: 48 tiles halve that, and V and M
 *  still fit. All but the tail's are multiples of BLOCK_TILES, the tail's of TAIL_BLOCK_TILES.
 */
#pragma once

#include "vectors.h"
#include "../kernels.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

constexpr int BLOCK_TILES = 6;
#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr int BLOCK_VECTORS = 4;
#else
constexpr int BLOCK_VECTORS = 2;
#endif
constexpr int PANEL = BLOCK_VECTORS * LANES;

/** Tiles that the tail's product takes at a time: 8 x 12 outputs fill the accumulators. */
constexpr int TAIL_BLOCK_TILES = 8;

#if defined(__AVX512F__)
constexpr int TRUNK_TILES = 24, UPSAMPLE_TILES = 48, TAIL_TILES = 32;
#else
constexpr int TRUNK_TILES = 18, UPSAMPLE_TILES = 12, TAIL_TILES = 8;
#endif

/** Floats from a position's products to the next one's: a line more than the tiles, because
 *  distances of a power of two would put all positions into the same few L1 sets. */
constexpr ptrdiff_t position_stride(int tiles) { return (ptrdiff_t)tiles * CHANNELS + LINE; }

constexpr ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/** Scratch of a thread: V (the trunk's with a slot more, the tail's 64 positions), then M. */
constexpr ptrdiff_t SCRATCH_PRODUCTS =
    larger(larger(37 * position_stride(TRUNK_TILES), 37 * position_stride(UPSAMPLE_TILES)),
           64 * position_stride(TAIL_TILES));
constexpr ptrdiff_t SCRATCH =
    SCRATCH_PRODUCTS +
    larger(36 * position_stride(UPSAMPLE_TILES), 64 * (TAIL_TILES + 1) * LINE);

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
