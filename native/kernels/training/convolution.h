/** 3x3 convolutions by F(4x4, 3x3), of stride 2 by F(4x4, 2x2), forward, and all their gradients in
 *  one pass over the tiles.
 *
 *  A block of tiles goes through the transforms and the products while it is in L2. Between one
 *  group and one group the products overwrite V one slot behind, as in the engine's convolution.
 */
#pragma once

#include "packing.h"
#include "sums.h"
#include "../product.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

static_assert(TILES_TOGETHER % BLOCK_TILES == 0);

/** Most tiles a block. The weights of many groups come from L3 or memory for each block, so it is then
 *  larger: each of their values shall be multiplied often enough to be waited for. */
int most_tiles(const Sizes& sizes) {
    const int pairs = sizes.inputs * sizes.outputs;
    if (pairs == 1) return LANES == 16 ? 36 : 24;
    if (sizes.inputs == 1) return LANES == 16 ? 48 : 24;
    return pairs < 16 ? 24 : 48;
}

INLINE int all_tiles(const Sizes& sizes) {
    const Grid grid = grid_of(sizes);
    return sizes.images * grid.across * grid.down;
}

/** Whether a group of inputs has position p: the even phases of stride 2, whose filters have one
 *  tap along a side, have none at infinity, the last of that side. */
template <class F> INLINE bool has_position(const Phase& phase, int p) {
    if (F::TAPS == 3) return true;
    return (phase.row || p / F::SIDE < F::SIDE - 1) && (phase.column || p % F::SIDE < F::SIDE - 1);
}

template <class F, bool SKIPPED>
void output_tiles(const ForwardPass& pass, const Grid& grid, int group, int start, int tiles,
                  const float* m, ptrdiff_t stride) {
    float* output = group_of(pass.output, group);
    float* skip = SKIPPED ? group_of(pass.skip, group) : nullptr;
    for (int t = 0; t < tiles; t++, m += CHANNELS) {
        const Tile tile = tile_at(grid, start + t);
        const Tile next = tile_at(grid, start + (t + 1 < tiles ? t + 1 : t));
        float* to = pixel_at(pass.output, output, tile);
        float* to_next = pixel_at(pass.output, output, next);
        const float* from = SKIPPED ? pixel_at(pass.skip, skip, tile) : nullptr;
        for (int part = 0; part < PARTS; part++) {
            fetch_tile<F>(pass.output, to_next, part, true);
            if (SKIPPED) fetch_tile<F>(pass.skip, pixel_at(pass.skip, skip, next), part, false);
            const float* bias = pass.bias + group * CHANNELS + part * LANES;
            const Vector shift = pass.bias ? load_loose(bias) : Vector{};
            output_pixels<F>(m, stride, tile, part, [&](int i, int j, Vector y) {
                y += shift;
                const ptrdiff_t c = part * LANES;
                if (SKIPPED)
                    y += load_loose(from + i * pass.skip.row + j * pass.skip.pixel + c);
                store_loose(to + i * pass.output.row + j * pass.output.pixel + c, y);
            });
        }
    }
}

/** V of a group of inputs. */
template <class F>
INLINE void input_windows(const ForwardPass& pass, const Grid& grid, int input, int start,
                          int tiles, float* v, ptrdiff_t stride) {
    const auto windows = pass.slopes ? transform_windows<F, true, false>
                                     : transform_windows<F, false, false>;
    windows(grid, pass.input, input, phase_of(pass.sizes, input), pass.slopes, start, tiles, v,
            stride, nullptr);
}

/** Block `block` of the tiles, counted along rows, image after image. */
template <class F> void forward_block(const ForwardPass& pass, int block, float* scratch) {
    constexpr int POSITIONS = F::SIDE * F::SIDE;
    const Grid grid = grid_of(pass.sizes);
    const int in_block = pass.tiles, start = block * in_block;
    const int tiles = smaller(in_block, all_tiles(pass.sizes) - start);
    const int inputs = pass.sizes.inputs, outputs = pass.sizes.outputs;
    const ptrdiff_t stride = position_stride(in_block), group = (POSITIONS + 1) * stride;
    float* v = scratch + stride;
    float* m = inputs * outputs == 1 ? scratch : scratch + inputs * group;
    for (int input = 0; input < inputs; input++)
        input_windows<F>(pass, grid, input, start, tiles, v + input * group, stride);
    const int whole = rounded_up(tiles, BLOCK_TILES);
    for (int output = 0; output < outputs; output++) {
        const float* u = pass.weights + (ptrdiff_t)output * inputs * POSITIONS * MATRIX;
        for (int p = 0; p < POSITIONS; p++) {
            auto product = multiply<false>;
            for (int input = 0; input < inputs; input++) {
                if (!has_position<F>(phase_of(pass.sizes, input), p)) continue;
                const float* weights = u + (input * POSITIONS + p) * MATRIX;
                product(v + input * group + p * stride, weights, m + p * stride, whole,
                        weights + MATRIX);
                product = multiply<true>;
            }
        }
        const auto put = pass.skip.pixels ? output_tiles<F, true> : output_tiles<F, false>;
        put(pass, grid, output, start, tiles, m, stride);
    }
}

