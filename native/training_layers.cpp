#include "training_layers.h"

#include <cstring>

#include "buffers.h"
#include "pool.h"
#include "processor.h"
#include "training_shapes.h"

namespace fourfold {

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

/** A layer's forward pass, and what it needs. */
struct ForwardPlan {
    bool many;
    int blocks, units, threads;    // units: what threads claim last
    size_t scratch, packed, windows;  // floats: a thread's, and of all
    std::vector<float> slopes, bias;
    ForwardPass pass;
};

static ForwardPlan plan(const TrainingKernels& kernels, const fourfold_training_forward& layer) {
    Sizes sizes = sizes_of(layer);
    const bool many = is_many(sizes);
    if (many) sizes.step = best_step(sizes);
    const int tiles = tiles_of(sizes);
    const int block = many ? many_block(tiles)
                           : fair_block(tiles, kernels.most_tiles(sizes), layer.threads);
    const int blocks = divided_up(tiles, block), units = many ? blocks * sizes.outputs : blocks;
    std::vector<float> slopes = slopes_of(layer), bias(layer.bias ? layer.outputs : 0);
    for (size_t i = 0; i < bias.size(); i++)
        bias[i] = layer.bias[OUTPUT_OF(layer.shuffled, i / CHANNELS, i % CHANNELS)];
    const ForwardPass pass{sizes,
                           block,
                           input_maps(layer.input, sizes),
                           layer.slopes ? slopes.data() : nullptr,
                           nullptr,
                           layer.bias ? bias.data() : nullptr,
                           dense(layer.skip, sizes, sizes.outputs),
                           layer.shuffled ? phases(layer.output, sizes)
                                          : dense(layer.output, sizes, sizes.outputs),
                           filters_of(layer, sizes),
                           nullptr};
    return {many,
            blocks,
            units,
            std::min(layer.threads, units),
            many ? many_scratch(sizes, block) : slotted_floats(sizes, block) * (sizes.inputs + 1),
            many ? 0 : matrices(sizes),
            many ? block_floats(sizes, block) * blocks * sizes.inputs : 0,
            std::move(slopes),  // the numbers stay where they are
            std::move(bias),
            pass};
}

/** Where the weights of a layer are packed whole, it is done beside the blocks of the layer before
 *  it. */
void run_forward(const TrainingKernels& kernels, const fourfold_training_forward* layers,
                 int count) {
    std::vector<ForwardPlan> plans;
    size_t most_packed = 0, most_windows = 0, scratch = 0;
    int threads = 1;
    for (int i = 0; i < count; i++) {
        plans.push_back(plan(kernels, layers[i]));
        most_packed = std::max(most_packed, plans[i].packed);
        most_windows = std::max(most_windows, plans[i].windows);
        scratch = std::max(scratch, plans[i].scratch);
        threads = std::max(threads, plans[i].threads);
    }
    const Lent packed(most_packed * std::min(count, 2)), windows(most_windows);
    const Lent all_scratch(scratch * threads);
    const auto parts = [&](int i) {
        return i < count && plans[i].packed ? parts_of(plans[i].pass.filters) : 0;
    };
    const auto pack = [&](int i, int part) {
        kernels.pack(plans[i].pass.filters, 0, part, packed.get() + i % 2 * most_packed);
    };
    std::vector<Task> tasks;
    if (parts(0)) tasks.push_back({parts(0), [&](int part, int) { pack(0, part); }});
    for (int i = 0; i < count; i++) {
        ForwardPass& pass = plans[i].pass;
        const bool many = plans[i].many;
        pass.weights = packed.get() + i % 2 * most_packed;
        pass.windows = windows.get();
        if (many)
            tasks.push_back({plans[i].blocks * pass.sizes.inputs,
                             [&kernels, &pass](int number, int) {
                                 kernels.forward_windows(pass, number);
                             }});
        const auto run = many ? kernels.forward_group : kernels.forward;
        const int units = plans[i].units;
        tasks.push_back({units + parts(i + 1), [&, i, run, units](int number, int thread) {
                             if (number < units)
                                 run(plans[i].pass, number, all_scratch.get() + thread * scratch);
                             else
                                 pack(i + 1, number - units);
                         }});
    }
    Pool::shared().run(threads, tasks);
}

}  // namespace fourfold
