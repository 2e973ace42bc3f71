/** Sizes and places that the training kernels' layers and tail share. */
#pragma once

#include <algorithm>
#include <vector>

#include "training.h"
#include "training_kernels.h"

namespace fourfold {

/** Most slices of a backward pass; each has sums of its own, so that the gradient does not depend
 *  on which threads there are. Their number follows from the layer's size alone. */
constexpr int MOST_SLICES = 8, TILES_A_SLICE = 72, MOST_SUMS = 64;

/** Pointers into what is read only are never written through. */
inline Maps dense(const float* pixels, const Sizes& sizes, int groups) {
    const ptrdiff_t pixel = (ptrdiff_t)groups * CHANNELS, row = sizes.width * pixel;
    return {const_cast<float*>(pixels), sizes.height * row, row, pixel, groups, 0, CHANNELS};
}

/** The phases that a layer of stride 2 reads its input as, each of all its channels. */
inline Maps quarters(const float* pixels, const Sizes& sizes) {
    const int groups = sizes.inputs / 4;
    const ptrdiff_t pixel = (ptrdiff_t)2 * groups * CHANNELS, row = 2 * sizes.width * pixel;
    return {const_cast<float*>(pixels), sizes.height * row, row, pixel, 2 * groups, row / 2,
            CHANNELS};
}

inline Maps input_maps(const float* pixels, const Sizes& sizes) {
    return sizes.stride == 2 ? quarters(pixels, sizes) : dense(pixels, sizes, sizes.inputs);
}

/** The four phases of an image twice as large. */
inline Maps phases(const float* pixels, const Sizes& sizes) {
    const ptrdiff_t row = (ptrdiff_t)2 * sizes.width * CHANNELS;
    return {const_cast<float*>(pixels), 2 * sizes.height * row, 2 * row, 2 * CHANNELS,
            2,                          row,                    CHANNELS};
}

inline int tiles_of(const Sizes& sizes) {
    const auto along = [&](int side) { return (side + sizes.step - 1) / sizes.step; };
    return sizes.images * along(sizes.height) * along(sizes.width);
}

inline int divided_up(int value, int by) { return (value + by - 1) / by; }

inline size_t position_floats(int tiles) { return static_cast<size_t>(tiles) * CHANNELS + 16; }

/** How many slices, each of which needs room for the sums of `pairs` pairs of groups. */
inline int slices_of(const Sizes& sizes, int pairs) {
    const int by_tiles = std::min(MOST_SLICES, tiles_of(sizes) / TILES_A_SLICE);
    return std::max(1, std::min(by_tiles, MOST_SUMS / pairs));
}

template <class Layer> Sizes sizes_of(const Layer& layer) {
    const int stride = layer.stride, inputs = layer.inputs / CHANNELS;
    return {layer.images, layer.height / stride, layer.width / stride, stride * stride * inputs,
            layer.outputs / CHANNELS, stride, 4};
}

template <class Layer> Filters filters_of(const Layer& layer, const Sizes& sizes) {
    return {layer.weight, sizes.inputs, sizes.outputs, layer.shuffled, layer.stride};
}

/** The slopes of each group of inputs: those of the layer, once for each phase. */
template <class Layer> std::vector<float> slopes_of(const Layer& layer) {
    std::vector<float> slopes;
    for (int i = 0; layer.slopes && i < layer.stride * layer.stride; i++)
        slopes.insert(slopes.end(), layer.slopes, layer.slopes + layer.inputs);
    return slopes;
}

/** Floats of a layer's transformed weights. */
inline size_t matrices(const Sizes& sizes) {
    return static_cast<size_t>(positions_of(sizes)) * MATRIX * sizes.inputs * sizes.outputs;
}

/** Floats of the products of a group with a block of tiles; and with the slot that a block needs
 *  whose products overwrite what they are made of. */
inline size_t block_floats(const Sizes& sizes, int tiles) {
    return positions_of(sizes) * position_floats(tiles);
}
inline size_t slotted_floats(const Sizes& sizes, int tiles) {
    return (positions_of(sizes) + 1) * position_floats(tiles);
}

/** Blocks of tasks that pack a layer's weights. */
inline int parts_of(const Filters& filters) {
    return filters.inputs * filters.outputs * PACKING_PARTS;
}

/** Tiles a block, where blocks are independent of each other: as many blocks for each thread. */
inline int fair_block(int tiles, int most, int threads) {
    const int rounds = divided_up(divided_up(tiles, most), threads);
    return divided_up(divided_up(tiles, rounds * threads), TILES_TOGETHER) * TILES_TOGETHER;
}

/** Whether a layer has so many groups that each makes its weights itself. */
constexpr int MANY_PAIRS = 32, MANY_TILES = 144;
inline bool is_many(const Sizes& sizes) { return sizes.inputs * sizes.outputs >= MANY_PAIRS; }

/** The side of its tiles: 3 where that takes fewer products, as of 6x6 pixels. */
inline int best_step(Sizes sizes) {
    const auto products = [&](int step) {
        sizes.step = step;
        return static_cast<int64_t>(tiles_of(sizes)) * positions_of(sizes);
    };
    return products(3) < products(4) ? 3 : 4;
}

/** The tiles of such a block, as even as can be. */
inline int many_block(int tiles) {
    const int blocks = divided_up(tiles, MANY_TILES);
    return divided_up(divided_up(tiles, blocks), TILES_TOGETHER) * TILES_TOGETHER;
}

/** A thread's scratch then: weights of a pair, and products. */
inline size_t many_scratch(const Sizes& sizes, int tiles) {
    return static_cast<size_t>(positions_of(sizes)) * MATRIX + block_floats(sizes, tiles);
}

/** sum[i] = the sum of doubles[slice][i] over the slices. */
inline std::vector<double> sum_slices(const std::vector<double>& doubles, int slices) {
    const size_t count = doubles.size() / slices;
    std::vector<double> sum(count);
    for (int slice = 0; slice < slices; slice++)
        for (size_t i = 0; i < count; i++) sum[i] += doubles[slice * count + i];
    return sum;
}

}  // namespace fourfold
