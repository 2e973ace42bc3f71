/** The kernels against direct sums: a guard against compilers and processors that err. */
#pragma once

#include "kernels.h"

namespace fourfold {

/** A miscompiled kernel is off by its whole result; rounding by 1e-6 of it. */
constexpr double SELF_TEST_LIMIT = 1e-4;

/** The largest error of head, convolutions and tail, relative to each one's largest result. */
double self_test(const Kernels& kernels);

}  // namespace fourfold
