/** The transforms of Winograd's algorithm that training adds: of filters, and the gradients'.
 *
 *  With Y = A^T [ (G g G^T) * (B^T d B) ] A the gradient of a filter is G^T [ (B^T dY B) * (A x A^T)
 *  ] G, turned by 180 degrees: the roles are swapped, the 4x4 tiles of the input are what the filter
 *  was. So B^T dY B serves both gradients.
 *
 *  Each form F(STEP, TAPS) has five transforms along a side, of SIDE = STEP + TAPS - 1 positions:
 *  input B^T, output A^T, filter G, and for gradients spread A and gather G^T.
 */
#pragma once

#include "../winograd.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** F(4, 3): see Winograd<6>. G divides by the products of the points' differences: 1 for 0. */
struct F4x3 {
    static constexpr int STEP = 4, TAPS = 3, SIDE = 6;
    using Forward = Winograd<6>;
    static constexpr float over_a = -2.0 / 3, over_b = 1.0 / 6;
    static constexpr float a_over_a = over_a * POINT_HALF_ROOT, b_over_b = over_b * POINT_ROOT;

    INLINE static void input(const Vector* d, Vector* v) { Forward::input(d, v); }
    INLINE static void output(const Vector* m, Vector* y) { Forward::output(m, y); }

    /** v = A x: 4 -> 6. */
    INLINE static void spread(const Vector* x, Vector* v) {
        using F = Forward;
        Vector even = add_product(broadcast(F::a2), x[2], x[0]);
        Vector odd = add_product(broadcast(F::a3), x[3], broadcast(F::a) * x[1]);
        v[0] = x[0];
        v[1] = even + odd;
        v[2] = even - odd;
        even = add_product(broadcast(F::b2), x[2], x[0]);
        odd = add_product(broadcast(F::b3), x[3], broadcast(F::b) * x[1]);
        v[3] = even + odd;
        v[4] = even - odd;
        v[5] = x[3];
    }

    /** u = G g: 3 -> 6. */
    INLINE static void filter(const Vector* g, Vector* u) {
        Vector even = broadcast(over_a) * add_product(broadcast(Forward::a2), g[2], g[0]);
        Vector odd = broadcast(a_over_a) * g[1];
        u[0] = g[0];
        u[1] = even + odd;
        u[2] = even - odd;
        even = broadcast(over_b) * add_product(broadcast(Forward::b2), g[2], g[0]);
        odd = broadcast(b_over_b) * g[1];
        u[3] = even + odd;
        u[4] = even - odd;
        u[5] = g[2];
    }

    /** g = G^T u: 6 -> 3. */
    INLINE static void gather(const Vector* u, Vector* g) {
        const Vector even_a = broadcast(over_a) * (u[1] + u[2]);
        const Vector even_b = broadcast(over_b) * (u[3] + u[4]);
        g[0] = u[0] + (even_a + even_b);
        g[1] = add_product(broadcast(a_over_a), u[1] - u[2], broadcast(b_over_b) * (u[3] - u[4]));
        g[2] = u[5] + add_product(broadcast(Forward::a2), even_a, broadcast(Forward::b2) * even_b);
    }
};

/** F(4, 5): see Winograd<8>. */
struct F4x5 {
    static constexpr int STEP = 4, TAPS = 5, SIDE = 8;
    static constexpr float over_1 = -2.0 / 9, over_2 = 1.0 / 90, over_h = 32.0 / 45;

    INLINE static void input(const Vector* d, Vector* v) { Winograd<8>::input(d, v); }
    INLINE static void output(const Vector* m, Vector* y) { Winograd<8>::output(m, y); }

    INLINE static void pair(Vector even, Vector odd, Vector* v) {
        v[0] = even + odd;
        v[1] = even - odd;
    }

    INLINE static void spread(const Vector* x, Vector* v) {
        v[0] = x[0];
        pair(x[0] + x[2], x[1] + x[3], v + 1);
        pair(add_product(broadcast(4), x[2], x[0]),
             add_product(broadcast(8), x[3], broadcast(2) * x[1]), v + 3);
        pair(add_product(broadcast(0.25f), x[2], x[0]),
             add_product(broadcast(0.125f), x[3], broadcast(0.5f) * x[1]), v + 5);
        v[7] = x[3];
    }

