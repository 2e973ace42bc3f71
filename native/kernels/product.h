/** M = V U at one position: tiles x 64 by 64 x 64.
 *
 *  V and M lie tile after tile, 64 channels each; U in panels [panel][64 inputs][PANEL outputs].
 *  A block of BLOCK_TILES x PANEL of M stays in registers while 64 inputs pass: per input one row
 *  of the panel is loaded and each tile's value broadcast. U (16 KB a position) streams from L2 or
 *  L3, V from L2; a panel of U is used by all tiles of the block while it is in L1.
 */
#pragma once

#include "blocking.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Lines of what is read next that each four inputs of a block fetch: as many as bring a position's
 *  weights before it begins. */
constexpr int WEIGHT_LINES = CHANNELS * CHANNELS / LINE;
constexpr int FETCHED_A_STEP = LANES == 16 ? WEIGHT_LINES / (TRUNK_TILES / BLOCK_TILES) / 16 : 1;

template <bool ADD, int DEPTH>
INLINE void multiply_block(const float* __restrict v, const float* __restrict u,
                           float* __restrict m, const float* next) {
    Vector sum[BLOCK_TILES][BLOCK_VECTORS];
    UNROLL for (int t = 0; t < BLOCK_TILES; t++)
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
            sum[t][c] = ADD ? load(m + t * CHANNELS + c * LANES) : Vector{};
#pragma GCC unroll 1
    for (int k = 0; k < DEPTH; k += 4) {
        UNROLL for (int line = 0; line < FETCHED_A_STEP; line++)
            prefetch_read(next + (k / 4 * FETCHED_A_STEP + line) * LINE);
        UNROLL for (int step = 0; step < 4; step++) {
            Vector weights[BLOCK_VECTORS];
            UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
                weights[c] = load(u + step * PANEL + c * LANES);
            UNROLL for (int t = 0; t < BLOCK_TILES; t++) {
                const Vector value = broadcast(v[t * CHANNELS + step]);
                UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
                    sum[t][c] = add_product(value, weights[c], sum[t][c]);
            }
        }
        v += 4;
        u += 4 * PANEL;
    }
    UNROLL for (int t = 0; t < BLOCK_TILES; t++)
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
            store(m + t * CHANNELS + c * LANES, sum[t][c]);
}

/** M = V U, or M += V U, of DEPTH inputs and COLUMNS outputs. `tiles` is a multiple of BLOCK_TILES:
 *  the last few may be idle. `next` is what will be read after this, fetched meanwhile. */
template <bool ADD = false, int DEPTH = CHANNELS, int COLUMNS = CHANNELS>
void multiply(const float* v, const float* u, float* m, int tiles, const float* next) {
    static_assert(DEPTH % 4 == 0 && COLUMNS % PANEL == 0);
    constexpr int FETCHED_A_BLOCK = DEPTH / 4 * FETCHED_A_STEP * LINE;
    for (int panel = 0; panel < COLUMNS; panel += PANEL, u += DEPTH * PANEL)
        for (int tile = 0; tile < tiles; tile += BLOCK_TILES, next += FETCHED_A_BLOCK)
            multiply_block<ADD, DEPTH>(v + tile * CHANNELS, u, m + tile * CHANNELS + panel, next);
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
