/** The tail by F(4x4, 5x5), forward and backward: 4 phases of 64 channels to 2x2 R'G'B' pixels.
 *
 *  Forward, M of a tile is 16 floats a position, 12 of them real. Backward, the gradient of the
 *  pixels is gathered into windows of 16 channels; its transform V, 64 positions of 16, serves both
 *  products: dU = V^T D, 12 x 64, and V U, which takes D's place when D has been summed.
 */
#pragma once

#include "convolution.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

constexpr int PIXELS = 16;  // channels: 12, and 4 that stay zero
constexpr int PIXEL_VECTORS = PIXELS / LANES, PIXEL_ROWS = 12 / PIXEL_VECTORS;
constexpr int TRAINING_TAIL_TILES = LANES == 16 ? 24 : 12;

/** c[ROWS][VECTORS] = or += a b; `a` has a value every `step` floats, rows `row` floats apart. */
template <int ROWS, int VECTORS>
INLINE void multiply_narrow(const float* __restrict a, ptrdiff_t row, ptrdiff_t step,
                            const float* __restrict b, ptrdiff_t b_step, int depth, bool add,
                            float* __restrict c, ptrdiff_t c_row) {
    Vector sum[ROWS][VECTORS];
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int n = 0; n < VECTORS; n++) sum[r][n] = Vector{};
#pragma GCC unroll 2
    for (int k = 0; k < depth; k++, a += step, b += b_step) {
        Vector values[VECTORS];
        UNROLL for (int n = 0; n < VECTORS; n++) values[n] = load(b + n * LANES);
        UNROLL for (int r = 0; r < ROWS; r++) {
            const Vector value = broadcast(a[r * row]);
            UNROLL for (int n = 0; n < VECTORS; n++)
                sum[r][n] = add_product(value, values[n], sum[r][n]);
        }
    }
    // sums of 64 are added, not one sum of 256 made: it would be the largest error of the network
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int n = 0; n < VECTORS; n++) {
            float* to = c + r * c_row + n * LANES;
            store(to, add ? load(to) + sum[r][n] : sum[r][n]);
        }
}

/** `phases` is [12][25 taps][256], the 9x9 of 3 colours seen from each of the 4 phases. */
void pack_tail(const float* phases, int turned, float* packed) {
    constexpr int ALL = 4 * CHANNELS, TAPS_5 = 25;
    if (turned) {
        for (int output = 0; output < 12; output++)
            for (int input = 0; input < ALL; input += LANES) {
                Vector g[TAPS_5];
                UNROLL for (int i = 0; i < TAPS_5; i++)
                    g[i] = load_loose(phases + (output * TAPS_5 + TAPS_5 - 1 - i) * ALL + input);
                const int column = input % CHANNELS;
                float* to = packed + input / CHANNELS * 64 * TURNED_TAIL_MATRIX +
                            (column / PANEL * 12 + output) * PANEL + column % PANEL;
                transform_filter<F4x5>(g, to, TURNED_TAIL_MATRIX);
            }
        return;
    }
    for (int input = 0; input < ALL; input++) {
        alignas(64) float taps[TAPS_5 * PIXELS] = {};
        for (int output = 0; output < 12; output++)
            for (int i = 0; i < TAPS_5; i++)
                taps[i * PIXELS + output] = phases[(output * TAPS_5 + i) * ALL + input];
        float* to = packed + input / CHANNELS * 64 * TAIL_MATRIX + input % CHANNELS * PIXELS;
        for (int n = 0; n < PIXELS; n += LANES) {
            Vector g[TAPS_5];
            UNROLL for (int i = 0; i < TAPS_5; i++) g[i] = load(taps + i * PIXELS + n);
            transform_filter<F4x5>(g, to + n, TAIL_MATRIX);
        }
    }
}

void unpack_tail(const float* sums, int slices, float* phases) {
    constexpr int ALL = 4 * CHANNELS, TAPS_5 = 25;
    for (int output = 0; output < 12; output++)
        for (int input = 0; input < ALL; input += LANES) {
            const int column = input % CHANNELS;
            const float* from = sums + input / CHANNELS * 64 * TURNED_TAIL_MATRIX +
                                (column / PANEL * 12 + output) * PANEL + column % PANEL;
            Vector g[TAPS_5];
            gather_filter<F4x5>(from, TURNED_TAIL_MATRIX, slices, 4 * 64 * TURNED_TAIL_MATRIX, g);
            UNROLL for (int i = 0; i < TAPS_5; i++)
                store_loose(phases + (output * TAPS_5 + TAPS_5 - 1 - i) * ALL + input, g[i]);
        }
}

