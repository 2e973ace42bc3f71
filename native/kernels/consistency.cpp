/** Weighted sums of rows and along rows; compiled once for each instruction set.
 *
 *  Bound by memory: a row of the result is 4 taps of rows that lie in L2, one of the reduced
 *  picture 16 taps for 4 rows. The sums of a few vectors stay in registers while the taps pass; what goes
 *  along a row has a quarter of the values or a quarter of the taps, and is plain loops.
 */
#include "../consistency_kernels.h"
#include "vectors.h"

#define NAME_OF(isa) #isa
#define NAME(isa) NAME_OF(isa)

namespace fourfold::FOURFOLD_ISA {
namespace {

constexpr int BLOCK_SUMS = LANES == 16 ? 4 : 8;
constexpr int BLOCK_FLOATS = BLOCK_SUMS * LANES;
static_assert(ROW_BLOCK % BLOCK_FLOATS == 0);

void add_rows(const float* const* rows, const float* weights, int taps, const float* addend,
              float gain, int count, float* out) {
    for (int start = 0; start < count; start += BLOCK_FLOATS) {
        Vector sum[BLOCK_SUMS];
        UNROLL for (int v = 0; v < BLOCK_SUMS; v++)
            sum[v] = broadcast(gain) * load(addend + start + v * LANES);
        for (int t = 0; t < taps; t++) {
            const Vector weight = broadcast(weights[t]);
            UNROLL for (int v = 0; v < BLOCK_SUMS; v++)
                sum[v] += weight * load(rows[t] + start + v * LANES);
        }
        UNROLL for (int v = 0; v < BLOCK_SUMS; v++) store(out + start + v * LANES, sum[v]);
    }
}

template <int N>
INLINE void reduce_pixels(const float* row, const float* weights, int taps, int step, int pixels,
                          float* out) {
    for (int x = 0; x < pixels; x++, row += step * N) {
        float sum[N] = {};
        for (int t = 0; t < taps; t++)
            for (int c = 0; c < N; c++) sum[c] += weights[t] * row[t * N + c];
        for (int c = 0; c < N; c++) *out++ = sum[c];
    }
}

void reduce_row(const float* row, const float* weights, int taps, int step, int channels,
                int pixels, float* out) {
    if (channels == 1)
        reduce_pixels<1>(row, weights, taps, step, pixels, out);
    else
        reduce_pixels<3>(row, weights, taps, step, pixels, out);
}

void enlarge_row(const float* row, const float* weights, const int* offset, int step, int channels,
                 int pixels, float* out) {
    for (int x = 0; x < pixels; x++, row += channels)
        for (int p = 0; p < step; p++) {
            const float* taps = row + offset[p] * channels;
            const float* w = weights + 4 * p;
            for (int c = 0; c < channels; c++, taps++)
                *out++ = ((w[0] * taps[0] + w[1] * taps[channels]) + w[2] * taps[2 * channels]) +
                         w[3] * taps[3 * channels];
        }
}

void filter_row(const float* row, const float* weights, int channels, int pixels, float* out) {
    for (int x = 0; x < pixels; x++, weights += 9)
        for (int c = 0; c < channels; c++, row++) {
            float sum = 0;
            for (int t = 0; t < 9; t++) sum += weights[t] * row[t * channels];
            *out++ = sum;
        }
}

}  // namespace

extern const RowKernels row_kernels = {
    NAME(FOURFOLD_ISA), add_rows, reduce_row, enlarge_row, filter_row,
};

}  // namespace fourfold::FOURFOLD_ISA
