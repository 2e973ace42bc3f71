#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <new>

#include "system.h"

namespace fourfold {

static constexpr size_t LINE_BYTES = 64;

/** Where a buffer's memory begins is noted just before the buffer. */
static void*& memory_of(float* floats) { return reinterpret_cast<void**>(floats)[-1]; }

void FreeFloats::operator()(float* floats) const { std::free(memory_of(floats)); }

/** By calloc, which does not write what is fresh from the system, and so zeros: a page of it takes
 *  memory once it is used. */
Floats zeros(size_t count) {
    if (count > SIZE_MAX / 2 / sizeof(float)) throw std::bad_alloc();
    void* memory = std::calloc(1, count * sizeof(float) + LINE_BYTES);
    if (!memory) throw std::bad_alloc();
    // calloc's address is a multiple of 16: there is room for the note
    auto* floats = static_cast<float*>(memory) + LINE_BYTES / sizeof(float);
    floats -= reinterpret_cast<uintptr_t>(memory) % LINE_BYTES / sizeof(float);
    memory_of(floats) = memory;
    prefer_large_pages(floats, count * sizeof(float));
    return Floats(floats);
}

}  // namespace fourfold
