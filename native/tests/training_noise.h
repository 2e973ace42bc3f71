/** Numbers for the checks of the training kernels, and what they share. */
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace training_tests {

using Floats = std::vector<float>;

inline void expect(bool condition, const std::string& what) {
    if (condition) return;
    std::printf("FAILED: training, %s\n", what.c_str());
    std::exit(1);
}

struct Noise {
    uint32_t state;
    double operator()() {
        state = state * 1664525u + 1013904223u;
        return (state >> 8) / 8388608.0 - 1;
    }
    int between(int low, int high) {
        return low + static_cast<int>(((*this)() + 1) / 2 * (high - low + 1));
    }
    Floats many(size_t count) {
        Floats values(count);
        for (float& value : values) value = static_cast<float>((*this)());
        return values;
    }
};

inline double dot(const Floats& a, const Floats& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); i++) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

}  // namespace training_tests