/** The pixel of the upper row of the 2x2 that stands for `row`, `column`; the lower is below it. */
INLINE float* fine_pixel(const TailPass& pass, int image, int row, int column) {
    const ptrdiff_t fine_row = (ptrdiff_t)pass.sizes.width * 6;
    return pass.pixels + ((ptrdiff_t)image * pass.sizes.height + row) * 2 * fine_row +
           (ptrdiff_t)column * 6;
}

/** y = A^T m A + bias of a tile, to its pixels. */
INLINE void output_tail_tile(const TailPass& pass, const Tile& tile, const float* m,
                             ptrdiff_t stride) {
    alignas(64) float y[STEP * STEP * PIXELS];
    for (int part = 0; part < PIXEL_VECTORS; part++) {
        const Vector bias = load_loose(pass.bias + part * LANES);
        output_pixels<F4x5>(m, stride, tile, part, [&](int i, int j, Vector value) {
            store(y + (i * STEP + j) * PIXELS + part * LANES, value + bias);
        });
    }
    const ptrdiff_t fine_row = (ptrdiff_t)pass.sizes.width * 6;
    for (int i = 0; i < tile.rows; i++)
        for (int j = 0; j < tile.columns; j++) {
            float* to = fine_pixel(pass, tile.image, tile.row + i, tile.column + j);
            const float* from = y + (i * STEP + j) * PIXELS;
            __builtin_memcpy(to, from, 6 * sizeof(float));
            __builtin_memcpy(to + fine_row, from + 6, 6 * sizeof(float));
        }
}

void tail_forward(const TailPass& pass, int block, float* scratch) {
    constexpr int T = TRAINING_TAIL_TILES;
    constexpr ptrdiff_t stride = position_stride(T), products = T * PIXELS + LINE;
    const Grid grid = grid_of(pass.sizes);
    const int start = block * T, tiles = smaller(T, all_tiles(pass.sizes) - start);
    float *v = scratch, *m = scratch + 64 * stride;
    for (int phase = 0; phase < 4; phase++) {
        const auto windows = pass.slopes ? transform_windows<F4x5, true, false>
                                         : transform_windows<F4x5, false, false>;
        Maps input = pass.input;
        input.pixels = group_of(input, phase);  // the slopes are those of all phases
        windows(grid, input, 0, {0, 0}, pass.slopes, start, tiles, v, stride, nullptr);
        for (int p = 0; p < 64; p++)
            for (int t = 0; t < tiles; t += PIXEL_ROWS)
                multiply_narrow<PIXEL_ROWS, PIXEL_VECTORS>(
                    v + p * stride + t * CHANNELS, CHANNELS, 1,
                    pass.weights + (phase * 64 + p) * TAIL_MATRIX, PIXELS, CHANNELS, phase > 0,
                    m + p * products + t * PIXELS, PIXELS);
    }
    for (int t = 0; t < tiles; t++)
        output_tail_tile(pass, tile_at(grid, start + t), m + t * PIXELS, products);
}

/** The gradient's window of a tile, 8x8 of 16 channels, zeros where nothing is. */
INLINE void gather_window(const TailPass& pass, const Tile& tile, float* window) {
    constexpr int MARGIN = 2;
    const Sizes& sizes = pass.sizes;
    const ptrdiff_t fine_row = (ptrdiff_t)sizes.width * 6;
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++, window += PIXELS) {
            const int y = tile.row - MARGIN + i, x = tile.column - MARGIN + j;
            if (y < 0 || y >= sizes.height || x < 0 || x >= sizes.width) {
                __builtin_memset(window, 0, 12 * sizeof(float));
                continue;
            }
            const float* from = fine_pixel(pass, tile.image, y, x);
            __builtin_memcpy(window, from, 6 * sizeof(float));
            __builtin_memcpy(window + 6, from + fine_row, 6 * sizeof(float));
        }
}

/** V of a block's tiles: position p of tile t at v + p * stride + 16 t. */
INLINE void transform_pixels(const TailPass& pass, const Grid& grid, int start, int tiles, float* v,
                             ptrdiff_t stride, float* bias_sums) {
    alignas(64) float pixels[8 * 8 * PIXELS] = {};
    Window<F4x5> window;
    for (int i = 0; i < 8; i++) window.rows[i] = pixels + i * 8 * PIXELS;
    window.pixel = PIXELS;
    for (int t = 0; t < tiles; t++) {
        gather_window(pass, tile_at(grid, start + t), pixels);
        transform_window<F4x5, 0, 8>(window, window, nullptr, PIXEL_VECTORS, v + t * PIXELS, stride,
                                  bias_sums);
    }
}

