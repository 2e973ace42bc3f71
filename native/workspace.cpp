#include "workspace.h"

namespace fourfold {

/** In the last strip a slab of the trunk holds the strip, and what every block lags behind; in a
 *  fresh one also what it computes again. */
static int trunk_rows(const Network& network, const Cut& cut) {
    return cut.strip + (cut.fresh ? rows_above(network.depth) : 2 * network.depth + 12);
}

/** Rows of maps `doubling` times doubled that are made at a time, and what later layers lag. */
static int level_rows(int width, int doubling) { return (upsample_rows(width) << doubling) + 8; }

Workspace::Workspace(const Network& network, const Cut& cut, int threads)
    : maps(cut.band, trunk_rows(network, cut), *network.kernels),
      skip(cut.band, trunk_rows(network, cut), *network.kernels),
      inner(cut.band, trunk_rows(network, cut), *network.kernels),
      phases(cut.band << (network.doublings - 1), level_rows(cut.band, network.doublings - 1),
             *network.kernels, 4),
      zero_row(zeros(phases.plane + OVERHANG * phases.pixel)),
      pixel_stride(static_cast<ptrdiff_t>(cut.band) * network.scale() * 3),
      seen_stride((cut.band + 2 * INPUT_PAD) * static_cast<ptrdiff_t>(3)) {
    const int width = cut.band;
    for (int doubling = 1; doubling < network.doublings; doubling++)
        levels.emplace_back(width << doubling, level_rows(width, doubling), *network.kernels);
    pixels =
        zeros(static_cast<size_t>(pixel_stride) * 2 * level_rows(width, network.doublings - 1));
    for (int thread = 0; thread < threads; thread++) {
        scratch.push_back(zeros(network.kernels->scratch));
        seen.push_back(zeros(seen_stride * 9 + 3 * OVERHANG));
    }
}

}  // namespace fourfold
