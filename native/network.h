/** A generator's folded layers, packed for one instruction set. */
#pragma once

#include <vector>

#include "packing.h"

namespace fourfold {

struct Network {
    const Kernels* kernels;
    bool skips;
    int depth;      // residual blocks
    int doublings;  // up-convolutions: log2 of the scale
    PackedLayer head;
    std::vector<PackedLayer> blocks;  // two a block
    PackedLayer trunk;
    std::vector<PackedLayer> upsample;
    PackedLayer tail;

    int scale() const { return 1 << doublings; }
};

/** `layers` in the order in which rows pass them: head, 2 * depth, trunk, doublings, tail. */
Network pack_network(const Layer* layers, int depth, int doublings, bool skips,
                     const Kernels& kernels);

}  // namespace fourfold
