/** How often the pixels of a picture are computed: once, but for bands and fresh strips. */
#pragma once

#include <cstdint>

#include "network.h"

namespace fourfold {

/** All the multiplications of a picture's layers, each by its own formula, over those of a picture
 *  of which nothing is computed twice. */
double passes(const Network& network, int64_t height, int width);

}  // namespace fourfold