void forward(const ForwardPass& pass, int block, float* scratch) {
    const auto run = pass.sizes.stride == 2 ? forward_block<F4x2> : forward_block<F4x3>;
    run(pass, block, scratch);
}

/** The gradient of the input: through its PReLU, beside the skip's; and that of the slopes. */
template <class F, bool ACTIVATED, bool SKIPPED>
void output_gradients(const BackwardPass& pass, const Grid& grid, int group, int start, int tiles,
                      const float* m, ptrdiff_t stride, float* slope_sums) {
    const Maps &output = pass.input_gradient, &input = pass.input, &skip = pass.skip;
    float* to_group = group_of(output, group);
    float* input_group = ACTIVATED ? group_of(input, group) : nullptr;
    float* skip_group = SKIPPED ? group_of(skip, group) : nullptr;
    for (int t = 0; t < tiles; t++, m += CHANNELS) {
        const Tile tile = tile_at(grid, start + t);
        const Tile next = tile_at(grid, start + (t + 1 < tiles ? t + 1 : t));
        float* to = pixel_at(output, to_group, tile);
        float* to_next = pixel_at(output, to_group, next);
        const float* before = ACTIVATED ? pixel_at(input, input_group, tile) : nullptr;
        const float* beside = SKIPPED ? pixel_at(skip, skip_group, tile) : nullptr;
        for (int part = 0; part < PARTS; part++) {
            fetch_tile<F>(output, to_next, part, true);
            if (ACTIVATED) fetch_tile<F>(input, pixel_at(input, input_group, next), part, false);
            if (SKIPPED) fetch_tile<F>(skip, pixel_at(skip, skip_group, next), part, false);
            const ptrdiff_t c = part * LANES;
            const float* slopes = pass.slopes + group * CHANNELS + c;
            const Vector slope = ACTIVATED ? load_loose(slopes) : Vector{};
            Vector sum{};
            output_pixels<F>(m, stride, tile, part, [&](int i, int j, Vector y) {
                if (ACTIVATED) {
                    const Vector x = load_loose(before + i * input.row + j * input.pixel + c);
                    sum = add_product(y, x > 0 ? Vector{} : x, sum);
                    y = x > 0 ? y : y * slope;
                }
                if (SKIPPED) y += load_loose(beside + i * skip.row + j * skip.pixel + c);
                store_loose(to + i * output.row + j * output.pixel + c, y);
            });
            if (ACTIVATED) store(slope_sums + c, load(slope_sums + c) + sum);
        }
    }
}

/** Adds a block's sums to a slice's, which are double, and clears them. */
INLINE void hand_over(float* sums, int count, double* to) {
    for (int i = 0; i < count; i++) {
        to[i] += sums[i];
        sums[i] = 0;
    }
}

/** M of a position that a group does not have. */
INLINE void clear(float* m, int tiles) {
    for (int i = 0; i < tiles * CHANNELS; i += LANES) store(m + i, Vector{});
}

/** V of a group of outputs, and the sums of their gradients. */
template <class F>
INLINE void gradient_windows(const BackwardPass& pass, const Grid& grid, int output, int start,
                             int tiles, float* v, ptrdiff_t stride, float* bias_sums) {
    transform_windows<F, false, true>(grid, pass.gradient, output, {0, 0}, nullptr, start, tiles,
                                         v, stride, bias_sums);
}

/** D of a group of inputs. */
template <class F>
INLINE void input_tiles(const BackwardPass& pass, const Grid& grid, int input, int start, int tiles,
                        float* d, ptrdiff_t stride) {
    const auto spread = pass.slopes ? spread_tiles<F, true> : spread_tiles<F, false>;
    spread(grid, pass.input, input, pass.slopes, start, tiles, d, stride);
}

