#include "training_layers.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "buffers.h"
#include "pool.h"
#include "processor.h"

namespace fourfold {

static constexpr int GROUP_SLOTS = 37, TAIL_SLOTS = 64, TILE_PIXELS = 4;

/** Most slices of a backward pass; each has sums of its own, so that the gradient does not depend
 *  on which threads there are. Their number follows from the layer's size alone. */
static constexpr int MOST_SLICES = 8, TILES_A_SLICE = 72, MOST_SUMS = 64;

const TrainingKernels* find_training_kernels(const char* name) {
#if defined(__x86_64__)
    static const TrainingKernels* const all[] = {&avx512::training_kernels, &avx2::training_kernels,
                                                 &baseline::training_kernels};
#elif defined(__aarch64__)
    static const TrainingKernels* const all[] = {&neon::training_kernels};
#else
    static const TrainingKernels* const all[] = {&baseline::training_kernels};
#endif
    for (const TrainingKernels* kernels : all)
        if (std::strcmp(kernels->name, name) == 0 && find_kernels(name)) return kernels;
    return nullptr;  // unknown here, or with no training kernels of its own, as for bf16
}

/** Pointers into what is read only are never written through. */
static Maps dense(const float* pixels, const Sizes& sizes, int groups) {
    const ptrdiff_t pixel = (ptrdiff_t)groups * CHANNELS, row = sizes.width * pixel;
    return {const_cast<float*>(pixels), sizes.height * row, row, pixel, groups, 0, CHANNELS};
}

/** The four phases of an image twice as large. */
static Maps phases(const float* pixels, const Sizes& sizes) {
    const ptrdiff_t row = (ptrdiff_t)2 * sizes.width * CHANNELS;
    return {const_cast<float*>(pixels), 2 * sizes.height * row, 2 * row, 2 * CHANNELS,
            2,                          row,                    CHANNELS};
}

static int tiles_of(const Sizes& sizes) {
    const auto along = [](int side) { return (side + TILE_PIXELS - 1) / TILE_PIXELS; };
    return sizes.images * along(sizes.height) * along(sizes.width);
}

static int divided_up(int value, int by) { return (value + by - 1) / by; }

/** Tiles a block, where blocks are independent of each other: as many blocks for each thread. */
static int fair_block(int tiles, int most, int threads) {
    const int rounds = divided_up(divided_up(tiles, most), threads);
    return divided_up(divided_up(tiles, rounds * threads), TILES_TOGETHER) * TILES_TOGETHER;
}

static size_t position_floats(int tiles) { return static_cast<size_t>(tiles) * CHANNELS + 16; }

/** How many slices, each of which needs room for the sums of `pairs` pairs of groups. */
static int slices_of(const Sizes& sizes, int pairs) {
    const int by_tiles = std::min(MOST_SLICES, tiles_of(sizes) / TILES_A_SLICE);
    return std::max(1, std::min(by_tiles, MOST_SUMS / pairs));
}

static size_t matrices(const Sizes& sizes) {
    return static_cast<size_t>(36) * MATRIX * sizes.inputs * sizes.outputs;
}

static Task packing(const TrainingKernels& kernels, const Filters& filters, int turned,
                    float* packed) {
    return {filters.inputs * filters.outputs * PACKING_PARTS,
            [=, &kernels](int part, int) { kernels.pack(filters, turned, part, packed); }};
}

void run_forward(const TrainingKernels& kernels, const fourfold_training_forward& layer) {
    const Sizes sizes{layer.images, layer.height, layer.width, layer.inputs / CHANNELS,
                      layer.outputs / CHANNELS};
    const int tiles = tiles_of(sizes);
    const int block = fair_block(tiles, kernels.most_tiles(sizes), layer.threads);
    const int blocks = divided_up(tiles, block), threads = std::min(layer.threads, blocks);
    const size_t scratch = GROUP_SLOTS * position_floats(block) * (sizes.inputs + 1);
    const Lent packed(matrices(sizes)), all_scratch(scratch * threads);
    const Filters filters{layer.weight, sizes.inputs, sizes.outputs, layer.shuffled};
    std::vector<float> bias(layer.bias ? layer.outputs : 0);
    for (size_t i = 0; i < bias.size(); i++)
        bias[i] = layer.bias[OUTPUT_OF(layer.shuffled, i / CHANNELS, i % CHANNELS)];
    const ForwardPass pass{sizes,
                           block,
                           dense(layer.input, sizes, sizes.inputs),
                           layer.slopes,
                           packed.get(),
                           layer.bias ? bias.data() : nullptr,
                           dense(layer.skip, sizes, sizes.outputs),
                           layer.shuffled ? phases(layer.output, sizes)
                                          : dense(layer.output, sizes, sizes.outputs)};
    Pool::shared().run(threads, {packing(kernels, filters, 0, packed.get()),
                                 {blocks, [&](int number, int thread) {
                                      kernels.forward(pass, number,
                                                      all_scratch.get() + thread * scratch);
                                  }}});
}

/** sum[i] = the sum of doubles[slice][i] over the slices. */
static std::vector<double> sum_slices(const std::vector<double>& doubles, int slices) {
    const size_t count = doubles.size() / slices;
    std::vector<double> sum(count);
    for (int slice = 0; slice < slices; slice++)
        for (size_t i = 0; i < count; i++) sum[i] += doubles[slice * count + i];
    return sum;
}

void run_backward(const TrainingKernels& kernels, const fourfold_training_backward& layer) {
    const Sizes sizes{layer.images, layer.height, layer.width, layer.inputs / CHANNELS,
                      layer.outputs / CHANNELS};
    const bool summed = layer.weight_gradient || layer.bias_gradient || layer.slope_gradient;
    const int most = kernels.most_tiles(sizes), tiles = tiles_of(sizes);
    const int block = summed ? most : fair_block(tiles, most, layer.threads);
    const int slices = summed ? slices_of(sizes, sizes.inputs * sizes.outputs)
                              : divided_up(tiles, block);
    const int threads = std::min(layer.threads, slices);
    const size_t scratch = GROUP_SLOTS * position_floats(block) * (2 * sizes.inputs + 1);
    const Lent packed(layer.input_gradient ? matrices(sizes) : 0);
    const Lent sums(layer.weight_gradient ? matrices(sizes) * slices : 0);
    const Lent all_scratch(scratch * threads);
    std::vector<double> bias_sums(static_cast<size_t>(slices) * layer.outputs);
    std::vector<double> slope_sums(layer.slopes ? static_cast<size_t>(slices) * layer.inputs : 0);
    const Filters filters{layer.weight, sizes.inputs, sizes.outputs, layer.shuffled};
    const BackwardPass pass{sizes,
                            block,
                            slices,
                            layer.shuffled ? phases(layer.gradient, sizes)
                                           : dense(layer.gradient, sizes, sizes.outputs),
                            dense(layer.input, sizes, sizes.inputs),
                            layer.slopes,
                            packed.get(),
                            dense(layer.skip, sizes, sizes.inputs),
                            dense(layer.input_gradient, sizes, sizes.inputs),
                            sums.get(),
                            bias_sums.data(),
                            slope_sums.data()};
    std::vector<Task> tasks;
    if (packed.get()) tasks.push_back(packing(kernels, filters, 1, packed.get()));
    tasks.push_back({slices, [&](int slice, int thread) {
                         kernels.backward(pass, slice, all_scratch.get() + thread * scratch);
                     }});
    if (sums.get())
        tasks.push_back({filters.inputs * filters.outputs * PACKING_PARTS, [&](int part, int) {
                             kernels.unpack(filters, sums.get(), slices, part,
                                            layer.weight_gradient);
                         }});
    Pool::shared().run(threads, tasks);
    if (layer.bias_gradient) {
        const std::vector<double> sum = sum_slices(bias_sums, slices);
        for (size_t i = 0; i < sum.size(); i++)
            layer.bias_gradient[OUTPUT_OF(layer.shuffled, i / CHANNELS, i % CHANNELS)] =
                static_cast<float>(sum[i]);
    }
    if (layer.slope_gradient) {
        const std::vector<double> sum = sum_slices(slope_sums, slices);
        for (size_t i = 0; i < sum.size(); i++)
            layer.slope_gradient[i] = static_cast<float>(sum[i]);
    }
}

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
    return {tail.images, tail.height / 2, tail.width / 2, 1, 1};
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
