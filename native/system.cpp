#include "system.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace fourfold {

#if defined(__linux__)
void prefer_large_pages(void* memory, size_t bytes) {
    constexpr uintptr_t PAGE = 4096;
    const auto start = reinterpret_cast<uintptr_t>(memory);
    const uintptr_t first = (start + PAGE - 1) / PAGE * PAGE, end = (start + bytes) / PAGE * PAGE;
    if (end > first) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}
#else
void prefer_large_pages(void*, size_t) {}
#endif

#if defined(__linux__) && defined(__x86_64__)
bool may_use_tiles() {
    constexpr long REQUEST_PERMISSION = 0x1023, TILE_DATA = 18;
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#else
bool may_use_tiles() { return false; }
#endif

}  // namespace fourfold
