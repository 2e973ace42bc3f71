#include "band.h"

#include <cstring>

#include "pool.h"

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

static Span kept_inner(int block, int rows) {
    const int end = finished(rows, false, inner_lag(block));
    return {std::max(end - 2, 0), end};
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

Band make_band(const Network& network, const Workspace& workspace, Columns columns, bool alone) {
    const auto keep = [](const Slab& slab, int rows) {
        return zeros(static_cast<size_t>(slab.stride) * rows);
    };
    Band band{columns, {}, nullptr, nullptr, nullptr, {}};
    for (int block = 0; block < network.depth; block++)
        band.inner.push_back(keep(workspace.inner, 2));
    if (alone) return band;
    const int lagging = upsample_lag(network.depth) - HEAD_LAG + 1;
    band.maps = keep(workspace.maps, lagging);
    band.skip = keep(workspace.skip, lagging);
    for (const Slab& level : workspace.levels) band.levels.push_back(keep(level, 2));
    band.phases = keep(workspace.phases, 4);
    return band;
}

enum class Direction { PUT_BACK, SET_ASIDE };

/** Copies the rows of a span between a slab and where a band keeps them. */
static void move_rows(const Slab& slab, const Floats& kept, Span span, Direction direction,
                      int threads) {
    parallel(threads, span.rows(), [&](int row, int) {
        float* in_slab = slab.row(span.first + row) - LEFT_PAD * CHANNELS;
        float* aside = kept.get() + row * slab.stride;
        if (direction == Direction::PUT_BACK)
            std::memcpy(in_slab, aside, slab.stride * sizeof(float));
        else
            std::memcpy(aside, in_slab, slab.stride * sizeof(float));
    });
}

static void move_band(const BandStrip& pass, int rows, Direction direction) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const auto move = [&](const Slab& slab, const Floats& kept, Span span) {
        move_rows(slab, kept, span, direction, pass.threads);
    };
    move(space.maps, pass.band.maps, kept_maps(network, rows));
    move(space.skip, pass.band.skip, kept_skip(network, rows));
    for (int doubling = 1; doubling < network.doublings; doubling++)
        move(space.levels[doubling - 1], pass.band.levels[doubling - 1],
             kept_level(network, doubling, rows));
    move(space.phases, pass.band.phases, kept_phases(network, rows));
}

static void run_head(const BandStrip& pass) {
    const Network& network = pass.network;
    const Slab &maps = pass.workspace.maps, &skip = pass.workspace.skip;
    const Span rows = made(pass.strip, HEAD_LAG);
    parallel(pass.threads, rows.rows(), [&](int index, int) {
        const int y = rows.first + index;
        HeadRow head{{}, pass.width, network.head.weights.get(), network.head.bias.get(),
                     network.head.slopes.get(), maps.row(y)};
        for (int tap = 0; tap < 9; tap++) {
            const int row = y + tap - 4;
            const bool inside = row >= 0 && row < pass.input.end;
            head.rows[tap] = inside ? pass.input.rows + row % pass.input.capacity * pass.input.stride
                                    : pass.input.zeros;
        }
        network.kernels->head(head);
        if (network.skips)
            std::memcpy(skip.row(y), maps.row(y), sizeof(float) * CHANNELS * pass.width);
    });
}

/** Rows `span` of a 3x3 convolution of 64 channels, or of 64 to 256 with a target of four groups. */
static void run_convolution(const BandStrip& pass, const PackedLayer& layer, int groups, Rows input,
                            Target output, Span span, int width) {
    const Convolution convolution{input,  output, span.first,          span.end,         width,
                                  groups, layer.weights.get(), layer.bias.get(), layer.slopes.get()};
    const Kernels& kernels = *pass.network.kernels;
    const int block_tiles = groups == 1 ? kernels.trunk_tiles : kernels.upsample_tiles;
    const int tiles = (span.rows() + 3) / 4 * ((width + 3) / 4);
    parallel(pass.threads, (tiles + block_tiles - 1) / block_tiles, [&](int block, int thread) {
        kernels.convolve(convolution, block, pass.workspace.scratch[thread].get());
    });
}

