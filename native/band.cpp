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
    band.maps = keep(workspace.maps, kept_trunk_rows(network.depth));
    band.skip = keep(workspace.skip, kept_trunk_rows(network.depth));
    for (const Slab& level : workspace.levels) band.levels.push_back(keep(level, KEPT_LEVEL));
    band.phases = keep(workspace.phases, KEPT_PHASES);
    return band;
}

enum class Direction { PUT_BACK, SET_ASIDE };

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

static void move_inner(const BandStrip& pass, int block, int rows, Direction direction,
                       std::vector<Task>& tasks) {
    tasks.push_back(move_rows(pass.workspace.inner, pass.band.inner[block], kept_inner(block, rows),
                              direction));
}

static void move_band(const BandStrip& pass, int rows, Direction direction,
                      std::vector<Task>& tasks) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const Band& band = pass.band;
    tasks.push_back(move_rows(space.maps, band.maps, kept_maps(network, rows), direction));
    tasks.push_back(move_rows(space.skip, band.skip, kept_skip(network, rows), direction));
    for (int doubling = 1; doubling < network.doublings; doubling++)
        tasks.push_back(move_rows(space.levels[doubling - 1], band.levels[doubling - 1],
                                  kept_level(network, doubling, rows), direction));
    tasks.push_back(move_rows(space.phases, band.phases, kept_phases(network, rows), direction));
}

static void run_head_row(const BandStrip& pass, int y) {
    const Network& network = pass.network;
    const Slab &maps = pass.workspace.maps, &skip = pass.workspace.skip;
    HeadRow head{{},
                 pass.width,
                 network.head.weights.get(),
                 network.head.bias.get(),
                 network.head.slopes.get(),
                 maps.row(y)};
    for (int tap = 0; tap < 9; tap++) {
        const int row = y + tap - 4;
        const bool inside = row >= 0 && row < pass.input.end;
        head.rows[tap] = inside ? pass.input.rows + row % pass.input.capacity * pass.input.stride
                                : pass.input.zeros;
    }
    network.kernels->head(head);
    if (network.skips)
        std::memcpy(skip.row(y), maps.row(y), sizeof(float) * maps.pixel * pass.width);
}

static int blocks_of(Span rows, int width, const Kernels& kernels, int block_tiles) {
    const int across = (width + kernels.tile_columns - 1) / kernels.tile_columns;
    const int tiles = (rows.rows() + 3) / 4 * across;
    return (tiles + block_tiles - 1) / block_tiles;
}

/** Rows `rows` of a 3x3 convolution of 64 channels to `groups` times 64. */
static Task convolution(const BandStrip& pass, const PackedLayer& layer, int groups, Rows input,
                        Target output, Span rows, int width) {
    const Kernels& kernels = *pass.network.kernels;
    const Convolution convolution{input,
                                  output,
                                  rows.first,
                                  rows.end,
                                  width,
                                  groups,
                                  layer.weights.get(),
                                  layer.bias.get(),
                                  layer.slopes.get()};
    const int tiles = groups == 1 ? kernels.trunk_tiles : kernels.upsample_tiles;
    return {blocks_of(rows, width, kernels, tiles),
            [convolution, &kernels, &space = pass.workspace](int block, int thread) {
                kernels.convolve(convolution, block, space.scratch[thread].get());
            }};
}

/** The residual blocks, and the convolution after them that is added to the skip. */
static void add_trunk(const BandStrip& pass, std::vector<Task>& tasks) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const Strip& strip = pass.strip;
    for (int block = 0; block < network.depth; block++) {
        const Span inner = made(strip, inner_lag(block), network.depth);
        const Span updated = made(strip, block_lag(block), network.depth);
        // the block before has finished one row more than this one can
        const int readable = strip.last ? strip.now : inner.end + 1;
        if (!strip.fresh) move_inner(pass, block, strip.before, Direction::PUT_BACK, tasks);
        tasks.push_back(convolution(pass, network.blocks[2 * block], 1,
                                    space.maps.until(readable, space.zero()), space.inner.target(),
                                    inner, pass.width));
        tasks.push_back(convolution(pass, network.blocks[2 * block + 1], 1,
                                    space.inner.until(inner.end, space.zero()), space.maps.target(),
                                    updated, pass.width));
        if (!strip.fresh && !strip.last)
            move_inner(pass, block, strip.now, Direction::SET_ASIDE, tasks);
    }
    const Span trunk = made(strip, trunk_lag(network.depth), network.depth);
    const int readable = strip.last ? strip.now : trunk.end + 1;
    tasks.push_back(convolution(pass, network.trunk, 1, space.maps.until(readable, space.zero()),
                                space.skip.target(), trunk, pass.width));
}

