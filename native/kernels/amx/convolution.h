/** A block of a 3x3 convolution in bf16: direct, nine taps of 64 inputs by tile products.
 *
 *  Maps are bf16, channels last, so that 16 neighbouring pixels are the rows of A just as they lie in
 *  memory, and a tap is another address: nothing is rearranged. The weights of 32 outputs are 36
 *  KB: they stay in L1 while the block's pixels pass, 32 at a time, which come from L2.
 */
#pragma once

#include "tiles.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Row `y` of a map, or zeros outside it. */
INLINE const float* row_of(const Rows& rows, int y) {
    const bool inside = y >= 0 && y < rows.end;
    return inside ? rows.rows + y % rows.capacity * rows.stride : rows.zeros;
}

void convolve(const Convolution& layer, int block, float* scratch) {
    const Tiles tiles;
    const int across = (layer.width + ACROSS - 1) / ACROSS;
    const int all = across * ((layer.end - layer.first + DOWN - 1) / DOWN);
    const int block_tiles = layer.groups == 1 ? TRUNK_TILES : UPSAMPLE_TILES;
    const int start = block * block_tiles, end = smaller(start + block_tiles, all);
    for (int part = 0; part < 2 * layer.groups; part++) {
        const float* bias = layer.bias + part * 2 * TILE;
        const float* slopes = layer.slopes ? layer.slopes + part * 2 * TILE : nullptr;
        const int group = part / 2;
        for (int tile = start; tile < end; tile++) {
            const int top = layer.first + tile / across * DOWN, x = tile % across * ACROSS;
            for (int y = top; y < smaller(top + DOWN, layer.end); y++) {
                const float* weights = layer.weights + (ptrdiff_t)part * 36 * TILE_MEMORY;
                begin_block(bias);
                for (int row = -1; row <= 1; row++) {
                    const float* pixels = row_of(layer.input, y + row) + (x - 1) * PIXEL;
                    UNROLL for (int column = 0; column < 3; column++)
                        UNROLL for (int half = 0; half < 2; half++) {
                            add_block(pixels + column * PIXEL + half * ROW, 4 * PIXEL, weights);
                            weights += 2 * TILE_MEMORY;
                        }
                }
                store_block(scratch);
                const Target& out = layer.output;
                float* to = out.rows + (out.step * y + out.phase[group]) % out.capacity * out.stride +
                            out.offset[group] + x * out.pixel + part % 2 * ROW;
                finish_block(scratch, slopes, to, out.pixel, smaller(ACROSS, layer.width - x));
            }
        }
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
