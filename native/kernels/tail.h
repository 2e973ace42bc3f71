/** A block of tiles of the tail by F(4x4, 5x5): 4 planes of 64 channels to 12, 2x2 R'G'B' pixels.
 *
 *  The 9x9 convolution after the last shuffle, taken before it: a quarter of the positions. 12
 *  outputs do not fill vectors evenly, so the product and its layout of M depend on the width:
 *  tail_4.h, tail_8.h and tail_16.h give `TILE_FLOATS`, `multiply_tail` and `output_tail`.
 *  The four planes are summed at the 64 positions, so the way back is taken once.
 */
#pragma once

#if defined(__AVX512F__)
#include "tail_16.h"
#elif defined(__AVX2__)
#include "tail_8.h"
#else
#include "tail_4.h"
#endif

namespace fourfold::FOURFOLD_ISA {
namespace {

void convolve_tail(const Tail& layer, int block, float* scratch) {
    constexpr ptrdiff_t stride = position_stride(TAIL_TILES);
    constexpr ptrdiff_t product_stride = TAIL_TILES * TILE_FLOATS + LINE;
    constexpr ptrdiff_t position_weights = CHANNELS * LINE;
    const int across = (layer.width + STEP - 1) / STEP;
    const int all = across * ((layer.end - layer.first + STEP - 1) / STEP);
    const int start = block * TAIL_TILES, tiles = smaller(TAIL_TILES, all - start);
    float* v = scratch;
    float* m = scratch + SCRATCH_PRODUCTS;

    for (int plane = 0; plane < 4; plane++) {
        for (int done = 0, tile = start; done < tiles;) {
            const int run = smaller(tiles - done, across - tile % across);
            const float* rows[8];
            input_rows(layer.input, layer.first + tile / across * STEP, 2, rows);
            // the row of zeros has pixels for every column, but one plane only
            for (const float*& row : rows)
                if (row != layer.input.zeros) row += plane * layer.plane;
            const ptrdiff_t column = (ptrdiff_t)(tile % across * STEP - 2) * CHANNELS;
            transform_inputs<8>(rows, column, run, v + done * CHANNELS, stride);
            done += run;
            tile += run;
        }
        const float* u = layer.weights + plane * 64 * position_weights;
        for (int position = 0; position < 64; position++, u += position_weights)
            for (int tile = 0; tile < tiles; tile += TAIL_BLOCK_TILES) {
                const float* next = u + position_weights + tile / TAIL_BLOCK_TILES * 32 * LINE;
                float* to = m + position * product_stride + tile * TILE_FLOATS;
                for (int input = 0; input < CHANNELS; input += SUMMED)
                    multiply_tail(v + position * stride + tile * CHANNELS + input, u + input * LINE,
                                  to, plane + input > 0, next + input / 2 * LINE);
            }
    }
    output_tail(layer, m, product_stride, start, tiles);
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
