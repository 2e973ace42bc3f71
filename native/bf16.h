/** bfloat16, the upper half of a float: its range with 8 bits of precision. */
#pragma once

#include <cstdint>
#include <cstring>

namespace fourfold {

/** Rounded to nearest even; finite values. */
inline uint16_t to_bf16(double value) {
    const auto rounded = static_cast<float>(value);
    uint32_t bits;
    std::memcpy(&bits, &rounded, sizeof bits);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float from_bf16(uint16_t value) {
    const uint32_t bits = static_cast<uint32_t>(value) << 16;
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}

}  // namespace fourfold
