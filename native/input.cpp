#include "input.h"

#include <algorithm>
#include <cstring>

namespace fourfold {

Input::Input(int width, int capacity)
    : width_(width), capacity_(capacity), memory_(zeros(size_t{3} * width * capacity)) {}

unsigned char* Input::row(int64_t y) const {
    const size_t bytes = bytes_of(type_) * 3 * width_;
    return reinterpret_cast<unsigned char*>(memory_.get()) + y % capacity_ * bytes;
}

void Input::put(int64_t y, const void* row, PixelType type) {
    type_ = type;
    std::memcpy(this->row(y), row, bytes_of(type) * 3 * width_);
}

void Input::take(int y, int first, int count, float* floats) const {
    const int start = std::clamp(first, 0, width_), end = std::clamp(first + count, start, width_);
    std::fill(floats, floats + 3 * (start - first), 0.0f);
    floats_from(row(y) + bytes_of(type_) * 3 * start, type_, 3 * (end - start),
                floats + 3 * (start - first));
    std::fill(floats + 3 * (end - first), floats + 3 * count, 0.0f);
}

}  // namespace fourfold
