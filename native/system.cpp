#include "system.h"

#if defined(__linux__)
#include <sched.h>
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

#if defined(__linux__)
int current_processor() { return sched_getcpu(); }

void leave_processors(const std::vector<std::atomic<int>>& processors) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;  // more than it can tell of
    cpu_set_t others = allowed;
    for (const int processor : processors)
        if (processor >= 0 && processor < CPU_SETSIZE) CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) == 0) return;
    sched_setaffinity(0, sizeof others, &others);
    sched_setaffinity(0, sizeof allowed, &allowed);
}
#else
int current_processor() { return -1; }

void leave_processors(const std::vector<std::atomic<int>>&) {}
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
