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

INLINE ptrdiff_t weight_at(const Filters& filters, const Pair& pair, int channel) {
    const ptrdiff_t output = OUTPUT_OF(filters.shuffled, pair.output, channel);
    return (output * TAPS * filters.inputs + pair.input) * CHANNELS;
}

/** Where row `row` and column `column` of the pair's matrix is, at position 0. */
INLINE ptrdiff_t packed_at(int row, int column) {
    return (ptrdiff_t)(column / PANEL * CHANNELS + row) * PANEL + column % PANEL;
}

/** 8 input channels of all outputs: lines[8][9][64 outputs]. */
INLINE void transpose(const Filters& filters, const Pair& pair, int first, float* lines) {
    const ptrdiff_t tap = (ptrdiff_t)filters.inputs * CHANNELS;
    for (int output = 0; output < CHANNELS; output++) {
        const float* weight = filters.weight + weight_at(filters, pair, output) + first;
        for (int i = 0; i < TAPS; i++)
            for (int input = 0; input < PART_CHANNELS; input++)
                lines[(input * TAPS + i) * CHANNELS + output] = weight[i * tap + input];
    }
}

/** Part `part` of all: eight rows (summed channels) of a pair's 36 matrices. */
void pack(const Filters& filters, int turned, int part, float* packed) {
    const Pair pair = pair_of(filters, part);
    const int first = pair.part * PART_CHANNELS;
    alignas(64) float lines[PART_CHANNELS * TAPS * CHANNELS];
    if (!turned) transpose(filters, pair, first, lines);
    packed += (ptrdiff_t)(part / PACKING_PARTS) * 36 * MATRIX;
    for (int row = first; row < first + PART_CHANNELS; row++) {
        const float* weight = turned ? filters.weight + weight_at(filters, pair, row)
                                     : lines + (row - first) * TAPS * CHANNELS;
        const ptrdiff_t tap = turned ? (ptrdiff_t)filters.inputs * CHANNELS : CHANNELS;
        for (int column = 0; column < CHANNELS; column += LANES) {
            Vector g[TAPS];
            UNROLL for (int i = 0; i < TAPS; i++)
                g[i] = load_loose(weight + (turned ? TAPS - 1 - i : i) * tap + column);
            transform_filter<6>(g, packed + packed_at(row, column), MATRIX);
        }
    }
}

/** The same part of the gradient, from the slices' dU, whose filters are turned. */
void unpack(const Filters& filters, const float* sums, int slices, int part, float* gradient) {
    const Pair pair = pair_of(filters, part);
    const int first = pair.part * PART_CHANNELS;
    const ptrdiff_t tap = (ptrdiff_t)filters.inputs * CHANNELS;
    const ptrdiff_t slice = (ptrdiff_t)filters.outputs * filters.inputs * 36 * MATRIX;
    sums += (ptrdiff_t)(part / PACKING_PARTS) * 36 * MATRIX;
    for (int row = first; row < first + PART_CHANNELS; row++)
        for (int column = 0; column < CHANNELS; column += LANES) {
            Vector g[TAPS];
            gather_filter<6>(sums + packed_at(row, column), MATRIX, slices, slice, g);
            float* to = gradient + weight_at(filters, pair, row) + column;
            UNROLL for (int i = 0; i < TAPS; i++) store_loose(to + (TAPS - 1 - i) * tap, g[i]);
        }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