/** Both products of one phase: dU (+)= V^T D, then V U where D was. */
INLINE void tail_products(const TailPass& pass, int phase, const float* v, ptrdiff_t v_stride,
                          float* d, ptrdiff_t stride, int tiles, bool add, float* sums) {
    for (int p = 0; p < 64; p++, v += v_stride, d += stride) {
        const ptrdiff_t matrix = (phase * 64 + p) * TURNED_TAIL_MATRIX;
        for (int panel = 0; panel < CHANNELS; panel += PANEL)
            for (int row = 0; row < 12; row += BLOCK_TILES)
                multiply_narrow<BLOCK_TILES, BLOCK_VECTORS>(
                    v + row, 1, PIXELS, d + panel, CHANNELS, tiles, add,
                    sums + matrix + (panel / PANEL * 12 + row) * PANEL, PANEL);
        for (int panel = 0; panel < CHANNELS; panel += PANEL)
            for (int t = 0; t < tiles; t += BLOCK_TILES)
                multiply_narrow<BLOCK_TILES, BLOCK_VECTORS>(
                    v + t * PIXELS, PIXELS, 1, pass.weights + matrix + panel / PANEL * 12 * PANEL,
                    PANEL, 12, false, d + t * CHANNELS + panel, CHANNELS);
    }
}

/** The gradient of a phase of the input, through its PReLU. */
template <bool ACTIVATED>
void output_tail_gradients(const TailPass& pass, const Grid& grid, int phase, int start, int tiles,
                           const float* m, ptrdiff_t stride, float* slope_sums) {
    const Maps &input = pass.input, &output = pass.input_gradient;
    float *from_group = group_of(input, phase), *to_group = group_of(output, phase);
    for (int t = 0; t < tiles; t++, m += CHANNELS) {
        const Tile tile = tile_at(grid, start + t);
        const Tile next = tile_at(grid, start + (t + 1 < tiles ? t + 1 : t));
        const float* from = pixel_at(input, from_group, tile);
        float* to = pixel_at(output, to_group, tile);
        for (int part = 0; part < PARTS; part++) {
            fetch_tile<F4x5>(output, pixel_at(output, to_group, next), part, true);
            if (ACTIVATED) fetch_tile<F4x5>(input, pixel_at(input, from_group, next), part, false);
            const ptrdiff_t c = part * LANES;
            const Vector slope = ACTIVATED ? load_loose(pass.slopes + c) : Vector{};
            Vector sum{};
            output_pixels<F4x5>(m, stride, tile, part, [&](int i, int j, Vector y) {
                if (ACTIVATED) {
                    const Vector x = load_loose(from + i * input.row + j * input.pixel + c);
                    sum = add_product(y, x > 0 ? Vector{} : x, sum);
                    y = x > 0 ? y : y * slope;
                }
                store_loose(to + i * output.row + j * output.pixel + c, y);
            });
            if (ACTIVATED) store(slope_sums + c, load(slope_sums + c) + sum);
        }
    }
}

void tail_backward(const TailPass& pass, int slice, float* scratch) {
    constexpr int T = TRAINING_TAIL_TILES;
    constexpr ptrdiff_t stride = position_stride(T), v_stride = T * PIXELS + LINE;
    const Grid grid = grid_of(pass.sizes);
    const int all = all_tiles(pass.sizes);
    const int begin = (int)((ptrdiff_t)all * slice / pass.slices);
    const int end = (int)((ptrdiff_t)all * (slice + 1) / pass.slices);
    float *d = scratch, *v = scratch + 64 * stride;
    float* sums = pass.weight_sums + (ptrdiff_t)slice * 4 * 64 * TURNED_TAIL_MATRIX;
    alignas(64) float bias_sums[PIXELS] = {}, slope_sums[CHANNELS] = {};
    const auto spread = pass.slopes ? spread_tiles<F4x5, true> : spread_tiles<F4x5, false>;
    const auto put = pass.slopes ? output_tail_gradients<true> : output_tail_gradients<false>;
    for (int start = begin; start < end; start += T) {
        const int tiles = smaller(T, end - start);
        transform_pixels(pass, grid, start, tiles, v, v_stride, bias_sums);
        for (int phase = 0; phase < 4; phase++) {
            Maps input = pass.input;
            input.pixels = group_of(input, phase);
            spread(grid, input, 0, pass.slopes, start, tiles, d, stride);
            tail_products(pass, phase, v, v_stride, d, stride, tiles, start > begin, sums);
            put(pass, grid, phase, start, tiles, d, stride, slope_sums);
        }
        hand_over(bias_sums, PIXELS, pass.bias_sums + slice * PIXELS);
        if (pass.slopes) hand_over(slope_sums, CHANNELS, pass.slope_sums + slice * CHANNELS);
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
