#include "training.h"

#include <new>

#include "training_layers.h"
#include "training_self_test.h"

using namespace fourfold;

/** The version of the results; with other numbers a resumed run has other last bits. */
static constexpr int32_t VERSION = 4;
static constexpr int32_t MOST_THREADS = 1 << 10, MOST_SIDE = 1 << 16;
/** Floats of a batch; tiles are counted as int. */
static constexpr int64_t MOST_FLOATS = int64_t{1} << 36;

static bool is_batch(int32_t images, int32_t height, int32_t width, int32_t threads) {
    if (images < 1 || height < 1 || height > MOST_SIDE || width < 1 || width > MOST_SIDE)
        return false;
    if (threads < 1 || threads > MOST_THREADS) return false;
    return int64_t{images} * height * width <= MOST_FLOATS / (MOST_GROUPS * CHANNELS);
}

static bool is_channels(int32_t channels) {
    return channels >= CHANNELS && channels % CHANNELS == 0 && channels <= MOST_GROUPS * CHANNELS;
}

template <class Layer> static bool is_layer(const Layer* layer) {
    if (!layer || !layer->weight) return false;
    if (!is_batch(layer->images, layer->height, layer->width, layer->threads)) return false;
    if (!is_channels(layer->inputs) || !is_channels(layer->outputs)) return false;
    if (layer->stride == 2)
        return layer->shuffled == 0 && layer->height % 2 == 0 && layer->width % 2 == 0;
    if (layer->stride != 1) return false;
    return layer->shuffled == 0 || (layer->shuffled == 1 && layer->outputs == 4 * CHANNELS);
}

static bool is_forward(const fourfold_training_forward* layer) {
    return is_layer(layer) && layer->input && layer->output && !(layer->shuffled && layer->skip);
}

static bool is_backward(const fourfold_training_backward* layer) {
    if (!is_layer(layer) || !layer->gradient) return false;
    const bool activated = layer->slopes && layer->input_gradient;
    if ((layer->weight_gradient || activated) && !layer->input) return false;
    if (layer->slopes && !layer->input) return false;
    return !layer->slope_gradient || activated;
}

template <class Layer>
static bool are_all(const Layer* layers, int32_t count, bool (*is_right)(const Layer*)) {
    if (count < 1 || !layers) return false;
    for (int32_t i = 0; i < count; i++)
        if (!is_right(layers + i)) return false;
    return true;
}

static bool is_tail(const fourfold_training_tail* tail) {
    return tail && tail->input && tail->weight && tail->height % 2 == 0 && tail->width % 2 == 0 &&
           is_batch(tail->images, tail->height, tail->width, tail->threads);
}

static bool is_tail_backward(const fourfold_training_tail* tail) {
    return is_tail(tail) && tail->gradient && tail->input_gradient && tail->weight_gradient &&
           tail->bias_gradient && (!tail->slope_gradient || tail->slopes);
}

static bool is_first(const fourfold_training_first* layer) {
    return layer && layer->weight && layer->gradient &&
           is_batch(layer->images, layer->height, layer->width, layer->threads) &&
           (layer->input || !(layer->weight_gradient || layer->bias_gradient));
}

static bool is_pooling(const fourfold_training_pooling* layer) {
    return layer && layer->input && layer->height % 2 == 0 && layer->width % 2 == 0 &&
           is_channels(layer->channels) &&
           is_batch(layer->images, layer->height, layer->width, layer->threads);
}

/** Runs `run(kernels)` where the arguments are right, and turns what it throws into a status. */
template <class Run>
static int32_t with_kernels(const char* instruction_set, bool right, const Run& run) {
    if (!instruction_set || !right) return FOURFOLD_WRONG_ARGUMENT;
    try {
        const TrainingKernels* kernels = find_training_kernels(instruction_set);
        if (!kernels) return FOURFOLD_UNKNOWN_INSTRUCTION_SET;
        return run(*kernels);
    } catch (const std::bad_alloc&) {
        return FOURFOLD_NO_MEMORY;
    } catch (...) {
        return FOURFOLD_WRONG_ARGUMENT;
    }
}

int32_t fourfold_train_forward_layers(const char* instruction_set,
                                      const fourfold_training_forward* layers, int32_t count) {
    const bool right = are_all(layers, count, is_forward);
    return with_kernels(instruction_set, right, [&](const TrainingKernels& kernels) {
        run_forward(kernels, layers, count);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_train_forward(const char* instruction_set,
                               const fourfold_training_forward* layer) {
    return fourfold_train_forward_layers(instruction_set, layer, 1);
}

int32_t fourfold_train_backward_layers(const char* instruction_set,
                                       const fourfold_training_backward* layers, int32_t count) {
    const bool right = are_all(layers, count, is_backward);
    return with_kernels(instruction_set, right, [&](const TrainingKernels& kernels) {
        run_backward(kernels, layers, count);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_train_backward(const char* instruction_set,
                                const fourfold_training_backward* layer) {
    return fourfold_train_backward_layers(instruction_set, layer, 1);
}

int32_t fourfold_train_tail_forward(const char* instruction_set,
                                    const fourfold_training_tail* tail) {
    const bool right = is_tail(tail) && tail->bias && tail->output;
    return with_kernels(instruction_set, right, [&](const TrainingKernels& kernels) {
        run_tail_forward(kernels, *tail);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_train_tail_backward(const char* instruction_set,
                                     const fourfold_training_tail* tail) {
    const bool right = is_tail_backward(tail);
    return with_kernels(instruction_set, right, [&](const TrainingKernels& kernels) {
        run_tail_backward(kernels, *tail);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_train_first_backward(const char* instruction_set,
                                      const fourfold_training_first* layer) {
    return with_kernels(instruction_set, is_first(layer),
                        [&](const TrainingKernels& kernels) {
                            run_first_backward(kernels, *layer);
                            return FOURFOLD_OK;
                        });
}

int32_t fourfold_train_pool_forward(const char* instruction_set,
                                    const fourfold_training_pooling* layer) {
    const bool right = is_pooling(layer) && layer->output;
    return with_kernels(instruction_set, right, [&](const TrainingKernels& kernels) {
        run_pool_forward(kernels, *layer);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_train_pool_backward(const char* instruction_set,
                                     const fourfold_training_pooling* layer) {
    const bool right = is_pooling(layer) && layer->gradient && layer->input_gradient;
    return with_kernels(instruction_set, right, [&](const TrainingKernels& kernels) {
        run_pool_backward(kernels, *layer);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_train_version(void) { return VERSION; }

int32_t fourfold_train_self_test(const char* instruction_set, double* error) {
    return with_kernels(instruction_set, error != nullptr, [&](const TrainingKernels& kernels) {
        *error = training_self_test(kernels);
        return *error < TRAINING_SELF_TEST_LIMIT ? FOURFOLD_OK : FOURFOLD_FAILED;
    });
}
