/** Weights into the order of the products, anew in each step, and the gradient's sums back.
 *
 *  U = G g G^T for every pair of channels. Vectors run over the produced channels. Turned, for the
 *  gradient of the input, those are the layer's inputs, which lie side by side in PyTorch's
 *  channels-last memory; forward they are its outputs, and a part is transposed first.
 */
#pragma once

#include "tiles.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

constexpr int PART_CHANNELS = CHANNELS / PACKING_PARTS;
constexpr int TAPS = 9;

/** A pair of groups: output, input, and its place among all. */
struct Pair {
    int output, input, part;
};

INLINE Pair pair_of(const Filters& filters, int part) {
    const int pair = part / PACKING_PARTS;
    return {pair / filters.inputs, pair % filters.inputs, part % PACKING_PARTS};
}

/** Groups of the layer's inputs, from a tap to the next. */
INLINE int inputs_of(const Filters& filters) {
    return filters.stride == 2 ? filters.inputs / 4 : filters.inputs;
}

INLINE ptrdiff_t weight_at(const Filters& filters, const Pair& pair, int channel) {
    const ptrdiff_t output = OUTPUT_OF(filters.shuffled, pair.output, channel);
    const int inputs = inputs_of(filters);
    return (output * TAPS * inputs + pair.input % inputs) * CHANNELS;
}

/** Where row `row` and column `column` of a matrix is; of a pair of groups, at position 0. */
INLINE ptrdiff_t packed_at(int row, int column, int rows = CHANNELS) {
    return (ptrdiff_t)(column / PANEL * rows + row) * PANEL + column % PANEL;
}

/** Which of the 3 rows or columns of a filter is tap `i` of a phase, odd or even: output y reads
 *  the rows 2 y - 1 and 2 y + 1, of which the odd phase's tiles have y - 1 and y, and of the even
 *  phase row 2 y. Turned, the odd phase's two are swapped. -1: none. */
INLINE int tap_of_phase(int odd, int turned, int i) {
    if (!odd) return i == 0 ? 1 : -1;
    return (i == 0) == (turned == 0) ? 0 : 2;
}

/** The same for tap `i` of F's TAPS by TAPS, of 9. */
template <class F> INLINE int tap_of(const Filters& filters, const Pair& pair, int turned, int i) {
    if (F::TAPS == 3) return turned ? TAPS - 1 - i : i;
    const int phase = pair.input * 4 / filters.inputs;
    const int row = tap_of_phase(phase / 2, turned, i / 2);
    const int column = tap_of_phase(phase % 2, turned, i % 2);
    return row < 0 || column < 0 ? -1 : 3 * row + column;
}

/** Four floats whose places are any. */
typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

INLINE Four four(const float* from) { return *reinterpret_cast<const Four*>(from); }

/** to[j][i] = from[i][j], 4 x 4, rows `row` and `to_row` apart. */
INLINE void transpose_4(const float* from, ptrdiff_t row, float* to, ptrdiff_t to_row) {
    const Four a = four(from), b = four(from + row), c = four(from + 2 * row);
    const Four d = four(from + 3 * row);
    const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Four ab_2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Four cd_2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const auto put = [&](int j, Four line) { *reinterpret_cast<Four*>(to + j * to_row) = line; };
    put(0, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
    put(1, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
    put(2, __builtin_shufflevector(ab_2, cd_2, 0, 1, 4, 5));
    put(3, __builtin_shufflevector(ab_2, cd_2, 2, 3, 6, 7));
}

/** The part's 16 input channels of all outputs, whole lines of memory: lines[16][9][64 outputs]. */
INLINE void transpose(const Filters& filters, const Pair& pair, int first, float* lines) {
    const ptrdiff_t tap = (ptrdiff_t)inputs_of(filters) * CHANNELS;
    const ptrdiff_t row = weight_at(filters, pair, 1) - weight_at(filters, pair, 0);
    const float* weight = filters.weight + weight_at(filters, pair, 0) + first;
    for (int output = 0; output < CHANNELS; output += 4)
        for (int i = 0; i < TAPS; i++)
            for (int input = 0; input < PART_CHANNELS; input += 4)
                transpose_4(weight + output * row + i * tap + input, row,
                            lines + (input * TAPS + i) * CHANNELS + output, TAPS * CHANNELS);
}

/** Part `part` of all: sixteen rows (summed channels) of a pair's matrices, from `packed` on. */
template <class F>
void pack_part(const Filters& filters, int turned, int part, float* packed) {
    constexpr int FEWER = F::TAPS * F::TAPS;
    const Pair pair = pair_of(filters, part);
    const int first = pair.part * PART_CHANNELS;
    alignas(64) float lines[PART_CHANNELS * TAPS * CHANNELS];
    if (!turned) transpose(filters, pair, first, lines);
    for (int row = first; row < first + PART_CHANNELS; row++) {
        const float* weight = turned ? filters.weight + weight_at(filters, pair, row)
                                     : lines + (row - first) * TAPS * CHANNELS;
        const ptrdiff_t tap = turned ? (ptrdiff_t)inputs_of(filters) * CHANNELS : CHANNELS;
        for (int column = 0; column < CHANNELS; column += LANES) {
            Vector g[FEWER];
            UNROLL for (int i = 0; i < FEWER; i++) {
                const int from = tap_of<F>(filters, pair, turned, i);
                g[i] = from < 0 ? Vector{} : load_loose(weight + from * tap + column);
            }
            transform_filter<F>(g, packed + packed_at(row, column), MATRIX);
        }
    }
}

/** The same part of the gradient, from the slices' dU, whose filters are turned. */
template <class F>
void unpack_part(const Filters& filters, const float* sums, int slices, int part,
                 float* gradient) {
    constexpr int FEWER = F::TAPS * F::TAPS;
    const Pair pair = pair_of(filters, part);
    const int first = pair.part * PART_CHANNELS;
    const ptrdiff_t tap = (ptrdiff_t)inputs_of(filters) * CHANNELS;
    const ptrdiff_t pairs = (ptrdiff_t)filters.outputs * filters.inputs;
    const ptrdiff_t slice = pairs * F::SIDE * F::SIDE * MATRIX;
    for (int row = first; row < first + PART_CHANNELS; row++)
        for (int column = 0; column < CHANNELS; column += LANES) {
            Vector g[FEWER];
            gather_filter<F>(sums + packed_at(row, column), MATRIX, slices, slice, g);
            float* all = gradient + weight_at(filters, pair, row) + column;
            UNROLL for (int i = 0; i < FEWER; i++) {
                const int to = tap_of<F>(filters, pair, 1, i);
                if (to >= 0) store_loose(all + to * tap, g[i]);
            }
        }
}

/** Where a part's pair is among all pairs' matrices. */
INLINE ptrdiff_t pair_at(const Filters& filters, int part) {
    return (ptrdiff_t)(part / PACKING_PARTS) * (filters.stride == 2 ? 25 : 36) * MATRIX;
}

void pack(const Filters& filters, int turned, int part, float* packed) {
    const auto pack_one = filters.stride == 2 ? pack_part<F4x2> : pack_part<F4x3>;
    pack_one(filters, turned, part, packed + pair_at(filters, part));
}

void unpack(const Filters& filters, const float* sums, int slices, int part, float* gradient) {
    const auto unpack_one = filters.stride == 2 ? unpack_part<F4x2> : unpack_part<F4x3>;
    unpack_one(filters, sums + pair_at(filters, part), slices, part, gradient);
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
