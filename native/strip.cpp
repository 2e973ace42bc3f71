#include "strip.h"

#include <cstring>

#include "tiling.h"

namespace fourfold {

/** Layers that may be at work at a time: enough to go on with around a block whose thread is away
 *  for the 4 ms of a scheduler's tick. */
static constexpr int LAYERS_AHEAD = 8;

/** A task, and which of its blocks makes which rows. */
struct LayerTask {
    Task task;
    Tiling tiling;
};

/** Lets the blocks of `layer` begin once the layer before, of which it sees `halo` rows up and
 *  down, has made what they read; with `halved` that has half as many rows as `layer`.
 *
 *  This orders writes after reads too: what a block overwrites in a ring of rows was read by blocks
 *  that made rows which it needs, or which those need in turn.
 */
static void follow(LayerTask& layer, const Tiling& before, int halo, bool halved, int overlap) {
    layer.task.overlap = overlap;
    layer.task.needs = [before, tiling = layer.tiling, halo, halved](int block) {
        const Span rows = tiling.rows_of(block);
        const int first = rows.first - halo, last = rows.end - 1 + halo;
        return before.blocks_of({first >> halved, (last >> halved) + 1});
    };
}

static void run_head_row(const BandStrip& pass, int y, int thread) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const Slab &maps = space.maps, &skip = space.skip;
    HeadRow head{{},
                 pass.width,
                 network.head.weights.get(),
                 network.head.bias.get(),
                 network.head.slopes.get(),
                 maps.row(y)};
    for (int tap = 0; tap < 9; tap++) {
        const int row = y + tap - 4;
        const bool inside = row >= 0 && row < pass.strip.now;
        float* seen = space.seen[thread].get() + tap * space.seen_stride;
        if (inside)
            pass.input.take(row, pass.band.columns.start - INPUT_PAD, pass.width + 2 * INPUT_PAD,
                            seen);
        head.rows[tap] = inside ? seen + 3 * INPUT_PAD : space.zero();
    }
    network.kernels->head(head);
    if (network.skips)
        std::memcpy(skip.row(y), maps.row(y), sizeof(float) * maps.pixel * pass.width);
}

static LayerTask head(const BandStrip& pass) {
    const Span rows = made(pass.strip, HEAD_LAG, pass.network.depth);
    return {{rows.rows(),
             [pass, rows](int row, int thread) { run_head_row(pass, rows.first + row, thread); }},
            {rows, 1, 1, 1}};
}

/** Tiles are 4 rows high with all kernels. */
static Tiling tiling_of(Span rows, int width, const Kernels& kernels, int block_tiles) {
    return {rows, 4, (width + kernels.tile_columns - 1) / kernels.tile_columns, block_tiles};
}

/** Rows `rows` of a 3x3 convolution of 64 channels to `groups` times 64. */
static LayerTask convolution(const BandStrip& pass, const PackedLayer& layer, int groups,
                             Rows input, Target output, Span rows, int width) {
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
    const Tiling tiling = tiling_of(rows, width, kernels, tiles);
    return {{tiling.blocks(),
             [convolution, &kernels, &space = pass.workspace](int block, int thread) {
                 kernels.convolve(convolution, block, space.scratch[thread].get());
             }},
            tiling};
}

/** Head, residual blocks, and the convolution after them that is added to the skip; the tiling of
 *  the last. */
static Tiling add_trunk(const BandStrip& pass, std::vector<Task>& tasks) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const Strip& strip = pass.strip;
    LayerTask layer = head(pass);
    tasks.push_back(layer.task);
    const auto add = [&](const PackedLayer& weights, const Slab& input, int readable,
                         const Slab& output, Span rows) {
        const Tiling before = layer.tiling;
        layer = convolution(pass, weights, 1, input.until(readable, space.zero()), output.target(),
                            rows, pass.width);
        follow(layer, before, 1, false, LAYERS_AHEAD);
        tasks.push_back(layer.task);
    };
    // a layer has finished one row more than the one after it can
    const auto readable = [&](Span rows) { return strip.last ? strip.now : rows.end + 1; };
    for (int block = 0; block < network.depth; block++) {
        const Span inner = made(strip, inner_lag(block), network.depth);
        const Span updated = made(strip, block_lag(block), network.depth);
        add(network.blocks[2 * block], space.maps, readable(inner), space.inner, inner);
        add(network.blocks[2 * block + 1], space.inner, inner.end, space.maps, updated);
    }
    const Span trunk = made(strip, trunk_lag(network.depth), network.depth);
    add(network.trunk, space.maps, readable(trunk), space.skip, trunk);
    return layer.tiling;
}