/** The residual blocks, and the convolution after them that is added to the skip. */
static void run_trunk(const BandStrip& pass) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const Strip& strip = pass.strip;
    for (int block = 0; block < network.depth; block++) {
        const Span inner = made(strip, inner_lag(block)), updated = made(strip, block_lag(block));
        const Floats& kept = pass.band.inner[block];
        move_rows(space.inner, kept, kept_inner(block, strip.before), Direction::PUT_BACK, pass.threads);
        // the block before has finished one row more than this one can
        const int readable = strip.last ? strip.now : inner.end + 1;
        run_convolution(pass, network.blocks[2 * block], 1,
                        space.maps.until(readable, space.zero()), space.inner.target(), inner,
                        pass.width);
        run_convolution(pass, network.blocks[2 * block + 1], 1,
                        space.inner.until(inner.end, space.zero()), space.maps.target(), updated,
                        pass.width);
        if (!strip.last)
            move_rows(space.inner, kept, kept_inner(block, strip.now), Direction::SET_ASIDE, pass.threads);
    }
    const Span trunk = made(strip, trunk_lag(network.depth));
    const int readable = strip.last ? strip.now : trunk.end + 1;
    run_convolution(pass, network.trunk, 1, space.maps.until(readable, space.zero()),
                    space.skip.target(), trunk, pass.width);
}

/** Up-convolutions and tail, once `upsample 0` finishes rows `upsample` (the picture's last too if
 *  `last`). */
static void run_upsample(const BandStrip& pass, Span upsample, int trunk_end, bool last,
                         const std::function<void(Span)>& ready) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const int deepest = network.doublings - 1;
    for (int level = 0; level <= deepest; level++) {
        const Span rows{upsampled(upsample.first, false, level), upsampled(upsample.end, last, level)};
        const Rows input =
            level == 0 ? space.skip.until(trunk_end, space.zero())
                       : space.levels[level - 1].until(
                             2 * upsampled(upsample.end, last, level - 1), space.zero());
        const Target output =
            level == deepest ? space.phases.planes() : space.levels[level].shuffled();
        run_convolution(pass, network.upsample[level], 4, input, output, rows, pass.width << level);
    }
    const Span rows{tailed(upsample.first, false, network.doublings),
                    tailed(upsample.end, last, network.doublings)};
    if (rows.rows() == 0) return;
    const Tail tail{space.phases.until(upsampled(upsample.end, last, deepest), space.zero()),
                    space.phases.plane, rows.first, rows.end, pass.width << deepest,
                    network.tail.weights.get(), network.tail.bias.get(),
                    space.pixels.get(), space.pixel_stride};
    const Kernels& kernels = *network.kernels;
    const int tiles = (rows.rows() + 3) / 4 * ((tail.width + 3) / 4);
    parallel(pass.threads, (tiles + kernels.tail_tiles - 1) / kernels.tail_tiles,
             [&](int block, int thread) {
                 kernels.tail(tail, block, space.scratch[thread].get());
             });
    ready({2 * rows.first, 2 * rows.end});
}

void upscale_strip(const BandStrip& pass, const std::function<void(Span)>& ready) {
    const Strip& strip = pass.strip;
    const int depth = pass.network.depth;
    if (!pass.alone) move_band(pass, strip.before, Direction::PUT_BACK);
    run_head(pass);
    run_trunk(pass);
    const Span upsample = made(strip, upsample_lag(depth));
    const int trunk_end = made(strip, trunk_lag(depth)).end;
    for (int first = upsample.first; first < upsample.end; first += UPSAMPLE_ROWS) {
        const int end = std::min(first + UPSAMPLE_ROWS, upsample.end);
        run_upsample(pass, {first, end}, trunk_end, strip.last && end == upsample.end, ready);
    }
    if (!pass.alone && !strip.last) move_band(pass, strip.now, Direction::SET_ASIDE);
}

}  // namespace fourfold
