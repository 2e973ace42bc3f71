/** The tail's product and way back with 16 lanes: a tile's 12 outputs and 4 idle lanes. */
#pragma once

#include "tail_tile.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Floats of M a tile and position. */
constexpr int TILE_FLOATS = 16;

/** M = V U, or M += V U, for SUMMED inputs of TAIL_BLOCK_TILES tiles; `u` is SUMMED x 16. */
INLINE void multiply_tail(const float* __restrict v, const float* __restrict u,
                          float* __restrict m, bool accumulate, const float* next) {
    Vector sum[TAIL_BLOCK_TILES];
    UNROLL for (int t = 0; t < TAIL_BLOCK_TILES; t++) sum[t] = Vector{};
#pragma GCC unroll 1
    for (int k = 0; k < SUMMED; k += 2) {
        prefetch_read(next + k / 2 * LINE);
        UNROLL for (int step = k; step < k + 2; step++) {
            const Vector weights = load(u + step * LINE);
            UNROLL for (int t = 0; t < TAIL_BLOCK_TILES; t++)
                sum[t] = add_product(broadcast(v[t * CHANNELS + step]), weights, sum[t]);
        }
    }
    UNROLL for (int t = 0; t < TAIL_BLOCK_TILES; t++)
        put_sum(m + t * TILE_FLOATS, sum[t], accumulate);
}

/** y = A^T m A + bias; lanes 0-5 are two pixels of the upper row, 6-11 of the lower. */
INLINE void output_tail(const Tail& layer, const float* m, ptrdiff_t stride, int start, int tiles) {
    const Vector bias = load(layer.bias);
    for (int t = 0; t < tiles; t++) {
        Vector half[STEP][8];
        transform_output_columns<8>(m + t * TILE_FLOATS, stride, half);
        const TailTile tile = tail_tile(layer, start + t);
        for (int i = 0; i < tile.rows; i++) {
            Vector row[STEP];
            Winograd<8>::output(half[i], row);
            float* upper = tile.output + 2 * i * layer.output_stride;
            for (int j = 0; j < tile.columns; j++, upper += 6) {
                const __m512 value = (__m512)(row[j] + bias);
                _mm512_mask_storeu_ps(upper, 0x03f, value);
                _mm512_mask_storeu_ps(upper + layer.output_stride - 6, 0xfc0, value);
            }
        }
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
