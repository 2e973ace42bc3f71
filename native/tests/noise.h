/** Numbers for the checks: the same on every machine. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/** Numbers in [-1, 1). */
struct Noise {
    uint32_t state;
    double operator()() {
        state = state * 1664525u + 1013904223u;
        return (state >> 8) / 8388608.0 - 1;
    }
    int between(int low, int high) {
        return low + static_cast<int>(((*this)() + 1) / 2 * (high - low + 1));
    }
    std::vector<float> many(size_t count) {
        std::vector<float> values(count);
        for (float& value : values) value = static_cast<float>((*this)());
        return values;
    }
};
