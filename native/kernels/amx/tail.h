/** A block of the tail in bf16: 5x5, 4 planes of 64 channels to 12 outputs, of a tile's 16.
 *
 *  There is one tile of outputs, so that the block is 4 tiles of pixels, two rows of 32, and each
 *  load of weights (200 KB in all, from L2) serves four products.
 */
#pragma once

#include "convolution.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

INLINE void add_tail_block(const float* upper, const float* lower, const float* weights) {
    constexpr ptrdiff_t STEP = 4 * PIXEL;
    _tile_loadd(7, weights, 64);
    _tile_loadd(4, upper, STEP);
    _tile_dpbf16ps(0, 4, 7);
    _tile_loadd(5, upper + TILE * PIXEL, STEP);
    _tile_dpbf16ps(1, 5, 7);
    _tile_loadd(6, lower, STEP);
    _tile_dpbf16ps(2, 6, 7);
    _tile_loadd(4, lower + TILE * PIXEL, STEP);
    _tile_dpbf16ps(3, 4, 7);
}

/** Two rows of 32 positions, from row `y` on, into C. */
INLINE void add_taps(const Tail& layer, int y, int x) {
    const float* weights = layer.weights;
    for (int plane = 0; plane < 4; plane++)
        for (int row = -2; row <= 2; row++) {
            const float* rows[2];
            for (int i = 0; i < 2; i++) {
                rows[i] = row_of(layer.input, y + row + i);
                // the row of zeros has pixels for every column, but one plane only
                if (rows[i] != layer.input.zeros) rows[i] += plane * layer.plane;
                rows[i] += (x - 2) * PIXEL;
            }
            UNROLL for (int column = 0; column < 5; column++)
                UNROLL for (int half = 0; half < 2; half++) {
                    const int at = column * PIXEL + half * ROW;
                    add_tail_block(rows[0] + at, rows[1] + at, weights);
                    weights += TILE_MEMORY;
                }
        }
}

/** Lanes 0-5 are two pixels of the upper row of the result, 6-11 of the lower. */
INLINE void put_pixels(const Tail& layer, int y, int x, const float* block) {
    const int columns = smaller(ACROSS, layer.width - x);
    for (int i = 0; i < smaller(2, layer.end - y); i++) {
        float* upper = layer.output + 2 * (y + i - layer.first) * layer.output_stride + x * 6;
        for (int j = 0; j < columns; j++, upper += 6) {
            const __m512 value = (__m512)load(block + i * 2 * TILE_MEMORY + j * TILE);
            _mm512_mask_storeu_ps(upper, 0x03f, value);
            _mm512_mask_storeu_ps(upper + layer.output_stride - 6, 0xfc0, value);
        }
    }
}

void convolve_tail(const Tail& layer, int block, float* scratch) {
    const Tiles tiles;
    const int across = (layer.width + ACROSS - 1) / ACROSS;
    const int all = across * ((layer.end - layer.first + DOWN - 1) / DOWN);
    const int start = block * TAIL_TILES, end = smaller(start + TAIL_TILES, all);
    for (int tile = start; tile < end; tile++) {
        const int top = layer.first + tile / across * DOWN, x = tile % across * ACROSS;
        for (int y = top; y < smaller(top + DOWN, layer.end); y += 2) {
            _tile_loadd(0, layer.bias, 0);
            _tile_loadd(1, layer.bias, 0);
            _tile_loadd(2, layer.bias, 0);
            _tile_loadd(3, layer.bias, 0);
            add_taps(layer, y, x);
            store_block(scratch);
            put_pixels(layer, y, x, scratch);
        }
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
