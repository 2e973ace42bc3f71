/** What the tail's variants share: a tile of 4x4 positions x 12 channels is 8x8 R'G'B' pixels. */
#pragma once

#include "winograd.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Where a tile begins in the output, and how many of its 4x4 positions are inside the picture. */
struct TailTile {
    float* output;
    int rows, columns;
};

INLINE TailTile tail_tile(const Tail& layer, int tile) {
    const int across = (layer.width + STEP - 1) / STEP;
    const int row = tile / across * STEP, column = tile % across * STEP;
    return {layer.output + 2 * row * layer.output_stride + (ptrdiff_t)column * 6,
            smaller(STEP, layer.end - layer.first - row), smaller(STEP, layer.width - column)};
}

/** Inputs that are summed one after another, of the tail's 256. One sum of them all would be the
 *  largest error of the whole network, almost three times what sums of 32 have. */
constexpr int SUMMED = 32;

/** Stores a sum, or adds it to those before. */
INLINE void put_sum(float* m, Vector sum, bool accumulate) {
    store(m, accumulate ? load(m) + sum : sum);
}

/** y[4 rows][4 columns][12] to its pixels: channels 0-5 are two of the upper row, 6-11 of the
 *  lower. */
INLINE void place_pixels(const TailTile& tile, ptrdiff_t stride, const float* y) {
    for (int i = 0; i < tile.rows; i++)
        for (int phase = 0; phase < 2; phase++) {
            float* row = tile.output + (2 * i + phase) * stride;
            for (int j = 0; j < tile.columns; j++)
                __builtin_memcpy(row + j * 6, y + (i * STEP + j) * 12 + phase * 6,
                                 6 * sizeof(float));
        }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
