/** A ring of rows of a feature map, channels last: row y takes the place of row y - capacity. */
#pragma once

#include "kernels.h"
#include "memory.h"

namespace fourfold {

struct Slab {
    int capacity;      // rows
    int pixel;         // floats of memory of a pixel's 64 channels
    ptrdiff_t plane;   // floats from a plane of 64 channels to the next, in one row
    ptrdiff_t stride;  // floats from a row to the next
    Floats floats;

    /** The pads stay zeros for ever: kernels write only pixels of the picture. An odd number of
     *  pixels keeps rows out of each other's L1 sets; so do 256 channels as four planes. */
    Slab(int width, int rows, const Kernels& kernels, int planes = 1)
        : capacity(rows),
          pixel(kernels.pixel),
          plane(((width + LEFT_PAD + RIGHT_PAD) | 1) * static_cast<ptrdiff_t>(pixel)),
          stride(plane * planes),
          floats(zeros(static_cast<size_t>(stride) * rows + OVERHANG * pixel)) {}

    /** Pixel 0 of row `y`. */
    float* row(int y) const { return floats.get() + y % capacity * stride + LEFT_PAD * pixel; }

    /** The rows before `end`, to read. */
    Rows until(int end, const float* zero_row) const {
        return {row(0), stride, capacity, end, zero_row};
    }

    /** All rows, to write as they are. */
    Target target() const { return {row(0), stride, capacity, 1, {0}, {0}, pixel}; }

    /** All rows, to write four groups of 64 channels, the 2x2 phases of the sub-pixel shuffle. */
    Target shuffled() const {
        return {row(0), stride, capacity, 2, {0, 0, 1, 1}, {0, pixel, 0, pixel}, 2 * pixel};
    }

    /** All rows, to write four groups of 64 channels, each to its plane. */
    Target planes() const {
        return {row(0), stride, capacity, 1, {0}, {0, plane, 2 * plane, 3 * plane}, pixel};
    }
};

}  // namespace fourfold
