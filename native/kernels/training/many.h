/** The same layers where many groups meet few tiles: each pair's weights are transformed where they
 *  are needed.
 *
 *  The weights of 512 x 512 channels transformed are 37 MB. Packed at once they would be written to
 *  memory and read again for each block of tiles: on a processor whose L3 answers slowly that took
 *  as long as the products. Here the windows of all tiles are transformed first; then a group that
 *  is made takes all tiles of a large block, and pair after pair of groups its weights, U of 64 x 64
 *  channels, are made in L2 (0.6 MB beside M's 1.3 of 144 tiles), used once, and forgotten. The
 *  gradient of the weights is likewise summed pair after pair over all tiles.
 */
#pragma once

#include "convolution.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Block `number` of the tiles. */
struct Run {
    int start, tiles, whole;
    ptrdiff_t stride, group;  // from a position, and a group, to the next
};

template <class F> INLINE Run run_of(const Sizes& sizes, int in_block, int number) {
    const int start = number * in_block, tiles = smaller(in_block, all_tiles(sizes) - start);
    const ptrdiff_t stride = position_stride(in_block);
    return {start, tiles, rounded_up(tiles, BLOCK_TILES), stride, F::SIDE * F::SIDE * stride};
}

/** M += V U of one pair, or M = V U: V of one group against the weights that are packed at u. */
template <class F>
INLINE void multiply_pair(const Run& run, const Phase& phase, const float* v, const float* u,
                          float* m, bool add) {
    for (int p = 0; p < F::SIDE * F::SIDE; p++) {
        if (!has_position<F>(phase, p)) continue;
        // U is in L2; V comes from where the windows of all blocks are
        const auto product = add ? multiply<true> : multiply<false>;
        product(v + p * run.stride, u + p * MATRIX, m + p * run.stride, run.whole,
                v + (p + 1) * run.stride);
    }
}

template <class F>
INLINE void pack_pair(const Filters& filters, int turned, int output, int input, float* u) {
    const int first = (output * filters.inputs + input) * PACKING_PARTS;
    for (int part = 0; part < PACKING_PARTS; part++)
        pack_part<F>(filters, turned, first + part, u);
}

/** V of one group of one block. */
template <class F> void windows_of_inputs(const ForwardPass& pass, int number) {
    const int inputs = pass.sizes.inputs;
    const Run run = run_of<F>(pass.sizes, pass.tiles, number / inputs);
    input_windows<F>(pass, grid_of(pass.sizes), number % inputs, run.start, run.tiles,
                        pass.windows + number * run.group, run.stride);
}

/** One group of outputs of one block. */
template <class F> void make_outputs(const ForwardPass& pass, int number, float* u) {
    const int inputs = pass.sizes.inputs, outputs = pass.sizes.outputs;
    const int block = number / outputs, output = number % outputs;
    const Run run = run_of<F>(pass.sizes, pass.tiles, block);
    float* m = u + F::SIDE * F::SIDE * MATRIX;
    // the last group has all positions: first, it leaves none of M as it was
    for (int i = 0; i < inputs; i++) {
        const int input = inputs - 1 - i;
        pack_pair<F>(pass.filters, 0, output, input, u);
        multiply_pair<F>(run, phase_of(pass.sizes, input),
                            pass.windows + (block * inputs + input) * run.group, u, m, i > 0);
    }
    const auto put = pass.skip.pixels ? output_tiles<F, true> : output_tiles<F, false>;
    put(pass, grid_of(pass.sizes), output, run.start, run.tiles, m, run.stride);
}

