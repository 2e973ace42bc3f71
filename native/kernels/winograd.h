/** Winograd's transforms: Y = A^T [ (G g G^T) * (B^T d B) ] A for tiles of 4x4 outputs.
 *
 *  d is a tile of inputs, SIDE x SIDE (6 for 3x3 filters, 8 for 5x5), neighbours STEP = 4 apart;
 *  g a filter, transformed once when weights are packed. B^T and A^T are never stored: with points
 *  in pairs +-p each pair shares its even and odd parts. A vector holds channels of one pixel.
 */
#pragma once

#include "blocking.h"
#include "../winograd_points.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

constexpr int STEP = 4;

template <int SIDE> struct Winograd;

/** F(4, 3), points 0, +-a, +-b, infinity with a = 1/sqrt(2), b = sqrt(2): ab = 1. */
template <> struct Winograd<6> {
    static constexpr float a = POINT_HALF_ROOT, b = POINT_ROOT;
    static constexpr float a2 = 0.5f, b2 = 2, sum = 2.5f;  // sum = a^2 + b^2
    static constexpr float a3 = 0.5 * POINT_HALF_ROOT, b3 = 2 * POINT_ROOT;

    /** v = B^T d: row i is the polynomial with all the points but the i-th as its roots. */
    INLINE static void input(const Vector* d, Vector* v) {
        v[0] = d[0] + less_product(broadcast(sum), d[2], d[4]);
        Vector even = less_product(broadcast(b2), d[2], d[4]);
        Vector odd = less_product(broadcast(b2), d[1], d[3]);
        v[1] = add_product(broadcast(a), odd, even);
        v[2] = less_product(broadcast(a), odd, even);
        even = less_product(broadcast(a2), d[2], d[4]);
        odd = less_product(broadcast(a2), d[1], d[3]);
        v[3] = add_product(broadcast(b), odd, even);
        v[4] = less_product(broadcast(b), odd, even);
        v[5] = d[1] + less_product(broadcast(sum), d[3], d[5]);
    }

    /** y = A^T m: row i sums the i-th powers of the points. */
    INLINE static void output(const Vector* m, Vector* y) {
        const Vector even_a = m[1] + m[2], odd_a = m[1] - m[2];
        const Vector even_b = m[3] + m[4], odd_b = m[3] - m[4];
        y[0] = m[0] + even_a + even_b;
        y[1] = add_product(broadcast(a), odd_a, broadcast(b) * odd_b);
        y[2] = add_product(broadcast(a2), even_a, broadcast(b2) * even_b);
        y[3] = add_product(broadcast(a3), odd_a, add_product(broadcast(b3), odd_b, m[5]));
    }
};

/** F(4, 5), points 0, +-1, +-2, +-1/2, infinity. */
template <> struct Winograd<8> {
    /** For the pair +-p, with q, r the other two: their squares' sum and product. */
    INLINE static void pair(const Vector* d, Vector* v, float p, float sum, float product) {
        const Vector even = add_product(
            broadcast(product), d[2], less_product(broadcast(sum), d[4], d[6]));
        const Vector odd = add_product(
            broadcast(product), d[1], less_product(broadcast(sum), d[3], d[5]));
        v[0] = add_product(broadcast(p), odd, even);
        v[1] = less_product(broadcast(p), odd, even);
    }

    INLINE static void input(const Vector* d, Vector* v) {
        // 1 + 4 + 1/4 = 5.25 = 1 * 4 + 1 * 1/4 + 4 * 1/4, and 1 * 4 * 1/4 = 1
        const Vector sum = broadcast(5.25f);
        v[0] = add_product(sum, d[2] - d[4], d[6] - d[0]);
        pair(d, v + 1, 1, 4.25f, 1);
        pair(d, v + 3, 2, 1.25f, 0.25f);
        pair(d, v + 5, 0.5f, 5, 4);
        v[7] = add_product(sum, d[3] - d[5], d[7] - d[1]);
    }

    INLINE static void output(const Vector* m, Vector* y) {
        const Vector even_1 = m[1] + m[2], odd_1 = m[1] - m[2];
        const Vector even_2 = m[3] + m[4], odd_2 = m[3] - m[4];
        const Vector even_h = m[5] + m[6], odd_h = m[5] - m[6];
        y[0] = (m[0] + even_1) + (even_2 + even_h);
        y[1] = add_product(broadcast(0.5f), odd_h, add_product(broadcast(2), odd_2, odd_1));
        y[2] = add_product(broadcast(0.25f), even_h, add_product(broadcast(4), even_2, even_1));
        y[3] = m[7] +
               add_product(broadcast(0.125f), odd_h, add_product(broadcast(8), odd_2, odd_1));
    }
};

/** v = B^T d B for `tiles` tiles side by side; `rows` are the SIDE input rows, `column` floats in.
 *
 *  Layout of v: position (i, j) at (i * SIDE + j) * stride, there tile after tile, 64 channels
 *  each. The next tile's new columns are fetched meanwhile: that was the largest single gain.
 */
template <int SIDE>
void transform_inputs(const float* const* rows, ptrdiff_t column, int tiles, float* v,
                      ptrdiff_t stride) {
    for (int tile = 0; tile < tiles; tile++, column += STEP * CHANNELS, v += CHANNELS)
        for (int part = 0; part < CHANNELS / LANES; part++) {
            const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
            UNROLL for (int i = 0; i < SIDE; i++)
                UNROLL for (int j = 0; j < STEP; j++)
                    if ((i * STEP + j) % LINE_VECTORS == 0)
                        prefetch_read(rows[i] + column + (SIDE + j + lane) * CHANNELS +
                                      line * LINE);
            Vector half[SIDE][SIDE];
            UNROLL for (int j = 0; j < SIDE; j++) {
                Vector d[SIDE], t[SIDE];
                UNROLL for (int i = 0; i < SIDE; i++)
                    d[i] = load(rows[i] + column + j * CHANNELS + part * LANES);
                Winograd<SIDE>::input(d, t);
                UNROLL for (int i = 0; i < SIDE; i++) half[i][j] = t[i];
            }
            UNROLL for (int i = 0; i < SIDE; i++) {
                Vector t[SIDE];
                Winograd<SIDE>::input(half[i], t);
                UNROLL for (int j = 0; j < SIDE; j++)
                    store(v + (i * SIDE + j) * stride + part * LANES, t[j]);
            }
        }
}

/** Half of y = A^T m A, for one vector of channels: half = A^T m, STEP x SIDE. */
template <int SIDE>
INLINE void transform_output_columns(const float* m, ptrdiff_t stride, Vector half[STEP][SIDE]) {
    UNROLL for (int j = 0; j < SIDE; j++) {
        Vector d[SIDE], t[STEP];
        UNROLL for (int i = 0; i < SIDE; i++) d[i] = load(m + (i * SIDE + j) * stride);
        Winograd<SIDE>::output(d, t);
        UNROLL for (int i = 0; i < STEP; i++) half[i][j] = t[i];
    }
}

/** The input rows of the row of tiles whose first output row is `row`, `above` rows higher. */
template <int SIDE> INLINE void input_rows(const Rows& input, int row, int above,
                                           const float* (&rows)[SIDE]) {
    for (int i = 0; i < SIDE; i++) {
        const int y = row - above + i;
        const bool inside = y >= 0 && y < input.end;
        rows[i] = inside ? input.rows + y % input.capacity * input.stride : input.zeros;
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
