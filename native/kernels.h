/** What the code compiled once asks of the kernels compiled for each instruction set.
 *
 *  A map is rows of pixels, a pixel 64 floats in a row (channels last), or 64 bf16 in the room of 32
 *  floats. All maps have pixels of zeros left and right of the picture, so that a kernel never asks
 *  where it stands in a row.
 *  Only plain structs live here: an inline function would be compiled for every instruction set
 *  and merged by the linker into one that the processor may not have.
 */
#pragma once

#include <cstddef>

namespace fourfold {

constexpr int CHANNELS = 64;

/** Pixels that kernels may read, and not use, after the last row of a map. */
constexpr int OVERHANG = 32;

/** Pixels of zeros before the first of a row (the tail looks 2 to the left). */
constexpr int LEFT_PAD = 2;
/** Pixels of zeros after the last of a row: tiles of 4 end up to 3 past it and the widest looks 6
 *  further; the rest is for prefetches. */
constexpr int RIGHT_PAD = 12;

/** Pixels of zeros left and right of the R'G'B' input: 4 that the head looks, and on the right as
 *  many as its block of pixels may overhang. */
constexpr int INPUT_PAD = 12;

/** A map to read: row y lies at `rows + (y % capacity) * stride`. Rows before 0 and from `end` on
 *  are outside the picture, or not yet needed, and read as `zeros`. All point at pixel 0. */
struct Rows {
    const float* rows;
    ptrdiff_t stride;
    int capacity;
    int end;
    const float* zeros;
};

/** A map to write, 64 channels a group: row y of group g goes to row `step * y + phase[g]` of the
 *  ring, `offset[g]` floats after pixel 0, its pixels `pixel` floats apart. With step 2 that is the
 *  sub-pixel shuffle. */
struct Target {
    float* rows;
    ptrdiff_t stride;
    int capacity;
    int step;
    int phase[4];
    ptrdiff_t offset[4];
    ptrdiff_t pixel;
};

/** Rows [first, end) of a 3x3 convolution, 64 -> 64 * groups channels, and what follows it. */
struct Convolution {
    Rows input;
    Target output;
    int first, end, width;
    int groups;            // 1 or 4
    const float* weights;  // [group][36 positions][panel][64 inputs][panel width], or tiles
    const float* bias;     // [64 * groups]
    const float* slopes;   // the same: PReLU; or null: add to what the output holds
};

/** Rows [first, end) of the tail: 5x5, 4 planes of 64 channels -> 12, which are 2x2 pixels. */
struct Tail {
    Rows input;
    ptrdiff_t plane;  // floats from a plane of 64 channels to the next
    int first, end, width;
    const float* weights;  // [plane][64 positions][64 inputs][16]: 12 outputs, then 8-11 once more
    const float* bias;     // [16], in the same way
    float* output;         // R'G'B' rows from row 2 * first on
    ptrdiff_t output_stride;
};

/** One row of the head: 9x9, R'G'B' -> 64 channels, PReLU. */
struct HeadRow {
    const float* rows[9];  // pixel 0 of each input row, 3 floats a pixel
    int width;
    const float* weights;  // [panel][9 rows][9 columns * 3][panel width]
    const float* bias;     // [64]
    const float* slopes;   // [64]
    float* output;
};

/** One instruction set's kernels. Convolution and tail run in blocks of tiles, each block
 *  independent of the others: the unit that threads claim. */
struct Kernels {
    const char* name;
    int panel;  // output channels side by side in packed weights: the product's register block
    int trunk_tiles, upsample_tiles, tail_tiles;  // tiles of 4x4 outputs a block
    size_t scratch;                               // floats a thread needs for a block
    void (*convolve)(const Convolution&, int block, float* scratch);
    void (*tail)(const Tail&, int block, float* scratch);
    void (*head)(const HeadRow&);
    int pixel;         // floats of memory that a pixel's channels take: 64, or 32 for bf16
    int tile_columns;  // 4, or as many as the kernels in bf16 take side by side
    bool in_bf16;      // maps and weights: convolutions are then direct, not Winograd's
};

namespace baseline {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
namespace amx_bf16 {
extern const Kernels kernels;
}
namespace neon {
extern const Kernels kernels;
}

}  // namespace fourfold