/** V of one group of outputs of one block and the sums of its biases, or D of one of inputs. */
template <class F> void windows_of_gradients(const BackwardPass& pass, int number) {
    const int inputs = pass.sizes.inputs, outputs = pass.sizes.outputs;
    const int windows = pass.slices * outputs;
    const Grid grid = grid_of(pass.sizes);
    if (number >= windows) {
        number -= windows;
        const Run run = run_of<F>(pass.sizes, pass.tiles, number / inputs);
        input_tiles<F>(pass, grid, number % inputs, run.start, run.tiles,
                          pass.spread + number * run.group, run.stride);
        return;
    }
    alignas(64) float sums[CHANNELS] = {};
    const Run run = run_of<F>(pass.sizes, pass.tiles, number / outputs);
    gradient_windows<F>(pass, grid, number % outputs, run.start, run.tiles,
                           pass.windows + number * run.group, run.stride, sums);
    hand_over(sums, CHANNELS, pass.bias_sums + (ptrdiff_t)number * CHANNELS);
}

/** The gradient of one group of inputs of one block. */
template <class F> void make_gradients(const BackwardPass& pass, int number, float* u) {
    const int inputs = pass.sizes.inputs, outputs = pass.sizes.outputs;
    const int block = number / inputs, input = number % inputs;
    const Run run = run_of<F>(pass.sizes, pass.tiles, block);
    const Phase phase = phase_of(pass.sizes, input);
    float* m = u + F::SIDE * F::SIDE * MATRIX;
    alignas(64) float slope_sums[CHANNELS] = {};  // nobody asks
    for (int p = 0; p < F::SIDE * F::SIDE; p++)
        if (!has_position<F>(phase, p)) clear(m + p * run.stride, run.whole);
    for (int output = 0; output < outputs; output++) {
        pack_pair<F>(pass.filters, 1, output, input, u);
        multiply_pair<F>(run, phase, pass.windows + (block * outputs + output) * run.group, u, m,
                            output > 0);
    }
    put_gradients<F>(pass, grid_of(pass.sizes), input, run.start, run.tiles, m, run.stride,
                        slope_sums);
}

/** The gradient of one pair's weights. */
template <class F> void sum_weights(const BackwardPass& pass, int pair, float* u) {
    const int inputs = pass.sizes.inputs, outputs = pass.sizes.outputs;
    const int output = pair / inputs, input = pair % inputs;
    const Phase phase = phase_of(pass.sizes, input);
    for (int p = 0; p < F::SIDE * F::SIDE; p++) {
        if (!has_position<F>(phase, p)) continue;
        for (int block = 0; block < pass.slices; block++) {
            const Run run = run_of<F>(pass.sizes, pass.tiles, block);
            const float* v = pass.windows + (block * outputs + output) * run.group;
            const float* d = pass.spread + (block * inputs + input) * run.group;
            const auto sum = block ? sum_tiles<true> : sum_tiles<false>;
            sum(v + p * run.stride, d + p * run.stride, run.tiles, u + p * MATRIX);
        }
    }
    for (int part = 0; part < PACKING_PARTS; part++)
        unpack_part<F>(pass.filters, u, 1, pair * PACKING_PARTS + part, pass.weight_gradient);
}

/** A function for the form that a layer takes. */
#define OF_FORM(sizes, function)                                              \
    ((sizes).stride == 2 ? ((sizes).step == 3 ? function<F3x2> : function<F4x2>) \
                         : ((sizes).step == 3 ? function<F3x3> : function<F4x3>))

void forward_windows(const ForwardPass& pass, int number) {
    OF_FORM(pass.sizes, windows_of_inputs)(pass, number);
}

void forward_group(const ForwardPass& pass, int number, float* scratch) {
    OF_FORM(pass.sizes, make_outputs)(pass, number, scratch);
}

void backward_windows(const BackwardPass& pass, int number) {
    OF_FORM(pass.sizes, windows_of_gradients)(pass, number);
}

void backward_group(const BackwardPass& pass, int number, float* scratch) {
    OF_FORM(pass.sizes, make_gradients)(pass, number, scratch);
}

void backward_weights(const BackwardPass& pass, int pair, float* scratch) {
    OF_FORM(pass.sizes, sum_weights)(pass, pair, scratch);
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
