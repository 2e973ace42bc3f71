/** How a picture is cut, into bands of columns and strips of rows: a pure function of its width.
 *
 *  What lives during a strip grows with the width (0.13 MB a column at scale 4), so a wide picture is
 *  upscaled in bands, one after another through the same workspace. Neighbours overlap by twice the
 *  halo: the columns that a band keeps see nothing of its artificial border.
 *
 *  What bands keep for the next strip grows with the width too (35 KB a column at 16 blocks), and
 *  must: where no row is computed twice, each of 33 convolutions needs two rows of what it reads,
 *  17 KB a column, 1.1 GB for 65,536 of them. So beyond KEPT_BYTES nothing is kept but the
 *  picture's own rows: each strip is computed afresh, with the rows above that it sees (schedule.h).
 */
#pragma once

#include <algorithm>
#include <vector>

#include "kernels.h"
#include "schedule.h"

namespace fourfold {

/** Columns [start, start + width) are computed, [first, end) of the picture kept. */
struct Columns {
    int start, first, end;
};

struct Cut {
    int band;  // columns of each: they share a workspace
    std::vector<Columns> columns;
    int strip;   // rows
    bool fresh;  // strips keep nothing for the next
};

constexpr size_t KEPT_BYTES = size_t{200} << 20;

/** What bands would keep for each column: rows of 64 channels as `make_band` counts them. */
constexpr size_t kept_bytes(int depth, int doublings) {
    size_t rows = kept_inner_rows(depth) + 2 * kept_trunk_rows(depth);
    rows += KEPT_PHASES * 4 << (doublings - 1);
    for (int doubling = 1; doubling < doublings; doubling++) rows += KEPT_LEVEL << doubling;
    return rows * CHANNELS * sizeof(float);
}

/** Rows of a fresh strip: the more, the fewer are computed twice, but its result lives at once: so
 *  many that it is 100 MB of uint8. */
inline int fresh_rows(int width, int doublings) {
    const int bytes_a_row = 3 * width << (2 * doublings);
    return std::clamp(100'000'000 / bytes_a_row / 4 * 4, 32, 192);
}

inline std::vector<Columns> overlapping(int width, int band, int halo, int count) {
    std::vector<Columns> columns;
    for (int i = 0, first = 0; i < count; i++) {
        const int start = std::min(i * (band - 2 * halo), width - band);
        const int end = i == count - 1 ? width : start + band - halo;
        columns.push_back({start, first, end});
        first = end;
    }
    return columns;
}

/** At scale 8 maps are 4 times as wide in the end instead of 2, so its bands are half as wide;
 *  those of fresh strips, which are taller, are half as wide again. */
inline Cut cut(int width, int depth, int doublings) {
    const int whole = doublings == 3 ? 960 : 1920;
    if (width <= whole) return {width, {{0, 0, width}}, strip_rows(width), false};
    const bool fresh = width > static_cast<int>(KEPT_BYTES / kept_bytes(depth, doublings));
    const int halo = band_halo(depth);
    const int widest = std::max(fresh ? whole / 3 : whole * 2 / 3, 4 * halo);
    // n bands of one width, overlapping by 2 halo, reach n * band - 2 halo (n - 1) columns
    const int step = widest - 2 * halo;
    const int count = std::max((width - 2 * halo + step - 1) / step, 1);
    const int band = (width + 2 * halo * (count - 1) + count - 1) / count;
    return {band, overlapping(width, band, halo, count),
            fresh ? fresh_rows(width, doublings) : strip_rows(width), fresh};
}

}  // namespace fourfold