/** Rows `rows` of the tail, of `end` that the last maps have. */
static Task tail(const BandStrip& pass, Span rows, int end) {
    const Network& network = pass.network;
    const Kernels& kernels = *network.kernels;
    const Workspace& space = pass.workspace;
    const Tail tail{space.phases.until(end, space.zero()),
                    space.phases.plane,
                    rows.first,
                    rows.end,
                    pass.width << (network.doublings - 1),
                    network.tail.weights.get(),
                    network.tail.bias.get(),
                    space.pixels.get(),
                    space.pixel_stride};
    return {blocks_of(rows, tail.width, kernels, kernels.tail_tiles),
            [tail, &kernels, &space](int block, int thread) {
                kernels.tail(tail, block, space.scratch[thread].get());
            }};
}

/** Up-convolutions, tail and result, once `upsample 0` finishes rows `upsample`, the picture's last
 *  among them if `last`. What a fresh strip makes once more begins where it can be right. */
static void add_upsample(const BandStrip& pass, Span upsample, bool last,
                         const std::function<Task(Span)>& take, std::vector<Task>& tasks) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const int lag = upsample_lag(network.depth), deepest = network.doublings - 1;
    const int fresh_from = pass.strip.fresh ? made(pass.strip, lag, network.depth).first : 0;
    Rows input = space.skip.until(made(pass.strip, trunk_lag(network.depth), network.depth).end,
                                  space.zero());
    for (int level = 0; level <= deepest; level++) {
        const Span rows{std::max(upsampled(upsample.first, false, level),
                                 upsampled_afresh(fresh_from, level)),
                        upsampled(upsample.end, last, level)};
        const Target output =
            level == deepest ? space.phases.planes() : space.levels[level].shuffled();
        tasks.push_back(convolution(pass, network.upsample[level], 4, input, output, rows,
                                    pass.width << level));
        if (level < deepest) input = space.levels[level].until(2 * rows.end, space.zero());
    }
    const int wanted = tailed(finished(pass.strip.before, false, lag), false, network.doublings);
    const Span rows{std::max(tailed(upsample.first, false, network.doublings), wanted),
                    tailed(upsample.end, last, network.doublings)};
    tasks.push_back(tail(pass, rows, upsampled(upsample.end, last, deepest)));
    tasks.push_back(take({2 * rows.first, 2 * rows.end}));
}

void upscale_strip(const BandStrip& pass, const std::function<Task(Span)>& take,
                   std::vector<Task>& tasks) {
    const Strip& strip = pass.strip;
    const int depth = pass.network.depth;
    const bool moves = !pass.alone && !strip.fresh;
    if (moves) move_band(pass, strip.before, Direction::PUT_BACK, tasks);
    const Span head = made(strip, HEAD_LAG, depth);
    tasks.push_back(
        {head.rows(), [pass, head](int row, int) { run_head_row(pass, head.first + row); }});
    add_trunk(pass, tasks);
    const Span upsample = made(strip, upsample_lag(depth), depth);
    const int at_a_time = upsample_rows(pass.width);
    for (int first = upsample.first; first < upsample.end; first += at_a_time) {
        const int end = std::min(first + at_a_time, upsample.end);
        add_upsample(pass, {first, end}, strip.last && end == upsample.end, take, tasks);
    }
    if (moves && !strip.last) move_band(pass, strip.now, Direction::SET_ASIDE, tasks);
}

}  // namespace fourfold
