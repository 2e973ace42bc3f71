/** What lives only while a strip of one band is upscaled; all bands and strips use it in turn. */
#pragma once

#include <vector>

#include "columns.h"
#include "network.h"
#include "slab.h"

namespace fourfold {

struct Workspace {
    Slab maps;                 // the trunk's, updated in place
    Slab skip;                 // the head's, to which the trunk is added in place
    Slab inner;                // between the two convolutions of the block at work
    std::vector<Slab> levels;  // after each shuffle but the last: 2, 4 times the width
    Slab phases;               // before the last shuffle: four planes
    Floats zero_row;           // for rows outside the picture
    Floats pixels;             // R'G'B' rows of the result, `pixel_stride` floats each
    ptrdiff_t pixel_stride;
    std::vector<Floats> scratch;  // a thread's
    std::vector<Floats> seen;     // likewise: the picture's rows that a row of the head sees,
    ptrdiff_t seen_stride;        // R'G'B', INPUT_PAD pixels of zeros or neighbours at each end

    Workspace(const Network& network, const Cut& cut, int threads);

    const float* zero() const { return zero_row.get() + LEFT_PAD * maps.pixel; }
};

}  // namespace fourfold
