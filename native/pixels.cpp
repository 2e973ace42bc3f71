#include "pixels.h"

#include <cstdint>
#include <cstring>
#include <limits>

namespace fourfold {

template <class Integer> static constexpr float PEAK = std::numeric_limits<Integer>::max();

template <class Integer> static void scale_down(const void* values, int count, float* floats) {
    const auto* integers = static_cast<const Integer*>(values);
    for (int i = 0; i < count; i++) floats[i] = integers[i] / PEAK<Integer>;
}

template <class Integer> static void quantise(const float* floats, int count, void* values) {
    auto* integers = static_cast<Integer*>(values);
    for (int i = 0; i < count; i++) {
        const float value = floats[i] * PEAK<Integer>;
        // written so that what is not a number becomes 0
        const float clamped = value > 0 ? (value < PEAK<Integer> ? value : PEAK<Integer>) : 0;
        integers[i] = static_cast<Integer>(static_cast<int>(clamped + 0.5f));
    }
}

void floats_from(const void* values, PixelType type, int count, float* floats) {
    switch (type) {
        case PixelType::UINT8:
            return scale_down<uint8_t>(values, count, floats);
        case PixelType::UINT16:
            return scale_down<uint16_t>(values, count, floats);
        case PixelType::FLOAT32:
            std::memcpy(floats, values, count * sizeof(float));
    }
}

void floats_to(const float* floats, PixelType type, int count, void* values) {
    switch (type) {
        case PixelType::UINT8:
            return quantise<uint8_t>(floats, count, values);
        case PixelType::UINT16:
            return quantise<uint16_t>(floats, count, values);
        case PixelType::FLOAT32:
            std::memcpy(values, floats, count * sizeof(float));
    }
}

}  // namespace fourfold
