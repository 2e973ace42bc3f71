#include "band.h"

#include <cstring>

namespace fourfold {

/** Rows of a slab that the next strip still needs, after `rows` rows came in. */
static Span kept_maps(const Network& network, int rows) {
    const int trunk = finished(rows, false, trunk_lag(network.depth));
    return {std::max(trunk - 1, 0), finished(rows, false, HEAD_LAG)};
}

static Span kept_skip(const Network& network, int rows) {
    const int upsampled_rows = finished(rows, false, upsample_lag(network.depth));
    return {std::max(upsampled_rows - 1, 0), finished(rows, false, HEAD_LAG)};
}

/** Two rows of each block, which are two rows behind those of the block before. */
static Span kept_inner(const Network& network, int rows) {
    const int last = finished(rows, false, inner_lag(network.depth - 1));
    return {std::max(last - 2, 0), finished(rows, false, inner_lag(0))};
}

static Span kept_level(const Network& network, int doubling, int rows) {
    const int upsample = finished(rows, false, upsample_lag(network.depth));
    const int read = upsampled(upsample, false, doubling);
    return {std::max(read - 1, 0), 2 * upsampled(upsample, false, doubling - 1)};
}

static Span kept_phases(const Network& network, int rows) {
    const int upsample = finished(rows, false, upsample_lag(network.depth));
    const int read = tailed(upsample, false, network.doublings);
    return {std::max(read - 2, 0), upsampled(upsample, false, network.doublings - 1)};
}

Band make_band(const Network& network, const Workspace& workspace, Columns columns) {
    const auto keep = [](const Slab& slab, int rows) {
        return zeros(static_cast<size_t>(slab.stride) * rows);
    };
    Band band{columns};
    band.inner = keep(workspace.inner, kept_inner_rows(network.depth));
    band.maps = keep(workspace.maps, kept_trunk_rows(network.depth));
    band.skip = keep(workspace.skip, kept_trunk_rows(network.depth));
    for (const Slab& level : workspace.levels) band.levels.push_back(keep(level, KEPT_LEVEL));
    band.phases = keep(workspace.phases, KEPT_PHASES);
    return band;
}

/** Copies the rows of a span between a slab and where a band keeps them. */
static Task move_rows(const Slab& slab, const Floats& kept, Span span, Direction direction) {
    return {span.rows(), [&slab, aside = kept.get(), span, direction](int row, int) {
                float* in_slab = slab.row(span.first + row) - LEFT_PAD * slab.pixel;
                float* in_kept = aside + row * slab.stride;
                if (direction == Direction::PUT_BACK)
                    std::memcpy(in_slab, in_kept, slab.stride * sizeof(float));
                else
                    std::memcpy(in_kept, in_slab, slab.stride * sizeof(float));
            }};
}

void move_band(const Network& network, const Workspace& space, const Band& band, int rows,
               Direction direction, std::vector<Task>& tasks) {
    const auto move = [&](const Slab& slab, const Floats& kept, Span span) {
        tasks.push_back(move_rows(slab, kept, span, direction));
    };
    move(space.inner, band.inner, kept_inner(network, rows));
    move(space.maps, band.maps, kept_maps(network, rows));
    move(space.skip, band.skip, kept_skip(network, rows));
    for (int doubling = 1; doubling < network.doublings; doubling++)
        move(space.levels[doubling - 1], band.levels[doubling - 1],
             kept_level(network, doubling, rows));
    move(space.phases, band.phases, kept_phases(network, rows));
}

}  // namespace fourfold
