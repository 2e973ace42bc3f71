/** The training kernels against direct sums: a guard against compilers and processors that err. */
#pragma once

#include "training_kernels.h"

namespace fourfold {

/** A miscompiled kernel is off by its whole result; rounding by 1e-6 of it. */
constexpr double TRAINING_SELF_TEST_LIMIT = 1e-4;

/** The largest error of all results and gradients, relative to each one's largest value. */
double training_self_test(const TrainingKernels& kernels);

}  // namespace fourfold
