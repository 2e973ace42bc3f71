/** The forms of Winograd's algorithm for stride 2, whose phases meet filters of two taps or one,
 *  and for sides that tiles of 4 cover badly. See transforms.h.
 *
 *  A filter of one tap, the first, has nothing at the last position, infinity; and no other row of
 *  B^T reaches the window's last pixel.
 */
#pragma once

#include "transforms.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** F(4, 2), points +-a, +-b, infinity with ab = 1 as in F(4, 3), whose 0 is left out. */
struct F4x2 {
    static constexpr int STEP = 4, TAPS = 2, SIDE = 5;
    using F = Winograd<6>;
    static constexpr float over_a = -2 * POINT_HALF_ROOT / 3, over_b = POINT_HALF_ROOT / 3;
    static constexpr float a_over_a = -1.0 / 3, b_over_b = 1.0 / 3;

    INLINE static void input(const Vector* d, Vector* v) {
        Vector even = less_product(broadcast(F::b2), d[0], d[2]);
        Vector odd = less_product(broadcast(F::b2), d[1], d[3]);
        v[0] = add_product(broadcast(F::a), even, odd);
        v[1] = less_product(broadcast(F::a), even, odd);
        even = less_product(broadcast(F::a2), d[0], d[2]);
        odd = less_product(broadcast(F::a2), d[1], d[3]);
        v[2] = add_product(broadcast(F::b), even, odd);
        v[3] = less_product(broadcast(F::b), even, odd);
        v[4] = d[0] + less_product(broadcast(F::sum), d[2], d[4]);
    }

    INLINE static void output(const Vector* m, Vector* y) {
        const Vector even_a = m[0] + m[1], odd_a = m[0] - m[1];
        const Vector even_b = m[2] + m[3], odd_b = m[2] - m[3];
        y[0] = even_a + even_b;
        y[1] = add_product(broadcast(F::a), odd_a, broadcast(F::b) * odd_b);
        y[2] = add_product(broadcast(F::a2), even_a, broadcast(F::b2) * even_b);
        y[3] = add_product(broadcast(F::a3), odd_a, add_product(broadcast(F::b3), odd_b, m[4]));
    }

    INLINE static void spread(const Vector* x, Vector* v) {
        Vector even = add_product(broadcast(F::a2), x[2], x[0]);
        Vector odd = add_product(broadcast(F::a3), x[3], broadcast(F::a) * x[1]);
        v[0] = even + odd;
        v[1] = even - odd;
        even = add_product(broadcast(F::b2), x[2], x[0]);
        odd = add_product(broadcast(F::b3), x[3], broadcast(F::b) * x[1]);
        v[2] = even + odd;
        v[3] = even - odd;
        v[4] = x[3];
    }

    /** The divisors of +p and -p differ in their sign. */
    INLINE static void filter(const Vector* g, Vector* u) {
        Vector even = broadcast(a_over_a) * g[1], odd = broadcast(over_a) * g[0];
        u[0] = even + odd;
        u[1] = even - odd;
        even = broadcast(b_over_b) * g[1];
        odd = broadcast(over_b) * g[0];
        u[2] = even + odd;
        u[3] = even - odd;
        u[4] = g[1];
    }

    INLINE static void gather(const Vector* u, Vector* g) {
        g[0] = add_product(broadcast(over_a), u[0] - u[1], broadcast(over_b) * (u[2] - u[3]));
        g[1] = u[4] + add_product(broadcast(a_over_a), u[0] + u[1],
                                  broadcast(b_over_b) * (u[2] + u[3]));
    }
};

/** F(3, 3), for sides that tiles of 4 cover badly; points and B^T are those of F(4, 2). */
struct F3x3 {
    static constexpr int STEP = 3, TAPS = 3, SIDE = 5;
    using F = Winograd<6>;
    static constexpr float over_a = F4x2::over_a, over_b = F4x2::over_b;
    static constexpr float a_over_a = F4x2::a_over_a, b_over_b = F4x2::b_over_b;

    INLINE static void input(const Vector* d, Vector* v) { F4x2::input(d, v); }

    INLINE static void output(const Vector* m, Vector* y) {
        const Vector even_a = m[0] + m[1], even_b = m[2] + m[3];
        y[0] = even_a + even_b;
        y[1] = add_product(broadcast(F::a), m[0] - m[1], broadcast(F::b) * (m[2] - m[3]));
        y[2] = m[4] + add_product(broadcast(F::a2), even_a, broadcast(F::b2) * even_b);
    }

    INLINE static void spread(const Vector* x, Vector* v) {
        Vector even = add_product(broadcast(F::a2), x[2], x[0]), odd = broadcast(F::a) * x[1];
        v[0] = even + odd;
        v[1] = even - odd;
        even = add_product(broadcast(F::b2), x[2], x[0]);
        odd = broadcast(F::b) * x[1];
        v[2] = even + odd;
        v[3] = even - odd;
        v[4] = x[2];
    }

    INLINE static void filter(const Vector* g, Vector* u) {
        Vector even = broadcast(a_over_a) * g[1];
        Vector odd = broadcast(over_a) * add_product(broadcast(F::a2), g[2], g[0]);
        u[0] = even + odd;
        u[1] = even - odd;
        even = broadcast(b_over_b) * g[1];
        odd = broadcast(over_b) * add_product(broadcast(F::b2), g[2], g[0]);
        u[2] = even + odd;
        u[3] = even - odd;
        u[4] = g[2];
    }

    INLINE static void gather(const Vector* u, Vector* g) {
        const Vector odd_a = broadcast(over_a) * (u[0] - u[1]);
        const Vector odd_b = broadcast(over_b) * (u[2] - u[3]);
        g[0] = odd_a + odd_b;
        g[1] = add_product(broadcast(a_over_a), u[0] + u[1], broadcast(b_over_b) * (u[2] + u[3]));
        g[2] = u[4] + add_product(broadcast(F::a2), odd_a, broadcast(F::b2) * odd_b);
    }
};

/** F(3, 2), points 0, +-1, infinity. */
struct F3x2 {
    static constexpr int STEP = 3, TAPS = 2, SIDE = 4;

    INLINE static void input(const Vector* d, Vector* v) {
        v[0] = d[2] - d[0];
        v[1] = d[2] + d[1];
        v[2] = d[2] - d[1];
        v[3] = d[3] - d[1];
    }

    INLINE static void output(const Vector* m, Vector* y) {
        y[0] = m[0] + (m[1] + m[2]);
        y[1] = m[1] - m[2];
        y[2] = m[3] + (m[1] + m[2]);
    }

    INLINE static void spread(const Vector* x, Vector* v) {
        v[0] = x[0];
        v[1] = (x[0] + x[2]) + x[1];
        v[2] = (x[0] + x[2]) - x[1];
        v[3] = x[2];
    }

    INLINE static void filter(const Vector* g, Vector* u) {
        u[0] = Vector{} - g[0];
        u[1] = broadcast(0.5f) * (g[0] + g[1]);
        u[2] = broadcast(0.5f) * (g[0] - g[1]);
        u[3] = g[1];
    }

    INLINE static void gather(const Vector* u, Vector* g) {
        g[0] = broadcast(0.5f) * (u[1] + u[2]) - u[0];
        g[1] = broadcast(0.5f) * (u[1] - u[2]) + u[3];
    }
};

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
