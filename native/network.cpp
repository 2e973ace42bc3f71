#include "network.h"

namespace fourfold {

Network pack_network(const Layer* layers, int depth, int doublings, bool skips,
                     const Kernels& kernels) {
    Network network{&kernels, skips, depth, doublings, pack_head(*layers++, kernels),
                    {},       {},    {},    {}};
    for (int layer = 0; layer < 2 * depth; layer++) {
        const bool activated = layer % 2 == 0 || !skips;
        network.blocks.push_back(pack_convolution(*layers++, kernels, activated));
    }
    network.trunk = pack_convolution(*layers++, kernels, !skips);
    for (int doubling = 0; doubling < doublings; doubling++)
        network.upsample.push_back(pack_convolution(*layers++, kernels, true));
    network.tail = pack_tail(*layers, kernels);
    return network;
}

}  // namespace fourfold
