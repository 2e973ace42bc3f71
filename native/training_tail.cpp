/** The 9x9 tail: its filters seen from the phases of the last shuffle, and its passes. */
#include <cstring>

#include "buffers.h"
#include "pool.h"
#include "training_layers.h"
#include "training_shapes.h"

namespace fourfold {

static constexpr int TAIL_SLOTS = 64;

/** The 9x9 filters seen from the four phases: calls `each(of the phases, of the 9x9)`, places in
 *  [12][25][256] and [3][9][9][64]. Phase (i, j) of the input reaches phase (p, q) of the output by
 *  taps of equal parity. */
template <class Each> static void for_phases(const Each& each) {
    for (int output = 0; output < 12; output++) {
        const int p = output / 6, q = output / 3 % 2, colour = output % 3;
        for (int row = 0; row < 9; row++)
            for (int column = 0; column < 9; column++) {
                const int y = p + row + 4, x = q + column + 4;  // from 8 rows above: 2 y' + i
                const int phase = y % 2 * 2 + x % 2, tap = (y / 2 - 2) * 5 + x / 2 - 2;
                each((output * 25 + tap) * 4 * CHANNELS + phase * CHANNELS,
                     ((colour * 9 + row) * 9 + column) * CHANNELS);
            }
    }
}

static constexpr size_t PHASE_FLOATS = 12 * 25 * 4 * CHANNELS;

static void pack_phases(const TrainingKernels& kernels, const float* weight, int turned,
                        float* packed) {
    const Lent filters(PHASE_FLOATS);
    std::memset(filters.get(), 0, PHASE_FLOATS * sizeof(float));
    for_phases([&](int phase, int whole) {
        std::memcpy(filters.get() + phase, weight + whole, CHANNELS * sizeof(float));
    });
    kernels.pack_tail(filters.get(), turned, packed);
}

/** Sizes before the last shuffle. */
static Sizes tail_sizes(const fourfold_training_tail& tail) {
    return {tail.images, tail.height / 2, tail.width / 2, 1, 1, 1, 4};
}

static size_t tail_scratch(const TrainingKernels& kernels) {
    return TAIL_SLOTS * (position_floats(kernels.tail_tiles) +
                         static_cast<size_t>(kernels.tail_tiles) * 16 + 16);
}

void run_tail_forward(const TrainingKernels& kernels, const fourfold_training_tail& tail) {
    const Sizes sizes = tail_sizes(tail);
    const int blocks = divided_up(tiles_of(sizes), kernels.tail_tiles);
    const int threads = std::min(tail.threads, blocks);
    const size_t scratch = tail_scratch(kernels);
    const Lent packed(4 * 64 * TAIL_MATRIX), all_scratch(scratch * threads);
    float bias[16] = {};
    for (int i = 0; i < 12; i++) bias[i] = tail.bias[i % 3];
    pack_phases(kernels, tail.weight, 0, packed.get());
    TailPass pass{};
    pass.sizes = sizes;
    pass.input = phases(tail.input, sizes);
    pass.slopes = tail.slopes;
    pass.weights = packed.get();
    pass.bias = bias;
    pass.pixels = tail.output;
    Pool::shared().run(threads, {{blocks, [&](int block, int thread) {
                                      kernels.tail_forward(pass, block,
                                                           all_scratch.get() + thread * scratch);
                                  }}});
}

void run_tail_backward(const TrainingKernels& kernels, const fourfold_training_tail& tail) {
    const Sizes sizes = tail_sizes(tail);
    const int slices = slices_of(sizes, 1), threads = std::min(tail.threads, slices);
    const size_t scratch = tail_scratch(kernels), matrix = 4 * 64 * TURNED_TAIL_MATRIX;
    const Lent packed(matrix), sums(matrix * slices), all_scratch(scratch * threads);
    const Lent filters(PHASE_FLOATS);
    std::vector<double> bias_sums(slices * 16), slope_sums(slices * CHANNELS);
    pack_phases(kernels, tail.weight, 1, packed.get());
    const TailPass pass{sizes,
                        phases(tail.input, sizes),
                        tail.slopes,
                        packed.get(),
                        nullptr,
                        const_cast<float*>(tail.gradient),
                        slices,
                        phases(tail.input_gradient, sizes),
                        sums.get(),
                        bias_sums.data(),
                        slope_sums.data()};
    Pool::shared().run(threads, {{slices, [&](int slice, int thread) {
                                      kernels.tail_backward(pass, slice,
                                                            all_scratch.get() + thread * scratch);
                                  }}});
    kernels.unpack_tail(sums.get(), slices, filters.get());
    std::memset(tail.weight_gradient, 0, 3 * 81 * CHANNELS * sizeof(float));
    for_phases([&](int phase, int whole) {
        for (int c = 0; c < CHANNELS; c++)
            tail.weight_gradient[whole + c] += filters.get()[phase + c];
    });
    const std::vector<double> bias = sum_slices(bias_sums, slices);
    for (int i = 0; i < 3; i++)
        tail.bias_gradient[i] =
            static_cast<float>(bias[i] + bias[3 + i] + bias[6 + i] + bias[9 + i]);
    const std::vector<double> slopes = sum_slices(slope_sums, slices);
    for (int i = 0; tail.slope_gradient && i < CHANNELS; i++)
        tail.slope_gradient[i] = static_cast<float>(slopes[i]);
}

}  // namespace fourfold
