/** A result made consistent with its input: reduced by the exact bicubic, it is the input again.
 *
 *  With R the reduction and E the enlargement by the cubic (a = -0.5, antialiased, edge pixels
 *  repeated), both linear and unrounded, two passes of result += E(input - R(result)) are
 *
 *      c = input - R(result),   result + E(2 c - R E c)
 *
 *  so that the large picture is reduced once, and R E is a filter of 9x9 taps of the small one. All
 *  are separable. Then the result is clamped and rounded, and reduced once more to measure how well
 *  it held.
 *
 *  Rows in the input's count, once N came with their `scale` rows of the result each:
 *
 *      c              N - 2    the reduction looks 2 rows on, and as far back
 *      2 c - R E c    N - 6    4
 *      the result     N - 8    2: the halo of 8
 *      its reduction  N - 10   2
 */
#pragma once

#include <cstdint>
#include <vector>

#include "consistency_kernels.h"
#include "memory.h"
#include "pixels.h"
#include "pool.h"

namespace fourfold {

/** A ring of rows, pixel 0 on a cache line, with room for pixels left and right. */
struct RowRing {
    int capacity;
    ptrdiff_t stride;
    Floats floats;

    RowRing(int values, int rows)
        : capacity(rows),
          stride((values + ROW_BLOCK - 1) / ROW_BLOCK * ROW_BLOCK + 2 * ROW_BLOCK),
          floats(zeros(static_cast<size_t>(stride) * rows)) {}

    float* row(int64_t y) const { return floats.get() + y % capacity * stride + ROW_BLOCK; }
    /** All values and the rest of the last block. */
    int count() const { return static_cast<int>(stride) - 2 * ROW_BLOCK; }
};

class Consistency {
public:
    /** A picture of `width` pixels of `channels`, 1 or 3, and its result, `scale` (2, 4, 8) times
     *  as large. Allocates what it needs; throws std::bad_alloc. */
    Consistency(const RowKernels& kernels, int width, int channels, int scale, int threads);

    bool ended() const { return ended_; }
    int values() const { return width_ * channels_; }
    int scale() const { return scale_; }
    int64_t received_rows() const { return input_rows_; }
    int64_t received_result_rows() const { return result_rows_; }

    /** Rows of the result that a push of `rows` of them will give. */
    int64_t ready(int64_t rows, bool last) const;

    /** Takes rows of the input and of the result: `scale` of these for each of those, but for less
     *  than `scale` more until the last. Writes those that are ready, of `type`. */
    void push(const float* input, int64_t input_rows, const float* result, int64_t result_rows,
              PixelType type, bool last, void* out);

    /** Mean square of what is missing between the input and the result reduced, in [0, 1]^2. */
    double error() const { return measured_ ? squares_ / measured_ / values() : 0; }

private:
    /** What is done with the rows that are there; the place after what was written. */
    unsigned char* process(PixelType type, bool last, unsigned char* out);
    void reduce_to(int64_t row, int64_t height, int thread, float* out);
    void difference(int64_t row, int64_t height, int thread);
    void correct(int64_t row, int64_t height, int thread);
    void finish(int64_t row, int64_t height, PixelType type, unsigned char* out);
    double measure(int64_t row, int64_t height, int thread);

    const RowKernels& kernels_;
    int width_, channels_, scale_, threads_;
    std::vector<float> reducing_;   // [4 scale]
    std::vector<float> enlarging_;  // [scale][4]
    std::vector<int> offset_;       // [scale]: where an enlarged phase begins to look
    std::vector<float> filtering_;  // [width][9]: R E along a row
    RowRing input_, result_, differences_, filtered_, enlarged_;
    RowRing wide_, narrow_;  // a row for each thread, of the result's and of the input's width
    std::vector<double> errors_;
    int64_t input_rows_ = 0, result_rows_ = 0;
    int64_t different_ = 0, corrected_ = 0, finished_ = 0, measured_ = 0;
    double squares_ = 0;
    bool ended_ = false;
};

}  // namespace fourfold
