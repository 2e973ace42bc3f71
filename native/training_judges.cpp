/** What judges have beside convolutions of many channels: their first one, and VGG19's poolings. */
#include "buffers.h"
#include "pool.h"
#include "training_layers.h"
#include "training_shapes.h"

namespace fourfold {

static int bands_of(const fourfold_training_first& layer) {
    return layer.images * divided_up(layer.height, FIRST_ROWS);
}

void run_first_backward(const TrainingKernels& kernels, const fourfold_training_first& layer) {
    const int bands = bands_of(layer), threads = std::min(layer.threads, bands);
    const bool learns = layer.weight_gradient || layer.bias_gradient;
    const size_t rows = layer.input_gradient ? size_t{FIRST_ROWS} * 3 * (layer.width + 2) : 0;
    const size_t a_thread = FIRST_SCRATCH + divided_up(rows, 16) * 16;
    const Lent turned(FIRST_WEIGHTS), scratch(a_thread * threads);
    const Lent sums(learns ? size_t{FIRST_SUMS} * bands : 0);
    kernels.pack_first(layer.weight, turned.get());
    const FirstPass pass{layer.images,
                         layer.height,
                         layer.width,
                         layer.input,
                         turned.get(),
                         layer.gradient,
                         layer.input_gradient,
                         sums.get()};
    Pool::shared().run(threads, {{bands, [&](int band, int thread) {
                                      kernels.first_backward(pass, band,
                                                             scratch.get() + thread * a_thread);
                                  }}});
    if (learns)
        kernels.unpack_first(sums.get(), bands, layer.weight_gradient, layer.bias_gradient);
}

/** Runs `each` for each row of the output; threads claim some at a time. */
template <class Row>
static void run_rows(const fourfold_training_pooling& layer, const Row& each) {
    constexpr int CLAIMED = 16;
    const int rows = layer.images * (layer.height / 2), parts = divided_up(rows, CLAIMED);
    Pool::shared().run(std::min(layer.threads, parts), {{parts, [&](int part, int) {
                           const int end = std::min(rows, (part + 1) * CLAIMED);
                           for (int row = part * CLAIMED; row < end; row++) each(row);
                       }}});
}

static PoolingPass pass_of(const fourfold_training_pooling& layer) {
    return {layer.images, layer.height, layer.width,    layer.channels,
            layer.input,  layer.output, layer.gradient, layer.input_gradient};
}

void run_pool_forward(const TrainingKernels& kernels, const fourfold_training_pooling& layer) {
    const PoolingPass pass = pass_of(layer);
    run_rows(layer, [&](int row) { kernels.pool_forward(pass, row); });
}

void run_pool_backward(const TrainingKernels& kernels, const fourfold_training_pooling& layer) {
    const PoolingPass pass = pass_of(layer);
    run_rows(layer, [&](int row) { kernels.pool_backward(pass, row); });
}

}  // namespace fourfold
