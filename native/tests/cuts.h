/** Streams cut into bands and strips as no width would ask for, so that small pictures show it. */
#pragma once

#include <cstdint>

/** One random network and picture, upscaled in one piece and in several random cuts. */
void check_cuts(uint32_t seed);
