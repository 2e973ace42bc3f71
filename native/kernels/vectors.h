/** A vector of floats as wide as the instruction set has, and the few operations on it.
 *
 *  Contraction is off (-ffp-contract=off) and every fused multiply-add is written out, so that a
 *  lane computes the same whatever its vector's width: AVX2, AVX-512 and NEON give the same bytes.
 *  Everything here is in an unnamed namespace: see kernels.h.
 */
#pragma once

#include <cstddef>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif
#define INLINE [[gnu::always_inline]] inline

namespace fourfold::FOURFOLD_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef float Vector __attribute__((vector_size(LANES * sizeof(float)), may_alias));

/** Floats of a cache line, and vectors. */
constexpr int LINE = 16, LINE_VECTORS = LINE / LANES;

INLINE Vector load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
INLINE void store(float* to, Vector value) { *reinterpret_cast<Vector*>(to) = value; }

#if defined(__AVX512F__)
INLINE Vector broadcast(float value) { return (Vector)_mm512_set1_ps(value); }
/** a * b + c and c - a * b, rounded once. */
INLINE Vector add_product(Vector a, Vector b, Vector c) {
    return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
INLINE Vector less_product(Vector a, Vector b, Vector c) {
    return (Vector)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
#elif defined(__AVX2__)
INLINE Vector broadcast(float value) { return (Vector)_mm256_set1_ps(value); }
/** a * b + c and c - a * b, rounded once. */
INLINE Vector add_product(Vector a, Vector b, Vector c) {
    return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
INLINE Vector less_product(Vector a, Vector b, Vector c) {
    return (Vector)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
#elif defined(__ARM_NEON)
INLINE Vector broadcast(float value) { return (Vector)vdupq_n_f32(value); }
/** a * b + c and c - a * b, rounded once. */
INLINE Vector add_product(Vector a, Vector b, Vector c) {
    return (Vector)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
INLINE Vector less_product(Vector a, Vector b, Vector c) {
    return (Vector)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#else
INLINE Vector broadcast(float value) { return Vector{value, value, value, value}; }
/** a * b + c and c - a * b, rounded twice: this instruction set has no fused multiply-add. */
INLINE Vector add_product(Vector a, Vector b, Vector c) { return a * b + c; }
INLINE Vector less_product(Vector a, Vector b, Vector c) { return c - a * b; }
#endif

/** PReLU for slopes of any value, negative and above 1 too. */
INLINE Vector prelu(Vector value, Vector slopes) { return value > 0 ? value : value * slopes; }

/** Hint that a line is about to be read, or written. */
INLINE void prefetch_read(const float* line) { __builtin_prefetch(line, 0, 3); }
INLINE void prefetch_write(float* line) { __builtin_prefetch(line, 1, 3); }

INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE int rounded_up(int value, int step) { return (value + step - 1) / step * step; }

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
