#include "processor.h"

#include <cstring>

namespace fourfold {

static std::vector<const Kernels*> usable() {
    std::vector<const Kernels*> kernels;
#if defined(__x86_64__)
    // these ask the operating system too: it must save the wider registers
    const bool avx2_there = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2_there && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        kernels.push_back(&avx512::kernels);
    if (avx2_there) kernels.push_back(&avx2::kernels);
    kernels.push_back(&baseline::kernels);
#elif defined(__aarch64__)
    kernels.push_back(&neon::kernels);
#else
    kernels.push_back(&baseline::kernels);
#endif
    return kernels;
}

const std::vector<const Kernels*>& usable_kernels() {
    static const std::vector<const Kernels*> kernels = usable();
    return kernels;
}

const Kernels* find_kernels(const char* name) {
    for (const Kernels* kernels : usable_kernels())
        if (std::strcmp(kernels->name, name) == 0) return kernels;
    return nullptr;
}

}  // namespace fourfold
