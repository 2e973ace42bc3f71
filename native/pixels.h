/** Between the pixels of a picture and floats in [0, 1]. */
#pragma once

#include <cstddef>

namespace fourfold {

enum class PixelType { UINT8 = 1, UINT16 = 2, FLOAT32 = 4 };

constexpr size_t bytes_of(PixelType type) { return static_cast<size_t>(type); }

/** Integers are divided by 255 or 65535; floats stay as they are. */
void floats_from(const void* values, PixelType type, int count, float* floats);

/** Integers are floor(peak * value + 0.5), clamped; floats stay as they are, not clamped. */
void floats_to(const float* floats, PixelType type, int count, void* values);

}  // namespace fourfold
