/** How a wide picture is cut into bands of columns: a pure function of its width.
 *
 *  What lives during a strip grows with the width (0.13 MB a column at scale 4), so that a wide
 *  picture is upscaled in bands, one after another through the same workspace. Neighbours overlap
 *  by twice the halo: the columns that a band keeps see nothing of its artificial border.
 */
#pragma once

#include <algorithm>
#include <vector>

namespace fourfold {

/** Columns [start, start + width) are computed, [first, end) of the picture kept. */
struct Columns {
    int start, first, end;
};

struct Bands {
    int width;  // the same for all: they share a workspace
    std::vector<Columns> columns;
};

/** Widest picture that is not cut, and widest band of one that is. At scale 8 maps are 4 times as
 *  wide in the end instead of 2, so both are halved. */
inline Bands cut_columns(int width, int halo, int doublings) {
    const int whole = doublings == 3 ? 960 : 1920;
    const int widest = std::max(whole * 2 / 3, 4 * halo);
    if (width <= whole) return {width, {{0, 0, width}}};
    // n bands of one width, overlapping by 2 halo, reach n * band - 2 halo (n - 1) columns
    const int step = widest - 2 * halo;
    const int count = std::max((width - 2 * halo + step - 1) / step, 1);
    const int band = (width + 2 * halo * (count - 1) + count - 1) / count;
    Bands bands{band, {}};
    for (int i = 0, first = 0; i < count; i++) {
        const int start = std::min(i * (band - 2 * halo), width - band);
        const int end = i == count - 1 ? width : start + band - halo;
        bands.columns.push_back({start, first, end});
        first = end;
    }
    return bands;
}

}  // namespace fourfold
