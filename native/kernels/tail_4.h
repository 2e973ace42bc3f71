/** The tail's product and way back with 4 lanes: a tile's 12 outputs are three vectors. */
#pragma once

#include "tail_tile.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Floats of M a tile and position. */
constexpr int TILE_FLOATS = 12;

/** Tiles in registers: 4 x 3 accumulators, 3 vectors of weights and a broadcast are 16. */
constexpr int TILES_AT_ONCE = 4;

/** M = V U, or M += V U, for SUMMED inputs of TAIL_BLOCK_TILES tiles; `u` is SUMMED x 16. */
INLINE void multiply_tail(const float* __restrict v, const float* __restrict u,
                          float* __restrict m, bool accumulate, const float* next) {
    for (int tile = 0; tile < TAIL_BLOCK_TILES; tile += TILES_AT_ONCE) {
        Vector sum[TILES_AT_ONCE][3];
        UNROLL for (int t = 0; t < TILES_AT_ONCE; t++)
            UNROLL for (int c = 0; c < 3; c++) sum[t][c] = Vector{};
        const float* values = v + tile * CHANNELS;
#pragma GCC unroll 1
        for (int k = 0; k < SUMMED; k += 4) {
            prefetch_read(next + (tile * 2 + k / 4) * LINE);
            UNROLL for (int step = k; step < k + 4; step++) {
                Vector weights[3];
                UNROLL for (int c = 0; c < 3; c++) weights[c] = load(u + step * LINE + c * LANES);
                UNROLL for (int t = 0; t < TILES_AT_ONCE; t++) {
                    const Vector value = broadcast(values[t * CHANNELS + step]);
                    UNROLL for (int c = 0; c < 3; c++)
                        sum[t][c] = add_product(value, weights[c], sum[t][c]);
                }
            }
        }
        UNROLL for (int t = 0; t < TILES_AT_ONCE; t++)
            UNROLL for (int c = 0; c < 3; c++)
                put_sum(m + (tile + t) * TILE_FLOATS + c * LANES, sum[t][c], accumulate);
    }
}

/** y = A^T m A + bias, to its pixels. */
INLINE void output_tail(const Tail& layer, const float* m, ptrdiff_t stride, int start, int tiles) {
    for (int t = 0; t < tiles; t++) {
        alignas(LINE * sizeof(float)) float y[STEP * STEP * 12];
        for (int part = 0; part < 3; part++) {
            const Vector bias = load(layer.bias + part * LANES);
            Vector half[STEP][8];
            transform_output_columns<8>(m + t * TILE_FLOATS + part * LANES, stride, half);
            UNROLL for (int i = 0; i < STEP; i++) {
                Vector row[STEP];
                Winograd<8>::output(half[i], row);
                UNROLL for (int j = 0; j < STEP; j++)
                    store(y + (i * STEP + j) * 12 + part * LANES, row[j] + bias);
            }
        }
        place_pixels(tail_tile(layer, start + t), layer.output_stride, y);
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
