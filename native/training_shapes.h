/** Sizes and places that the training kernels' layers and tail share. */
#pragma once

#include <algorithm>
#include <vector>

#include "training_kernels.h"

namespace fourfold {

constexpr int TILE_PIXELS = 4;

/** Most slices of a backward pass; each has sums of its own, so that the gradient does not depend
 *  on which threads there are. Their number follows from the layer's size alone. */
constexpr int MOST_SLICES = 8, TILES_A_SLICE = 72, MOST_SUMS = 64;

/** Pointers into what is read only are never written through. */
inline Maps dense(const float* pixels, const Sizes& sizes, int groups) {
    const ptrdiff_t pixel = (ptrdiff_t)groups * CHANNELS, row = sizes.width * pixel;
    return {const_cast<float*>(pixels), sizes.height * row, row, pixel, groups, 0, CHANNELS};
}

/** The four phases of an image twice as large. */
inline Maps phases(const float* pixels, const Sizes& sizes) {
    const ptrdiff_t row = (ptrdiff_t)2 * sizes.width * CHANNELS;
    return {const_cast<float*>(pixels), 2 * sizes.height * row, 2 * row, 2 * CHANNELS,
            2,                          row,                    CHANNELS};
}

inline int tiles_of(const Sizes& sizes) {
    const auto along = [](int side) { return (side + TILE_PIXELS - 1) / TILE_PIXELS; };
    return sizes.images * along(sizes.height) * along(sizes.width);
}

inline int divided_up(int value, int by) { return (value + by - 1) / by; }

inline size_t position_floats(int tiles) { return static_cast<size_t>(tiles) * CHANNELS + 16; }

/** How many slices, each of which needs room for the sums of `pairs` pairs of groups. */
inline int slices_of(const Sizes& sizes, int pairs) {
    const int by_tiles = std::min(MOST_SLICES, tiles_of(sizes) / TILES_A_SLICE);
    return std::max(1, std::min(by_tiles, MOST_SUMS / pairs));
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
