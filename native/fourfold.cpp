#include "fourfold.h"

#include <atomic>

#include "guarded.h"
#include "passes.h"
#include "pool.h"
#include "processor.h"
#include "self_test.h"
#include "stream.h"

using namespace fourfold;

/** Handles: a stream shares the network, so that they may be freed in any order. */
struct fourfold_network {
    std::shared_ptr<const Network> network;
};
struct fourfold_stream {
    Stream state;
    std::atomic_flag in_use = ATOMIC_FLAG_INIT;
};

static constexpr int32_t INTERFACE = 6;
static constexpr int32_t MOST_BLOCKS = 1'000, MOST_COLUMNS = 1 << 16, MOST_THREADS = 1 << 10;
/** Rows are counted as int, those of the result too, which are up to 8 times as many. */
static constexpr int64_t MOST_ROWS = 1 << 27;

static bool is_layer(const fourfold_layer& layer, int outputs, int inputs, int side,
                     bool activated) {
    return layer.weight && layer.bias && layer.outputs == outputs && layer.inputs == inputs &&
           layer.side == side && (layer.slopes != nullptr) == activated;
}

static bool is_network(const fourfold_layer* layers, int32_t count, int32_t depth) {
    if (!layers || depth < 1 || depth > MOST_BLOCKS) return false;
    if (count < 2 * depth + 4 || count > 2 * depth + 6) return false;
    const int doublings = count - 2 * depth - 3;
    if (!is_layer(*layers++, CHANNELS, 3, 9, true)) return false;
    for (int layer = 0; layer < 2 * depth + 1; layer++)  // the trunk's is the last
        if (!is_layer(*layers++, CHANNELS, CHANNELS, 3, layer % 2 == 0 && layer < 2 * depth))
            return false;
    for (int layer = 0; layer < doublings; layer++)
        if (!is_layer(*layers++, 4 * CHANNELS, CHANNELS, 3, true)) return false;
    return is_layer(*layers, 12, 4 * CHANNELS, 5, false);
}

static int32_t checked(const Stream& stream, int64_t rows) {
    if (stream.ended()) return FOURFOLD_ENDED;
    return rows < 0 || rows > MOST_ROWS - stream.received() ? FOURFOLD_WRONG_ARGUMENT : FOURFOLD_OK;
}

int32_t fourfold_interface(void) { return INTERFACE; }

void fourfold_forked(void) {
    guarded([]() -> int32_t {
        Pool::renew();
        return FOURFOLD_OK;
    });
}

const char* fourfold_instruction_set(int32_t index) {
    const char* name = nullptr;
    guarded([&]() -> int32_t {
        const auto& kernels = usable_kernels();
        if (index >= 0 && static_cast<size_t>(index) < kernels.size()) name = kernels[index]->name;
        return FOURFOLD_OK;
    });
    return name;
}

int32_t fourfold_self_test(const char* instruction_set, double* error) {
    if (!instruction_set || !error) return FOURFOLD_WRONG_ARGUMENT;
    return guarded([&]() -> int32_t {
        const Kernels* kernels = find_kernels(instruction_set);
        if (!kernels) return FOURFOLD_UNKNOWN_INSTRUCTION_SET;
        *error = self_test(*kernels);
        return *error < self_test_limit(*kernels) ? FOURFOLD_OK : FOURFOLD_FAILED;
    });
}

int32_t fourfold_network_new(const fourfold_layer* layers, int32_t count, int32_t depth,
                             int32_t skips, const char* instruction_set,
                             fourfold_network** network) {
    if (!instruction_set || !network || !is_network(layers, count, depth))
        return FOURFOLD_WRONG_ARGUMENT;
    return guarded([&]() -> int32_t {
        const Kernels* kernels = find_kernels(instruction_set);
        if (!kernels) return FOURFOLD_UNKNOWN_INSTRUCTION_SET;
        std::vector<Layer> checked_layers;
        for (const fourfold_layer* layer = layers; layer < layers + count; layer++)
            checked_layers.push_back({layer->weight, layer->bias, layer->slopes, layer->outputs,
                                      layer->inputs, layer->side});
        *network = new fourfold_network{std::make_shared<const Network>(pack_network(
            checked_layers.data(), depth, count - 2 * depth - 3, skips != 0, *kernels))};
        return FOURFOLD_OK;
    });
}

void fourfold_network_free(fourfold_network* network) { delete network; }

int32_t fourfold_network_passes(const fourfold_network* network, int64_t height, int32_t width,
                                double* passes) {
    if (!network || !passes || height < 1 || height > MOST_ROWS || width < 1 ||
        width > MOST_COLUMNS)
        return FOURFOLD_WRONG_ARGUMENT;
    return guarded([&]() -> int32_t {
        *passes = fourfold::passes(*network->network, height, width);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_stream_new(const fourfold_network* network, int32_t width, int32_t threads,
                            fourfold_stream** stream) {
    if (!network || !stream || width < 1 || width > MOST_COLUMNS || threads < 1 ||
        threads > MOST_THREADS)
        return FOURFOLD_WRONG_ARGUMENT;
    return guarded([&]() -> int32_t {
        *stream = new fourfold_stream{Stream(network->network, width, threads)};
        return FOURFOLD_OK;
    });
}

void fourfold_stream_free(fourfold_stream* stream) { delete stream; }

int32_t fourfold_stream_ready(fourfold_stream* stream, int64_t rows, int32_t last,
                              int64_t* ready) {
    if (!stream || !ready) return FOURFOLD_WRONG_ARGUMENT;
    return alone(stream, [&](const Stream& picture) -> int32_t {
        const int32_t status = checked(picture, rows);
        if (status == FOURFOLD_OK) *ready = picture.ready(rows, last != 0);
        return status;
    });
}

int32_t fourfold_stream_push(fourfold_stream* stream, const void* rows, int64_t count,
                             int32_t width, int32_t type, int32_t last, void* result,
                             int64_t ready) {
    if (!stream || (!rows && count) || (!result && ready)) return FOURFOLD_WRONG_ARGUMENT;
    if (type != 1 && type != 2 && type != 4) return FOURFOLD_WRONG_ARGUMENT;
    return alone(stream, [&](Stream& picture) -> int32_t {
        const int32_t status = checked(picture, count);
        if (status != FOURFOLD_OK) return status;
        if (width != picture.width() || !picture.takes(static_cast<PixelType>(type)))
            return FOURFOLD_WRONG_ARGUMENT;
        // What was ready before is so no more: another thread was in between.
        if (ready != picture.ready(count, last != 0)) return FOURFOLD_IN_USE;
        picture.push(rows, count, static_cast<PixelType>(type), last != 0, result);
        return FOURFOLD_OK;
    });
}
