/** The kernels against direct sums: a guard against compilers and processors that err. */
#pragma once

#include "kernels.h"

namespace fourfold {

/** The largest error of head, convolutions and tail, relative to each one's largest result. */
double self_test(const Kernels& kernels);

/** A miscompiled kernel is off by its whole result; rounding by 1e-6 of it, in bf16 by 4e-3. */
double self_test_limit(const Kernels& kernels);

}  // namespace fourfold