/** Rows `rows` of the tail, of `end` that the last maps have. */
static LayerTask tail(const BandStrip& pass, Span rows, int end) {
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
    const Tiling tiling = tiling_of(rows, tail.width, kernels, kernels.tail_tiles);
    return {{tiling.blocks(),
             [tail, &kernels, &space](int block, int thread) {
                 kernels.tail(tail, block, space.scratch[thread].get());
             }},
            tiling};
}

/** Up-convolutions, tail and result, once `upsample 0` finishes rows `upsample`, the picture's last
 *  among them if `last`. What a fresh strip makes once more begins where it can be right.
 *
 *  Their rings hold little more than these rows: a task may begin once the reader of what it
 *  overwrites is whole, which lies `doublings` tasks before the one just before it.
 */
static void add_upsample(const BandStrip& pass, const Tiling* trunk, Span upsample, bool last,
                         const std::function<Task(Span)>& take, std::vector<Task>& tasks) {
    const Network& network = pass.network;
    const Workspace& space = pass.workspace;
    const int lag = upsample_lag(network.depth), deepest = network.doublings - 1;
    const int fresh_from = pass.strip.fresh ? made(pass.strip, lag, network.depth).first : 0;
    Rows input = space.skip.until(made(pass.strip, trunk_lag(network.depth), network.depth).end,
                                  space.zero());
    LayerTask layer{};
    for (int level = 0; level <= deepest; level++) {
        const Span rows{std::max(upsampled(upsample.first, false, level),
                                 upsampled_afresh(fresh_from, level)),
                        upsampled(upsample.end, last, level)};
        const Target output =
            level == deepest ? space.phases.planes() : space.levels[level].shuffled();
        const Tiling before = layer.tiling;
        layer = convolution(pass, network.upsample[level], 4, input, output, rows,
                            pass.width << level);
        if (level > 0)
            follow(layer, before, 1, true, network.doublings);
        else if (trunk)
            follow(layer, *trunk, 1, false, LAYERS_AHEAD);
        else
            layer.task.overlap = network.doublings;
        tasks.push_back(layer.task);
        if (level < deepest) input = space.levels[level].until(2 * rows.end, space.zero());
    }
    const int wanted = tailed(finished(pass.strip.before, false, lag), false, network.doublings);
    const Span rows{std::max(tailed(upsample.first, false, network.doublings), wanted),
                    tailed(upsample.end, last, network.doublings)};
    const Tiling before = layer.tiling;
    layer = tail(pass, rows, upsampled(upsample.end, last, deepest));
    follow(layer, before, 2, false, network.doublings);
    tasks.push_back(layer.task);
    const Span result{2 * rows.first, 2 * rows.end};
    LayerTask taken{take(result), {result, 1, 1, 1}};
    follow(taken, layer.tiling, 0, true, network.doublings);
    tasks.push_back(taken.task);
}

void upscale_strip(const BandStrip& pass, const std::function<Task(Span)>& take,
                   std::vector<Task>& tasks) {
    const Network& network = pass.network;
    const Strip& strip = pass.strip;
    const bool moves = !pass.alone && !strip.fresh;
    const auto move = [&](int rows, Direction direction) {
        move_band(network, pass.workspace, pass.band, rows, direction, tasks);
    };
    if (moves) move(strip.before, Direction::PUT_BACK);
    const Tiling trunk = add_trunk(pass, tasks);
    const Span upsample = made(strip, upsample_lag(network.depth), network.depth);
    const int at_a_time = upsample_rows(pass.width);
    for (int first = upsample.first; first < upsample.end; first += at_a_time) {
        const int end = std::min(first + at_a_time, upsample.end);
        add_upsample(pass, first == upsample.first ? &trunk : nullptr, {first, end},
                     strip.last && end == upsample.end, take, tasks);
    }
    if (moves && !strip.last) move(strip.now, Direction::SET_ASIDE);
}

}  // namespace fourfold
