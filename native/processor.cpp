#include "processor.h"

#include <cstring>

#include "system.h"

#if defined(FOURFOLD_AMX)
#include <cpuid.h>
#endif

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

#if defined(FOURFOLD_AMX)
/** Bits of cpuid that say bf16 in tiles (7.0, edx) and in vectors (7.1, eax). */
static bool has_amx_bf16() {
    unsigned eax, ebx, ecx, edx;
    constexpr unsigned BF16_TILES = 1u << 22, TILES = 1u << 24, BF16_VECTORS = 1u << 5;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
    if (!(edx & BF16_TILES) || !(edx & TILES)) return false;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax & BF16_VECTORS);
}

static const Kernels* usable_in_bf16() {
    const bool wide = std::strcmp(usable_kernels().front()->name, "avx512") == 0;
    return wide && has_amx_bf16() && may_use_tiles() ? &amx_bf16::kernels : nullptr;
}
#else
static const Kernels* usable_in_bf16() { return nullptr; }
#endif

const Kernels* bf16_kernels() {
    static const Kernels* const kernels = usable_in_bf16();
    return kernels;
}

const Kernels* find_kernels(const char* name) {
    for (const Kernels* kernels : usable_kernels())
        if (std::strcmp(kernels->name, name) == 0) return kernels;
    const bool in_bf16 = std::strcmp(name, "amx_bf16") == 0;  // asks for tiles only when it is named
    return in_bf16 ? bf16_kernels() : nullptr;
}

}  // namespace fourfold