template <class F>
INLINE void put_gradients(const BackwardPass& pass, const Grid& grid, int input, int start,
                          int tiles, const float* m, ptrdiff_t stride, float* slope_sums) {
    const auto put = pass.slopes ? (pass.skip.pixels ? output_gradients<F, true, true>
                                                     : output_gradients<F, true, false>)
                                 : (pass.skip.pixels ? output_gradients<F, false, true>
                                                     : output_gradients<F, false, false>);
    put(pass, grid, input, start, tiles, m, stride, slope_sums);
}

/** What `backward` needs for a block of tiles. */
struct BackwardBlock {
    Grid grid;
    int start, tiles, first;  // `first`: whether nothing is in the slice's sums yet
    ptrdiff_t stride, group;
    float *v, *d, *m, *weight_sums;
};

/** The products of one group of outputs with all groups of inputs. */
template <class F>
INLINE void backward_products(const BackwardPass& pass, const BackwardBlock& block, int output) {
    constexpr int POSITIONS = F::SIDE * F::SIDE;
    const int inputs = pass.sizes.inputs, whole = rounded_up(block.tiles, BLOCK_TILES);
    for (int p = 0; p < POSITIONS; p++) {
        const float* v = block.v + p * block.stride;
        for (int input = 0; input < inputs; input++) {
            const ptrdiff_t place = input * block.group + p * block.stride;
            if (!has_position<F>(phase_of(pass.sizes, input), p)) {
                clear(block.m + place, whole);
                continue;
            }
            const ptrdiff_t pair = (ptrdiff_t)output * inputs + input;
            const ptrdiff_t matrix = (pair * POSITIONS + p) * MATRIX;
            if (block.weight_sums) {
                const auto sum = block.first ? sum_tiles<false> : sum_tiles<true>;
                sum(v, block.d + place, block.tiles, block.weight_sums + matrix);
            }
            if (!pass.input_gradient.pixels) continue;
            const float* u = pass.weights + matrix;
            const auto product = output ? multiply<true> : multiply<false>;
            product(v, u, block.m + place, whole, u + MATRIX);
        }
    }
}

template <class F> void backward_slice(const BackwardPass& pass, int slice, float* scratch) {
    const Sizes& sizes = pass.sizes;
    const int inputs = sizes.inputs, outputs = sizes.outputs, all = all_tiles(sizes);
    const int in_block = pass.tiles;
    const int begin = (int)((ptrdiff_t)all * slice / pass.slices);
    const int end = (int)((ptrdiff_t)all * (slice + 1) / pass.slices);
    const ptrdiff_t stride = position_stride(in_block), group = (F::SIDE * F::SIDE + 1) * stride;
    const ptrdiff_t dus = (ptrdiff_t)outputs * inputs * F::SIDE * F::SIDE * MATRIX;
    float* const d = scratch + group;
    BackwardBlock block{grid_of(sizes), begin, 0, true, stride, group, scratch + stride, d,
                        inputs * outputs == 1 ? scratch : d + inputs * group,
                        pass.weight_sums ? pass.weight_sums + slice * dus : nullptr};
    alignas(64) float bias_sums[MOST_GROUPS * CHANNELS] = {};
    alignas(64) float slope_sums[4 * MOST_GROUPS * CHANNELS] = {};
    for (; block.start < end; block.start += in_block, block.first = false) {
        const int start = block.start, tiles = smaller(in_block, end - start);
        block.tiles = tiles;
        for (int input = 0; pass.weight_sums && input < inputs; input++)
            input_tiles<F>(pass, block.grid, input, start, tiles, d + input * group, stride);
        for (int output = 0; output < outputs; output++) {
            gradient_windows<F>(pass, block.grid, output, start, tiles, block.v, stride,
                                   bias_sums + output * CHANNELS);
            backward_products<F>(pass, block, output);
        }
        for (int input = 0; pass.input_gradient.pixels && input < inputs; input++)
            put_gradients<F>(pass, block.grid, input, start, tiles, block.m + input * group,
                                stride, slope_sums + input * CHANNELS);
        const ptrdiff_t before = slice;  // as wide as a place in the sums may be
        hand_over(bias_sums, outputs * CHANNELS, pass.bias_sums + before * outputs * CHANNELS);
        if (pass.slopes)
            hand_over(slope_sums, inputs * CHANNELS, pass.slope_sums + before * inputs * CHANNELS);
    }
}

void backward(const BackwardPass& pass, int slice, float* scratch) {
    const auto run = pass.sizes.stride == 2 ? backward_slice<F4x2> : backward_slice<F4x3>;
    run(pass, slice, scratch);
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
