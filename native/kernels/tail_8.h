/** The tail's product and way back with 8 lanes: two tiles' 24 outputs are three vectors.
 *
 *  M of 8 tiles: 8 vectors of outputs 0-7, then 4 of outputs 8-11 of two tiles each. For those the
 *  broadcasts of the two tiles' values are blended, a cheap operation, instead of a fourth product.
 */
#pragma once

#include "tail_tile.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Floats of M a tile and position. */
constexpr int TILE_FLOATS = 12;

/** Where M of the pair of tiles around `tile` holds outputs 8-11: after the 8 tiles' 0-7. */
constexpr int PAIRS = TAIL_BLOCK_TILES * LANES;

/** M = V U, or M += V U, for SUMMED inputs of TAIL_BLOCK_TILES tiles; `u` is SUMMED x 16. */
INLINE void multiply_tail(const float* __restrict v, const float* __restrict u,
                          float* __restrict m, bool accumulate, const float* next) {
    Vector single[8], pair[4];
    UNROLL for (int t = 0; t < 8; t++) single[t] = Vector{};
    UNROLL for (int t = 0; t < 4; t++) pair[t] = Vector{};
#pragma GCC unroll 1
    for (int k = 0; k < SUMMED; k += 2) {
        prefetch_read(next + k / 2 * LINE);
        UNROLL for (int step = k; step < k + 2; step++) {
            const Vector low = load(u + step * LINE), high = load(u + step * LINE + LANES);
            UNROLL for (int t = 0; t < 4; t++) {
                const Vector even = broadcast(v[2 * t * CHANNELS + step]);
                const Vector odd = broadcast(v[(2 * t + 1) * CHANNELS + step]);
                single[2 * t] = add_product(even, low, single[2 * t]);
                single[2 * t + 1] = add_product(odd, low, single[2 * t + 1]);
                const Vector both = (Vector)_mm256_blend_ps((__m256)even, (__m256)odd, 0xf0);
                pair[t] = add_product(both, high, pair[t]);
            }
        }
    }
    UNROLL for (int t = 0; t < 8; t++) put_sum(m + t * LANES, single[t], accumulate);
    UNROLL for (int t = 0; t < 4; t++) put_sum(m + PAIRS + t * LANES, pair[t], accumulate);
}

/** y = A^T m A + bias for each pair of tiles, to its pixels. */
INLINE void output_tail(const Tail& layer, const float* m, ptrdiff_t stride, int start, int tiles) {
    for (int t = 0; t < tiles; t += 2) {
        float y[2][STEP * STEP * 12];
        const float* block = m + t / TAIL_BLOCK_TILES * TAIL_BLOCK_TILES * TILE_FLOATS;
        const int in_block = t % TAIL_BLOCK_TILES;
        for (int part = 0; part < 3; part++) {  // the first tile's 0-7, the second's, both's 8-11
            const float* from = block + (part < 2 ? (in_block + part) * LANES
                                                  : PAIRS + in_block / 2 * LANES);
            const Vector bias = load(layer.bias + (part < 2 ? 0 : LANES));
            Vector half[STEP][8];
            transform_output_columns<8>(from, stride, half);
            UNROLL for (int i = 0; i < STEP; i++) {
                Vector row[STEP];
                Winograd<8>::output(half[i], row);
                UNROLL for (int j = 0; j < STEP; j++) {
                    const Vector value = row[j] + bias;
                    const int at = (i * STEP + j) * 12;
                    if (part < 2) {
                        __builtin_memcpy(y[part] + at, &value, 8 * sizeof(float));
                    } else {
                        const __m128 first = _mm256_castps256_ps128((__m256)value);
                        const __m128 second = _mm256_extractf128_ps((__m256)value, 1);
                        __builtin_memcpy(y[0] + at + 8, &first, sizeof first);
                        __builtin_memcpy(y[1] + at + 8, &second, sizeof second);
                    }
                }
            }
        }
        for (int odd = 0; odd < 2 && t + odd < tiles; odd++)
            place_pixels(tail_tile(layer, start + t + odd), layer.output_stride, y[odd]);
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
