/** Buffers of floats: zeroed, and aligned so that a cache line or a vector never straddles. */
#pragma once

#include <cstddef>
#include <memory>

namespace fourfold {

struct FreeFloats {
    void operator()(float* floats) const;
};

using Floats = std::unique_ptr<float[], FreeFloats>;

/** `count` zeros; throws std::bad_alloc. */
Floats zeros(size_t count);

}  // namespace fourfold
