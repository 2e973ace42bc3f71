/** What training asks of the kernels compiled for each instruction set.
 *
 *  Batches are channels-last, without padding, as PyTorch holds them: pixel after pixel, all of a
 *  pixel's channels in a row. Kernels see them as groups of 64 channels. A map is kept as it was
 *  before its PReLU, which whoever reads the map applies: so that one map serves forward and
 *  backward, and a gradient's mask is right for every slope.
 *
 *  Only plain structs live here, as in kernels.h.
 */
#pragma once

#include "kernels.h"

namespace fourfold {

/** Groups of 64 channels that a training layer can have on either side. */
constexpr int MOST_GROUPS = 8;

/** A batch to read or write. Distances in floats; group g begins at
 *  pixels + g / across * down + g % across * right. Where a sub-pixel shuffle follows, the four
 *  groups are the phases of an image twice as large. */
struct Maps {
    float* pixels;
    ptrdiff_t image, row, pixel;
    int across;
    ptrdiff_t down, right;
};

/** How many there are of what. */
struct Sizes {
    int images, height, width;  // of the output
    int inputs, outputs;        // groups of 64 channels; of stride 2 each phase's count
    int stride;
    int step;  // a tile has as many pixels a side: 4, or, of many groups, 3
};

/** Positions of a tile's transforms, as many as pixels in its window. */
inline int positions_of(const Sizes& sizes) {
    const int side = sizes.step + (sizes.stride == 2 ? 1 : 2);
    return side * side;
}

/** Floats of a position's matrix of weights, 64 x 64, to the next one's: a line more, because
 *  distances of a power of two would put all positions into the same few sets of L1. */
constexpr ptrdiff_t MATRIX = CHANNELS * CHANNELS + 16;
/** The same for the tail's, 64 x 16, and for its turned ones, 12 x 64. */
constexpr ptrdiff_t TAIL_MATRIX = CHANNELS * 16 + 16;
constexpr ptrdiff_t TURNED_TAIL_MATRIX = 12 * CHANNELS + 16;

/** A block has a multiple of so many tiles. */
constexpr int TILES_TOGETHER = 6;

/** A layer's weights, [64 * outputs][9 taps][64 * inputs] as PyTorch's channels-last has them.
 *  Where a shuffle follows, channel c of phase g is output 4 c + g, else 64 g + c. Of stride 2
 *  each group of inputs counts once for each phase, phase after phase. */
struct Filters {
    const float* weight;
    int inputs, outputs;  // groups, as in Sizes
    int shuffled, stride;
};

/** output = bias + convolution(PReLU(input)) + skip: 3x3, zero padding. Of stride 2 the input is
 *  read as its four phases, which 2x2, 2x1, 1x2 and 1x1 filters meet with stride 1.
 *
 *  A layer of few groups is computed block by block. One of many is computed in two parts, of which
 *  the second begins when the first is done: the windows of each group of each block; then each
 *  group of outputs of each block, whose weights are packed on the way. */
struct ForwardPass {
    Sizes sizes;
    int tiles;  // a block
    Maps input;
    const float* slopes;   // [64 * inputs], or null: the input as it is
    const float* weights;  // [output][input][positions][panel][64 inputs][panel width]
    const float* bias;     // [64 * outputs], or null
    Maps skip;             // pixels null: none
    Maps output;
    Filters filters;  // of many groups, as is what follows
    float* windows;   // [block][input][positions][tile][64]
};

/** All gradients in one pass, for the tiles of slice after slice. With V the transformed gradient
 *  of the output, D the transformed tiles of PReLU(input) and U the turned weights:
 *  dU = V^T D summed over a slice's tiles, gradient of the input = PReLU'(input) A^T [V U] A. */
struct BackwardPass {
    Sizes sizes;
    int tiles;  // a block; slices are made of blocks
    int slices;
    Maps gradient;  // of the output
    Maps input;
    const float* slopes;   // as in the forward pass
    const float* weights;  // [output][input][positions][panel][64 outputs][panel width], turned
    Maps skip;             // added to the gradient of the input; pixels null: none
    Maps input_gradient;   // pixels null: not asked for
    float* weight_sums;    // [slice], then as the weights; or null
    double* bias_sums;     // [slice][64 * outputs]
    double* slope_sums;    // [slice][64 * inputs], with slopes
    Filters filters;  // of many groups, as is what follows; slices are blocks then
    float* windows;   // of the gradient: [block][output][positions][tile][64]
    float* spread;    // of the input, with weight_gradient: [block][input][positions][tile][64]
    float* weight_gradient;  // or null
};

/** The 9x9 tail after the last shuffle, as a 5x5 of the shuffle's 4 phases to 12, which are 2x2
 *  pixels. `sizes` counts pixels before that shuffle. */
struct TailPass {
    Sizes sizes;
    Maps input;           // the four phases
    const float* slopes;  // [64], or null
    const float* weights; // forward [phase][64 positions][64 inputs][16]; backward
                          // [phase][64][panel][12 outputs][panel width], turned
    const float* bias;    // [16]: 12, then idle
    float* pixels;        // R'G'B', images of 2 height x 2 width; the result, or its gradient
    int slices;           // backward only, as in BackwardPass, from here on
    Maps input_gradient;
    float* weight_sums;   // [slice][phase][64][panel][12 outputs][panel width]
    double* bias_sums;    // [slice][16]
    double* slope_sums;   // [slice][64]
};

/** Rows of a band of a judge's first convolution, which threads claim; floats of its packed
 *  weights, of a band's sums for their gradient, and of a thread's scratch, beside FIRST_ROWS rows
 *  of R'G'B' with a pixel more at either end. */
constexpr int FIRST_ROWS = 32;
constexpr int FIRST_WEIGHTS = CHANNELS * CHANNELS, FIRST_SUMS = 28 * CHANNELS;
constexpr int FIRST_SCRATCH = 2 * 48 * CHANNELS;

/** The gradients of a judge's first convolution, 3x3 from R'G'B' to 64 channels, zero padding. */
struct FirstPass {
    int images, height, width;
    const float* input;     // with sums
    const float* weights;   // [panel][64 outputs][panel width], turned
    const float* gradient;  // of the output
    float* input_gradient;  // or null
    float* sums;            // [band][panel][27 values, bias][panel width]; or null
};

/** The largest of each 2x2 pixels: sizes of the input, which are even; channels by 64. */
struct PoolingPass {
    int images, height, width, channels;
    const float* input;
    float* output;
    const float* gradient;  // of the output; backward only, as what follows
    float* input_gradient;
};

/** Where in a layer's outputs channel `channel` of group `group` is. */
#define OUTPUT_OF(shuffled, group, channel) \
    ((shuffled) ? 4 * (channel) + (group) : CHANNELS * (group) + (channel))

/** Parts into which a pair of groups is packed and unpacked: the unit that threads claim. */
constexpr int PACKING_PARTS = 4;

/** One instruction set's kernels for training. Blocks, slices, bands and rows are independent
 *  of each other. */
struct TrainingKernels {
    const char* name;
    int tail_tiles;                           // tiles a block
    int (*most_tiles)(const Sizes&);          // the most a block of a 3x3 layer should have
    void (*pack)(const Filters&, int turned, int part, float* packed);
    void (*unpack)(const Filters&, const float* sums, int slices, int part, float* gradient);
    void (*forward)(const ForwardPass&, int block, float* scratch);
    void (*backward)(const BackwardPass&, int slice, float* scratch);
    // of many groups: block * groups + group; after the gradient's, the input's
    void (*forward_windows)(const ForwardPass&, int number);
    void (*forward_group)(const ForwardPass&, int number, float* scratch);
    void (*backward_windows)(const BackwardPass&, int number);
    void (*backward_group)(const BackwardPass&, int number, float* scratch);
    void (*backward_weights)(const BackwardPass&, int pair, float* scratch);
    void (*pack_tail)(const float* phases, int turned, float* packed);
    void (*unpack_tail)(const float* sums, int slices, float* phases);
    void (*tail_forward)(const TailPass&, int block, float* scratch);
    void (*tail_backward)(const TailPass&, int slice, float* scratch);
    void (*pack_first)(const float* weight, float* packed);
    void (*unpack_first)(const float* sums, int bands, float* weight, float* bias);
    void (*first_backward)(const FirstPass&, int band, float* scratch);
    void (*pool_forward)(const PoolingPass&, int row);  // of the output, through all images
    void (*pool_backward)(const PoolingPass&, int row);
};

namespace baseline {
extern const TrainingKernels training_kernels;
}
namespace avx2 {
extern const TrainingKernels training_kernels;
}
namespace avx512 {
extern const TrainingKernels training_kernels;
}
namespace neon {
extern const TrainingKernels training_kernels;
}

}  // namespace fourfold
