/** dU = V^T D at one position: 64 x tiles by tiles x 64, for the gradient of the weights. */
#pragma once

#include "../product.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** dU = V^T D, or dU += V^T D: ROWS rows of outputs, a panel of inputs. A block's depth is that of
 *  its tiles only, so the sums of the next one are fetched meanwhile. */
template <int ROWS, bool ADD>
INLINE void sum_block(const float* __restrict v, const float* __restrict d, int tiles,
                      float* __restrict to) {
    Vector sum[ROWS][BLOCK_VECTORS];
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
            sum[r][c] = ADD ? load(to + r * PANEL + c * LANES) : Vector{};
    UNROLL for (int line = 0; line < ROWS * PANEL / LINE; line++)
        prefetch_write(to + ROWS * PANEL + line * LINE);
#pragma GCC unroll 2
    for (int t = 0; t < tiles; t++, v += CHANNELS, d += CHANNELS) {
        Vector inputs[BLOCK_VECTORS];
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) inputs[c] = load(d + c * LANES);
        UNROLL for (int r = 0; r < ROWS; r++) {
            const Vector value = broadcast(v[r]);
            UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
                sum[r][c] = add_product(value, inputs[c], sum[r][c]);
        }
    }
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
            store(to + r * PANEL + c * LANES, sum[r][c]);
}

/** dU of ROWS outputs, in panels of so many rows.
 *
 *  Never inlined: there the registers are the product's alone; inlined, one of its sums was kept in
 *  memory, and each step of the loop waited for it. */
template <bool ADD, int ROWS = CHANNELS>
[[gnu::noinline]] void sum_tiles(const float* v, const float* d, int tiles, float* to) {
    constexpr int REST = ROWS % BLOCK_TILES;
    for (int panel = 0; panel < CHANNELS; panel += PANEL) {
        int row = 0;
        for (; row + BLOCK_TILES <= ROWS; row += BLOCK_TILES, to += BLOCK_TILES * PANEL)
            sum_block<BLOCK_TILES, ADD>(v + row, d + panel, tiles, to);
        sum_block<REST, ADD>(v + row, d + panel, tiles, to);
        to += REST * PANEL;
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
