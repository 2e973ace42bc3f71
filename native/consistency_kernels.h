/** What consistency.cpp asks of the loops over rows, which are compiled for each instruction set.
 *
 *  A row is values side by side, `channels` a pixel; pixels left and right of the picture are there
 *  as far as a loop looks. Every product is rounded before it is added, so that all instruction
 *  sets, those without a fused multiply-add too, give the same bytes.
 */
#pragma once

#include "kernels.h"

namespace fourfold {

/** Rows begin on a cache line and are a whole number of these long: loops have no rest. */
constexpr int ROW_BLOCK = 64;

struct RowKernels {
    const char* name;

    /** out = gain * addend + sum over t of weights[t] * rows[t]; `count` in whole ROW_BLOCKs. The
     *  addend may be `out`. */
    void (*add_rows)(const float* const* rows, const float* weights, int taps, const float* addend,
                     float gain, int count, float* out);

    /** out[x] = sum over t of weights[t] * row[step * x + t], of pixels. */
    void (*reduce_row)(const float* row, const float* weights, int taps, int step, int channels,
                       int pixels, float* out);

    /** out[step * x + p] = sum over t of weights[4 p + t] * row[x + offset[p] + t], of pixels. */
    void (*enlarge_row)(const float* row, const float* weights, const int* offset, int step,
                        int channels, int pixels, float* out);

    /** out[x] = sum over t of weights[9 x + t] * row[x + t], of pixels. */
    void (*filter_row)(const float* row, const float* weights, int channels, int pixels,
                       float* out);
};

namespace baseline {
extern const RowKernels row_kernels;
}
namespace avx2 {
extern const RowKernels row_kernels;
}
namespace avx512 {
extern const RowKernels row_kernels;
}
namespace neon {
extern const RowKernels row_kernels;
}

}  // namespace fourfold
