/** Which instruction sets this processor, and its operating system, can run. */
#pragma once

#include <vector>

#include "kernels.h"

namespace fourfold {

/** The kernels that can run here, best first; the baseline is always among them. */
const std::vector<const Kernels*>& usable_kernels();

/** The kernels in bf16, or null where they cannot run: they make another picture, so they are never
 *  among the ones above. */
const Kernels* bf16_kernels();

/** Those called `name`, or null if there are none or they cannot run here. */
const Kernels* find_kernels(const char* name);

}  // namespace fourfold
