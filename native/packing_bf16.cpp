/** Weights in bf16, in tiles of 16 pairs of inputs x 16 outputs, as the tile products take them. */
#include "bf16.h"
#include "packing.h"

namespace fourfold {

constexpr int TILE = 16, TILE_MEMORY = TILE * TILE;  // floats of memory: two bf16 each

/** The place in tile `tile` of what input `input` of its 32 gives to output `output` of its 16. */
static uint16_t& place(const Floats& weights, int tile, int input, int output) {
    auto* values = reinterpret_cast<uint16_t*>(weights.get() + tile * TILE_MEMORY);
    return values[(input / 2 * TILE + output) * 2 + input % 2];
}

static double tap(const Layer& layer, int output, int input, int row, int column) {
    const int filter = output * layer.inputs + input;
    return layer.weight[(filter * layer.side + row) * layer.side + column];
}

Floats pack_head_bf16(const Layer& layer) {
    Floats weights = zeros(CHANNELS / TILE * 9 * TILE_MEMORY);
    for (int output = 0; output < CHANNELS; output++)
        for (int row = 0; row < 9; row++) {
            const int tile = (output / 32 * 9 + row) * 2 + output / TILE % 2;
            for (int value = 0; value < 27; value++)
                place(weights, tile, value, output % TILE) =
                    to_bf16(tap(layer, output, value % 3, row, value / 3) / 255);
        }
    return weights;
}

Floats pack_convolution_bf16(const Layer& layer) {
    Floats weights = zeros(static_cast<size_t>(layer.outputs / TILE) * 18 * TILE_MEMORY);
    for (int output = 0; output < layer.outputs; output++)
        for (int input = 0; input < CHANNELS; input++)
            for (int i = 0; i < 9; i++) {
                const int tile = ((output / 32 * 9 + i) * 2 + input / 32) * 2 + output / TILE % 2;
                place(weights, tile, input % 32, output % TILE) =
                    to_bf16(tap(layer, output, input, i / 3, i % 3));
            }
    return weights;
}

Floats pack_tail_bf16(const Layer& layer) {
    Floats weights = zeros(static_cast<size_t>(4) * 25 * 2 * TILE_MEMORY);
    for (int output = 0; output < layer.outputs; output++)
        for (int input = 0; input < 4 * CHANNELS; input++)
            for (int i = 0; i < 25; i++) {
                const int tile = (input / CHANNELS * 25 + i) * 2 + input % CHANNELS / 32;
                place(weights, tile, input % 32, output) =
                    to_bf16(tap(layer, output, input, i / 5, i % 5));
            }
    return weights;
}

}  // namespace fourfold
