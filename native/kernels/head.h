/** The head: a direct 9x9 convolution from R'G'B' to 64 channels, then PReLU.
 *
 *  With 3 input channels Winograd's transforms would cost more than they save, and the whole layer
 *  is 0.7 % of the FLOPs. A block of BLOCK_TILES pixels x PANEL channels stays in registers while
 *  the 9 x 27 inputs pass; neighbouring pixels overlap, so the inputs come from L1.
 */
#pragma once

#include "blocking.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

void convolve_head(const HeadRow& head) {
    for (int panel = 0; panel < CHANNELS; panel += PANEL)
        for (int x = 0; x < head.width; x += BLOCK_TILES) {
            Vector sum[BLOCK_TILES][BLOCK_VECTORS];
            UNROLL for (int t = 0; t < BLOCK_TILES; t++)
                UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
                    sum[t][c] = load(head.bias + panel + c * LANES);
            const float* weights = head.weights + (ptrdiff_t)panel * 9 * 27;
            for (int row = 0; row < 9; row++) {
                const float* values = head.rows[row] + (x - 4) * 3;
#pragma GCC unroll 1
                for (int column = 0; column < 9; column++, values += 3, weights += 3 * PANEL)
                    UNROLL for (int k = 0; k < 3; k++) {
                        Vector w[BLOCK_VECTORS];
                        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
                            w[c] = load(weights + k * PANEL + c * LANES);
                        UNROLL for (int t = 0; t < BLOCK_TILES; t++) {
                            const Vector value = broadcast(values[t * 3 + k]);
                            UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
                                sum[t][c] = add_product(value, w[c], sum[t][c]);
                        }
                    }
            }
            const int pixels = smaller(BLOCK_TILES, head.width - x);
            UNROLL for (int t = 0; t < BLOCK_TILES; t++)
                if (t < pixels)
                    UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) {
                        const int channel = panel + c * LANES;
                        store(head.output + (ptrdiff_t)(x + t) * CHANNELS + channel,
                              prelu(sum[t][c], load(head.slopes + channel)));
                    }
        }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
