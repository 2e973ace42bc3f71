/** Weights in the order in which the kernels read them. */
#pragma once

#include "kernels.h"
#include "memory.h"

namespace fourfold {

/** A convolution as it comes in: stride 1, zero padding, weight[outputs][inputs][side][side]. */
struct Layer {
    const double* weight;
    const double* bias;    // [outputs]
    const double* slopes;  // [outputs], or null
    int outputs, inputs, side;
};

/** The same, packed; what each array holds is said at `Convolution`, `Tail` and `HeadRow`. */
struct PackedLayer {
    Floats weights, bias, slopes;
};

PackedLayer pack_head(const Layer& layer, const Kernels& kernels);

/** 3x3, from 64 channels to 64 or 256. Without `slopes`, `activated` says what follows: PReLU that
 *  changes nothing (slopes of one), or the sum with what the output holds (no slopes). */
PackedLayer pack_convolution(const Layer& layer, const Kernels& kernels, bool activated);

PackedLayer pack_tail(const Layer& layer, const Kernels& kernels);

/** The weights alone, for kernels in bf16. */
Floats pack_head_bf16(const Layer& layer);
Floats pack_convolution_bf16(const Layer& layer);
Floats pack_tail_bf16(const Layer& layer);

}  // namespace fourfold
