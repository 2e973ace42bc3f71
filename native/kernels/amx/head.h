/** The head in bf16: the 27 values that a row of taps sees are one row of A, 5 more meet zeros.
 *
 *  Pixels are scaled to 0-255, as bf16 holds those of 8 bits exactly; the weights are packed to suit.
 */
#pragma once

#include "tiles.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Values of a row that 32 pixels see, 3 * 31 + 32, in whole vectors. */
constexpr int SEEN = 128;

INLINE void take_pixels(const HeadRow& head, int x, unsigned short (*taken)[SEEN]) {
    const Vector peak = broadcast(255);
    for (int row = 0; row < 9; row++)
        for (int i = 0; i < SEEN; i += 2 * LANES) {
            Vector values[2];
            __builtin_memcpy(values, head.rows[row] + (x - 4) * 3 + i, sizeof values);
            store_bf16(taken[row] + i, values[0] * peak, values[1] * peak);
        }
}

void convolve_head(const HeadRow& head) {
    const Tiles tiles;
    alignas(64) float block[4 * TILE_MEMORY];
    alignas(64) unsigned short taken[9][SEEN];
    for (int x = 0; x < head.width; x += ACROSS) {
        take_pixels(head, x, taken);
        const float* weights = head.weights;
        for (int part = 0; part < 2; part++) {
            begin_block(head.bias + part * 2 * TILE);
            for (int row = 0; row < 9; row++, weights += 2 * TILE_MEMORY)
                add_block(taken[row], 3 * sizeof(unsigned short), weights);
            store_block(block);
            finish_block(block, head.slopes + part * 2 * TILE, head.output + x * PIXEL + part * ROW,
                         PIXEL, smaller(ACROSS, head.width - x));
        }
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
