/** What the checks of the training kernels share. */
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "noise.h"

namespace training_tests {

using Floats = std::vector<float>;

inline void expect(bool condition, const std::string& what) {
    if (condition) return;
    std::printf("FAILED: training, %s\n", what.c_str());
    std::exit(1);
}

inline double dot(const Floats& a, const Floats& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); i++) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

}  // namespace training_tests
