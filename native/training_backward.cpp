/** The backward passes of 3x3 layers, and what each needs. */
#include "buffers.h"
#include "pool.h"
#include "training_layers.h"
#include "training_shapes.h"

namespace fourfold {

struct BackwardPlan {
    const fourfold_training_backward* layer;
    bool many;
    int packed_parts, summed_parts, threads;  // parts: of few groups
    size_t scratch, packed, sums;    // floats: a thread's, and of both kinds of weights
    size_t windows, spread;          // floats, of many groups
    std::vector<float> slopes;
    std::vector<double> bias_sums, slope_sums;
    BackwardPass pass;
};

/** In how many slices and blocks a layer's tiles are taken. Sums must not depend on the threads. */
struct Cut {
    int block, slices;
};

static Cut cut(const TrainingKernels& kernels, const fourfold_training_backward& layer,
               const Sizes& sizes, bool many) {
    const int tiles = tiles_of(sizes), most = kernels.most_tiles(sizes);
    if (many) return {many_block(tiles), divided_up(tiles, many_block(tiles))};
    if (layer.weight_gradient || layer.bias_gradient || layer.slope_gradient)
        return {most, slices_of(sizes, sizes.inputs * sizes.outputs)};
    const int block = fair_block(tiles, most, layer.threads);
    return {block, divided_up(tiles, block)};
}

static BackwardPlan plan(const TrainingKernels& kernels, const fourfold_training_backward& layer) {
    Sizes sizes = sizes_of(layer);
    const bool many = is_many(sizes) && !layer.slope_gradient;
    if (many) sizes.step = best_step(sizes);
    const auto [block, slices] = cut(kernels, layer, sizes, many);
    const Filters filters = filters_of(layer, sizes);
    const size_t a_group = block_floats(sizes, block) * slices;
    std::vector<float> slopes = slopes_of(layer);
    std::vector<double> bias_sums(static_cast<size_t>(slices) * layer.outputs);
    std::vector<double> slope_sums(slopes.size() * slices);
    const BackwardPass pass{sizes,
                            block,
                            slices,
                            layer.shuffled ? phases(layer.gradient, sizes)
                                           : dense(layer.gradient, sizes, sizes.outputs),
                            input_maps(layer.input, sizes),
                            layer.slopes ? slopes.data() : nullptr,
                            nullptr,
                            input_maps(layer.skip, sizes),
                            input_maps(layer.input_gradient, sizes),
                            nullptr,
                            bias_sums.data(),
                            slope_sums.data(),
                            filters,
                            nullptr,
                            nullptr,
                            layer.weight_gradient};
    return {&layer,
            many,
            layer.input_gradient && !many ? parts_of(filters) : 0,
            layer.weight_gradient && !many ? parts_of(filters) : 0,
            many ? layer.threads : std::min(layer.threads, slices),
            many ? many_scratch(sizes, block)
                 : slotted_floats(sizes, block) * (2 * sizes.inputs + 1),
            layer.input_gradient && !many ? matrices(sizes) : 0,
            layer.weight_gradient && !many ? matrices(sizes) * slices : 0,
            many ? a_group * sizes.outputs : 0,
            many && layer.weight_gradient ? a_group * sizes.inputs : 0,
            std::move(slopes),
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
        const int phases = layer.stride * layer.stride;
        const std::vector<double> sum = sum_slices(plan.slope_sums, plan.pass.slices * phases);
        for (size_t i = 0; i < sum.size(); i++)
            layer.slope_gradient[i] = static_cast<float>(sum[i]);
    }
}

/** The tasks of a layer of many groups. */
static void add_many(const TrainingKernels& kernels, const BackwardPlan& plan, float* scratch,
                     size_t of_a_thread, std::vector<Task>& tasks) {
    const BackwardPass& pass = plan.pass;
    const int inputs = pass.sizes.inputs, outputs = pass.sizes.outputs;
    const int spread = pass.weight_gradient ? pass.slices * inputs : 0;
    tasks.push_back({pass.slices * outputs + spread, [&](int number, int) {
                         kernels.backward_windows(pass, number);
                     }});
    const int made = pass.input_gradient.pixels ? pass.slices * inputs : 0;
    const int summed = pass.weight_gradient ? inputs * outputs : 0;
    if (made + summed == 0) return;
    tasks.push_back({made + summed, [&, scratch, of_a_thread, made](int number, int thread) {
                         float* own = scratch + thread * of_a_thread;
                         if (number < made)
                             kernels.backward_group(pass, number, own);
                         else
                             kernels.backward_weights(pass, number - made, own);
                     }});
}

/** Beside each layer's slices the weights of the next one are packed, and the sums of the one
 *  before become its gradient. */
void run_backward(const TrainingKernels& kernels, const fourfold_training_backward* layers,
                  int count) {
    std::vector<BackwardPlan> plans;
    size_t most_packed = 0, most_sums = 0, most_windows = 0, most_spread = 0, scratch = 0;
    int threads = 1;
    for (int i = 0; i < count; i++) {
        plans.push_back(plan(kernels, layers[i]));
        most_packed = std::max(most_packed, plans[i].packed);
        most_sums = std::max(most_sums, plans[i].sums);
        most_windows = std::max(most_windows, plans[i].windows);
        most_spread = std::max(most_spread, plans[i].spread);
        scratch = std::max(scratch, plans[i].scratch);
        threads = std::max(threads, plans[i].threads);
    }
    const int sets = std::min(count, 2);
    const Lent packed(most_packed * sets), sums(most_sums * sets), all_scratch(scratch * threads);
    const Lent windows(most_windows), spread(most_spread);
    const auto pack = [&](int i, int part) {
        kernels.pack(plans[i].pass.filters, 1, part, packed.get() + i % 2 * most_packed);
    };
    const auto unpack = [&](int i, int part) {
        kernels.unpack(plans[i].pass.filters, plans[i].pass.weight_sums, plans[i].pass.slices, part,
                       layers[i].weight_gradient);
    };
    std::vector<Task> tasks;
    if (plans[0].packed_parts)
        tasks.push_back({plans[0].packed_parts, [&](int part, int) { pack(0, part); }});
    for (int i = 0; i < count; i++) {
        BackwardPass& pass = plans[i].pass;
        if (plans[i].packed) pass.weights = packed.get() + i % 2 * most_packed;
        if (plans[i].sums) pass.weight_sums = sums.get() + i % 2 * most_sums;
        pass.windows = windows.get();
        pass.spread = spread.get();
        const bool many = plans[i].many;
        if (many) add_many(kernels, plans[i], all_scratch.get(), scratch, tasks);
        const int slices = many ? 0 : pass.slices;
        const int summed = slices + (i > 0 ? plans[i - 1].summed_parts : 0);
        const int all = summed + (i + 1 < count ? plans[i + 1].packed_parts : 0);
        if (all == 0) continue;
        tasks.push_back({all, [&, i, slices, summed](int number, int thread) {
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
