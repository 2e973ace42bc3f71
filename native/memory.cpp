#include "memory.h"

#include <cstdint>
#include <cstring>
#include <new>

#include "system.h"

namespace fourfold {

static constexpr std::align_val_t LINE_BYTES{64};

void FreeFloats::operator()(float* floats) const { ::operator delete[](floats, LINE_BYTES); }

Floats zeros(size_t count) {
    if (count > SIZE_MAX / 2 / sizeof(float)) throw std::bad_alloc();
    Floats floats(static_cast<float*>(::operator new[](count * sizeof(float), LINE_BYTES)));
    prefer_large_pages(floats.get(), count * sizeof(float));
    std::memset(floats.get(), 0, count * sizeof(float));
    return floats;
}

}  // namespace fourfold
