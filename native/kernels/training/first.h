/** The gradients of a judge's first convolution, 3x3 from R'G'B' to 64 channels.
 *
 *  Windows of 27 values are too small for a transform to pay, but are rows of a product. Those of a
 *  run of pixels, and a one for the bias, lie side by side: turned, times the gradient, they are
 *  the gradients of weights and bias; and the gradient times the turned weights is what each pixel
 *  adds to all of its window.
 */
#pragma once

#include "packing.h"
#include "sums.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

constexpr int COLOURS = 3, REACH = 3 * COLOURS;         // values of a window's row
constexpr int WINDOW = 3 * REACH, VALUES = WINDOW + 1;  // the last is the bias's one
/** Columns of the turned weights: a window's, then idle ones. */
constexpr int TURNED = larger(32, PANEL);
constexpr int RUN_PIXELS = 48;  // at a time, so that all of theirs is in L1
static_assert(RUN_PIXELS % BLOCK_TILES == 0 && FIRST_WEIGHTS >= CHANNELS * TURNED &&
              FIRST_SUMS == VALUES * CHANNELS && FIRST_SCRATCH == 2 * RUN_PIXELS * CHANNELS);

/** The weights [64][27] turned, as columns of a product. */
void pack_first(const float* weight, float* packed) {
    for (int i = 0; i < FIRST_WEIGHTS; i++) packed[i] = 0;
    for (int output = 0; output < CHANNELS; output++)
        for (int value = 0; value < WINDOW; value++)
            packed[packed_at(output, value)] = weight[output * WINDOW + value];
}

/** The gradients of weights and bias, each of which may be null, from the sums of all bands. */
void unpack_first(const float* sums, int bands, float* weight, float* bias) {
    for (int output = 0; output < CHANNELS; output++)
        for (int value = 0; value < VALUES; value++) {
            double sum = 0;
            for (int band = 0; band < bands; band++)
                sum += sums[(ptrdiff_t)band * FIRST_SUMS + packed_at(value, output, VALUES)];
            if (value == WINDOW && bias)
                bias[output] = (float)sum;
            else if (value < WINDOW && weight)
                weight[output * WINDOW + value] = (float)sum;
        }
}

/** The rows of a band of an image: [first, end). */
struct Band {
    int image, first, end;
};

INLINE Band band_of(const FirstPass& pass, int number) {
    const int in_image = (pass.height + FIRST_ROWS - 1) / FIRST_ROWS;
    const int first = number % in_image * FIRST_ROWS;
    return {number / in_image, first, smaller(first + FIRST_ROWS, pass.height)};
}

INLINE ptrdiff_t pixel_of(const FirstPass& pass, int image, int row, int column) {
    return ((ptrdiff_t)image * pass.height + row) * pass.width + column;
}

/** Row `row` of the windows of `count` pixels from `column` on. */
INLINE void window_rows(const FirstPass& pass, int image, int row, int column, int count,
                        float* v) {
    const bool is_inside = row >= 0 && row < pass.height;
    const float* from = pass.input + pixel_of(pass, image, row, column - 1) * COLOURS;
    const auto put = [&](int t, int j) {
        const int x = column + t + j - 1;
        for (int c = j * COLOURS; c < (j + 1) * COLOURS; c++)
            v[t * CHANNELS + c] = is_inside && x >= 0 && x < pass.width ? from[t * COLOURS + c] : 0;
    };
    const int last = count - 1;
    for (int t = 1; t < last; t++)
        if (is_inside)
            __builtin_memcpy(v + t * CHANNELS, from + t * COLOURS, REACH * sizeof(float));
        else
            __builtin_memset(v + t * CHANNELS, 0, REACH * sizeof(float));
    for (int j = 0; j < 3; j++) {
        put(0, j);
        put(last, j);
    }
}

/** The windows of `count` pixels from `column` of a row on. */
INLINE void windows_of(const FirstPass& pass, int image, int row, int column, int count, float* v) {
    for (int t = 0; t < count; t++) v[t * CHANNELS + WINDOW] = 1;
    for (int i = 0; i < 3; i++) window_rows(pass, image, row + i - 1, column, count, v + i * REACH);
}

/** Adds what the pixels of a run give to a band's rows, which have a pixel more at each end. */
INLINE void add_windows(const float* given, int count, int row, int column, const Band& band,
                        ptrdiff_t band_row, float* sums) {
    for (int i = 0; i < 3; i++) {
        const int y = row + i - 1;
        if (y < band.first || y >= band.end) continue;
        float* to = sums + (y - band.first) * band_row + column * COLOURS;
        for (int t = 0; t < count; t++)
            for (int c = 0; c < REACH; c++)
                to[t * COLOURS + c] += given[t * CHANNELS + i * REACH + c];
    }
}

/** All gradients of a band: a row above and below it reach into it. */
void first_backward(const FirstPass& pass, int number, float* v) {
    float *g = v + RUN_PIXELS * CHANNELS, *rows = v + FIRST_SCRATCH;
    float* sums = pass.sums ? pass.sums + (ptrdiff_t)number * FIRST_SUMS : nullptr;
    const Band band = band_of(pass, number);
    const ptrdiff_t band_row = (ptrdiff_t)(pass.width + 2) * COLOURS;
    for (ptrdiff_t i = 0; pass.input_gradient && i < (band.end - band.first) * band_row; i++)
        rows[i] = 0;
    for (int i = 0; sums && i < FIRST_SUMS; i++) sums[i] = 0;
    const int around = pass.input_gradient ? 1 : 0;
    const int end = smaller(band.end + around, pass.height);
    for (int row = band.first - smaller(around, band.first); row < end; row++)
        for (int column = 0; column < pass.width; column += RUN_PIXELS) {
            const int count = smaller(RUN_PIXELS, pass.width - column);
            const float* from = pass.gradient + pixel_of(pass, band.image, row, column) * CHANNELS;
            for (int i = 0; i < count * CHANNELS; i += LANES) store(g + i, load_loose(from + i));
            if (sums && row >= band.first && row < band.end) {
                windows_of(pass, band.image, row, column, count, v);
                sum_tiles<true, VALUES>(v, g, count, sums);
            }
            if (!pass.input_gradient) continue;
            const int whole = rounded_up(count, BLOCK_TILES);
            multiply<false, CHANNELS, TURNED>(g, pass.weights, v, whole, g);
            add_windows(v, count, row, column, band, band_row, rows);
        }
    for (int row = band.first; pass.input_gradient && row < band.end; row++) {
        float* to = pass.input_gradient + pixel_of(pass, band.image, row, 0) * COLOURS;
        const float* from = rows + (row - band.first) * band_row + COLOURS;
        for (int i = 0; i < pass.width * COLOURS; i++) to[i] = from[i];
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
