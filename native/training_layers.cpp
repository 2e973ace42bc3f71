#include "training_layers.h"

#include <cstring>

#include "buffers.h"
#include "pool.h"
#include "processor.h"
#include "training_shapes.h"

namespace fourfold {

static constexpr int GROUP_SLOTS = 37;

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

/** Tiles a block, where blocks are independent of each other: as many blocks for each thread. */
static int fair_block(int tiles, int most, int threads) {
    const int rounds = divided_up(divided_up(tiles, most), threads);
    return divided_up(divided_up(tiles, rounds * threads), TILES_TOGETHER) * TILES_TOGETHER;
}

static size_t matrices(const Sizes& sizes) {
    return static_cast<size_t>(36) * MATRIX * sizes.inputs * sizes.outputs;
}

/** Blocks of tasks that pack a layer's weights. */
static int parts_of(const Filters& filters) {
    return filters.inputs * filters.outputs * PACKING_PARTS;
}

/** A layer's forward pass, and what it needs. */
struct ForwardPlan {
    Filters filters;
    int blocks, threads;
    size_t scratch;  // floats a thread
    std::vector<float> bias;
    ForwardPass pass;
};

static ForwardPlan plan(const TrainingKernels& kernels, const fourfold_training_forward& layer) {
    const Sizes sizes{layer.images, layer.height, layer.width, layer.inputs / CHANNELS,
                      layer.outputs / CHANNELS};
    const int tiles = tiles_of(sizes);
    const int block = fair_block(tiles, kernels.most_tiles(sizes), layer.threads);
    const int blocks = divided_up(tiles, block);
    std::vector<float> bias(layer.bias ? layer.outputs : 0);
    for (size_t i = 0; i < bias.size(); i++)
        bias[i] = layer.bias[OUTPUT_OF(layer.shuffled, i / CHANNELS, i % CHANNELS)];
    const ForwardPass pass{sizes,
                           block,
                           dense(layer.input, sizes, sizes.inputs),
                           layer.slopes,
                           nullptr,
                           layer.bias ? bias.data() : nullptr,
                           dense(layer.skip, sizes, sizes.outputs),
                           layer.shuffled ? phases(layer.output, sizes)
                                          : dense(layer.output, sizes, sizes.outputs)};
    return {{layer.weight, sizes.inputs, sizes.outputs, layer.shuffled},
            blocks,
            std::min(layer.threads, blocks),
            GROUP_SLOTS * position_floats(block) * (sizes.inputs + 1),
            std::move(bias),  // its numbers stay where they are
            pass};
}

/** Each layer's weights are packed beside the blocks of the layer before it. */
void run_forward(const TrainingKernels& kernels, const fourfold_training_forward* layers,
                 int count) {
    std::vector<ForwardPlan> plans;
    size_t most_packed = 0, scratch = 0;
    int threads = 1;
    for (int i = 0; i < count; i++) {
        plans.push_back(plan(kernels, layers[i]));
        most_packed = std::max(most_packed, matrices(plans[i].pass.sizes));
        scratch = std::max(scratch, plans[i].scratch);
        threads = std::max(threads, plans[i].threads);
    }
    const Lent even(most_packed), odd(count > 1 ? most_packed : 0), all_scratch(scratch * threads);
    float* const packed[] = {even.get(), odd.get()};
    const auto pack = [&](int i, int part) {
        kernels.pack(plans[i].filters, 0, part, packed[i % 2]);
    };
    std::vector<Task> tasks{{parts_of(plans[0].filters), [&](int part, int) { pack(0, part); }}};
    for (int i = 0; i < count; i++) {
        plans[i].pass.weights = packed[i % 2];
        const int blocks = plans[i].blocks;
        const int parts = i + 1 < count ? parts_of(plans[i + 1].filters) : 0;
        tasks.push_back({blocks + parts, [&, i, blocks](int number, int thread) {
                             if (number < blocks)
                                 kernels.forward(plans[i].pass, number,
                                                 all_scratch.get() + thread * scratch);
                             else
                                 pack(i + 1, number - blocks);
                         }});
    }
    Pool::shared().run(threads, tasks);
}

/** A layer's backward pass, and what it needs. */
struct BackwardPlan {
    const fourfold_training_backward* layer;
    Filters filters;
    int packed_parts, summed_parts, threads;
    size_t scratch, packed, sums;  // floats: a thread's, and of both kinds of weights
    std::vector<double> bias_sums, slope_sums;
    BackwardPass pass;
};

static BackwardPlan plan(const TrainingKernels& kernels, const fourfold_training_backward& layer) {
    const Sizes sizes{layer.images, layer.height, layer.width, layer.inputs / CHANNELS,
                      layer.outputs / CHANNELS};
    const bool summed = layer.weight_gradient || layer.bias_gradient || layer.slope_gradient;
    const int most = kernels.most_tiles(sizes), tiles = tiles_of(sizes);
    const int block = summed ? most : fair_block(tiles, most, layer.threads);
    const int slices = summed ? slices_of(sizes, sizes.inputs * sizes.outputs)
                              : divided_up(tiles, block);
    const Filters filters{layer.weight, sizes.inputs, sizes.outputs, layer.shuffled};
    std::vector<double> bias_sums(static_cast<size_t>(slices) * layer.outputs);
    std::vector<double> slope_sums(layer.slopes ? static_cast<size_t>(slices) * layer.inputs : 0);
    const BackwardPass pass{sizes,
                            block,
                            slices,
                            layer.shuffled ? phases(layer.gradient, sizes)
                                           : dense(layer.gradient, sizes, sizes.outputs),
                            dense(layer.input, sizes, sizes.inputs),
                            layer.slopes,
                            nullptr,
                            dense(layer.skip, sizes, sizes.inputs),
                            dense(layer.input_gradient, sizes, sizes.inputs),
                            nullptr,
                            bias_sums.data(),
                            slope_sums.data()};
    return {&layer,
            filters,
            layer.input_gradient ? parts_of(filters) : 0,
            layer.weight_gradient ? parts_of(filters) : 0,
            std::min(layer.threads, slices),
            GROUP_SLOTS * position_floats(block) * (2 * sizes.inputs + 1),
            layer.input_gradient ? matrices(sizes) : 0,
            layer.weight_gradient ? matrices(sizes) * slices : 0,
            std::move(bias_sums),
            std::move(slope_sums),
            pass};
}

/** The slices' sums of biases and slopes, to where the layer wants them. */
static void finish(const BackwardPlan& plan) {
    const fourfold_training_backward& layer = *plan.layer;
    if (layer.bias_gradient) {
        const std::vector<double> sum = sum_slices(plan.bias_sums, plan.pass.slices);
        for (size_t i = 0; i < sum.size(); i++)
            layer.bias_gradient[OUTPUT_OF(layer.shuffled, i / CHANNELS, i % CHANNELS)] =
                static_cast<float>(sum[i]);
    }
    if (layer.slope_gradient) {
        const std::vector<double> sum = sum_slices(plan.slope_sums, plan.pass.slices);
        for (size_t i = 0; i < sum.size(); i++)
            layer.slope_gradient[i] = static_cast<float>(sum[i]);
    }
}

/** Beside each layer's slices the weights of the next one are packed, and the sums of the one
 *  before become its gradient. */
void run_backward(const TrainingKernels& kernels, const fourfold_training_backward* layers,
                  int count) {
    std::vector<BackwardPlan> plans;
    size_t most_packed = 0, most_sums = 0, scratch = 0;
    int threads = 1;
    for (int i = 0; i < count; i++) {
        plans.push_back(plan(kernels, layers[i]));
        most_packed = std::max(most_packed, plans[i].packed);
        most_sums = std::max(most_sums, plans[i].sums);
        scratch = std::max(scratch, plans[i].scratch);
        threads = std::max(threads, plans[i].threads);
    }
    const int sets = std::min(count, 2);
    const Lent packed(most_packed * sets), sums(most_sums * sets), all_scratch(scratch * threads);
    const auto pack = [&](int i, int part) {
        kernels.pack(plans[i].filters, 1, part, packed.get() + i % 2 * most_packed);
    };
    const auto unpack = [&](int i, int part) {
        kernels.unpack(plans[i].filters, plans[i].pass.weight_sums, plans[i].pass.slices, part,
                       layers[i].weight_gradient);
    };
    std::vector<Task> tasks;
    if (plans[0].packed_parts)
        tasks.push_back({plans[0].packed_parts, [&](int part, int) { pack(0, part); }});
    for (int i = 0; i < count; i++) {
        BackwardPass& pass = plans[i].pass;
        if (plans[i].packed) pass.weights = packed.get() + i % 2 * most_packed;
        if (plans[i].sums) pass.weight_sums = sums.get() + i % 2 * most_sums;
        const int summed = pass.slices + (i > 0 ? plans[i - 1].summed_parts : 0);
        const int all = summed + (i + 1 < count ? plans[i + 1].packed_parts : 0);
        tasks.push_back({all, [&, i, summed](int number, int thread) {
                             const int slices = plans[i].pass.slices;
                             if (number < slices)
                                 kernels.backward(plans[i].pass, number,
                                                  all_scratch.get() + thread * scratch);
                             else if (number < summed)
                                 unpack(i - 1, number - slices);
                             else
                                 pack(i + 1, number - summed);
                         }});
    }
    if (const int parts = plans.back().summed_parts)
        tasks.push_back({parts, [&](int part, int) { unpack(count - 1, part); }});
    Pool::shared().run(threads, tasks);
    for (const BackwardPlan& plan : plans) finish(plan);
}

}  // namespace fourfold
