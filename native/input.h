/** The rows of a picture that its strips still see, as they came in: row y takes the place of row
 *  y - capacity. In floats those of 65,536 columns of uint8 would be 90 MB instead of 22. */
#pragma once

#include <cstdint>

#include "memory.h"
#include "pixels.h"

namespace fourfold {

class Input {
public:
    /** Room for rows of any type; of pages that no row reaches there is only the address. */
    Input(int width, int capacity);

    /** One picture's rows are all of one type. */
    void put(int64_t y, const void* row, PixelType type);

    /** Pixels [first, first + count) of row y as floats, 3 a pixel; those beside the picture are
     *  zeros. */
    void take(int y, int first, int count, float* floats) const;

    PixelType type() const { return type_; }

private:
    unsigned char* row(int64_t y) const;

    int width_, capacity_;
    PixelType type_ = PixelType::UINT8;
    Floats memory_;
};

}  // namespace fourfold