    INLINE static void filter(const Vector* g, Vector* u) {
        u[0] = Vector{} - g[0];
        pair(broadcast(over_1) * (g[0] + g[2] + g[4]), broadcast(over_1) * (g[1] + g[3]), u + 1);
        filter_pair(g, 2, over_2, u + 3);
        filter_pair(g, 0.5f, over_h, u + 5);
        u[7] = g[4];
    }

    INLINE static void filter_pair(const Vector* g, float p, float over, Vector* u) {
        const float p2 = p * p;
        const Vector even = add_product(
            broadcast(p2 * p2), g[4], add_product(broadcast(p2), g[2], g[0]));
        const Vector odd = add_product(broadcast(p2 * p), g[3], broadcast(p) * g[1]);
        pair(broadcast(over) * even, broadcast(over) * odd, u);
    }

    INLINE static void gather(const Vector* u, Vector* g) {
        const Vector even_1 = broadcast(over_1) * (u[1] + u[2]);
        const Vector even_2 = broadcast(over_2) * (u[3] + u[4]);
        const Vector even_h = broadcast(over_h) * (u[5] + u[6]);
        const Vector odd_1 = broadcast(over_1) * (u[1] - u[2]);
        const Vector odd_2 = broadcast(over_2) * (u[3] - u[4]);
        const Vector odd_h = broadcast(over_h) * (u[5] - u[6]);
        g[0] = (even_1 - u[0]) + (even_2 + even_h);
        g[1] = odd_1 + add_product(broadcast(2), odd_2, broadcast(0.5f) * odd_h);
        g[2] = even_1 + add_product(broadcast(4), even_2, broadcast(0.25f) * even_h);
        g[3] = odd_1 + add_product(broadcast(8), odd_2, broadcast(0.125f) * odd_h);
        g[4] = u[7] + even_1 + add_product(broadcast(16), even_2, broadcast(0.0625f) * even_h);
    }
};

/** u = G g G^T, `stride` floats from a position to the next; g[TAPS * TAPS]. */
template <class F> INLINE void transform_filter(const Vector* g, float* u, ptrdiff_t stride) {
    constexpr int TAPS = F::TAPS, SIDE = F::SIDE;
    Vector half[SIDE][TAPS];
    UNROLL for (int j = 0; j < TAPS; j++) {
        Vector d[TAPS], t[SIDE];
        UNROLL for (int i = 0; i < TAPS; i++) d[i] = g[i * TAPS + j];
        F::filter(d, t);
        UNROLL for (int i = 0; i < SIDE; i++) half[i][j] = t[i];
    }
    UNROLL for (int i = 0; i < SIDE; i++) {
        Vector t[SIDE];
        F::filter(half[i], t);
        UNROLL for (int j = 0; j < SIDE; j++) store(u + (i * SIDE + j) * stride, t[j]);
    }
}

/** g = G^T u G, u summed over `slices`, `slice` floats apart. */
template <class F>
INLINE void gather_filter(const float* u, ptrdiff_t stride, int slices, ptrdiff_t slice,
                          Vector* g) {
    constexpr int TAPS = F::TAPS, SIDE = F::SIDE;
    Vector half[TAPS][SIDE];
    UNROLL for (int j = 0; j < SIDE; j++) {
        Vector d[SIDE], t[TAPS];
        UNROLL for (int i = 0; i < SIDE; i++) d[i] = load(u + (i * SIDE + j) * stride);
        for (int s = 1; s < slices; s++)
            UNROLL for (int i = 0; i < SIDE; i++)
                d[i] += load(u + s * slice + (i * SIDE + j) * stride);
        F::gather(d, t);
        UNROLL for (int i = 0; i < TAPS; i++) half[i][j] = t[i];
    }
    UNROLL for (int i = 0; i < TAPS; i++) F::gather(half[i], g + i * TAPS);
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
