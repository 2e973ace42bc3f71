/** Tiles of a batch, on their way into the transforms and out of them.
 *
 *  Tiles of 4x4 pixels, or 3x3, cover each image, the last of a row or column in part. A batch has
 *  no padding, so what lies beyond an image is made here: rows are read from a row of zeros; of tiles
 *  at the left and right edge, which are half of all in a crop of 24x24, the columns beyond are left
 *  out; the rare others are copied between zeros. The next tile's pixels are fetched meanwhile.
 */
#pragma once

#include "forms.h"
#include "../../training_kernels.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Unaligned: PyTorch's memory begins at a line, but a view of it need not. */
typedef float Loose __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
INLINE Vector load_loose(const float* from) {
    return (Vector)(*reinterpret_cast<const Loose*>(from));
}
INLINE void store_loose(float* to, Vector value) { *reinterpret_cast<Loose*>(to) = (Loose)value; }

constexpr int PARTS = CHANNELS / LANES;
/** The widest pixel: that of 512 channels, or of two pixels of 64 in a row of a shuffled image. */
constexpr ptrdiff_t WIDEST = (ptrdiff_t)CHANNELS * MOST_GROUPS;
/** Never written; not const, so that its zeros take no room in the library. */
alignas(64) float NOTHING[8 * WIDEST + CHANNELS];

struct Grid {
    int step, across, down, height, width;
};

INLINE Grid grid_of(const Sizes& sizes) {
    const int step = sizes.step;
    return {step, (sizes.width + step - 1) / step, (sizes.height + step - 1) / step, sizes.height,
            sizes.width};
}

/** A tile's image and first pixel, and how much of its pixels is inside. */
struct Tile {
    int image, row, column, rows, columns;
};

INLINE Tile tile_at(const Grid& grid, int tile) {
    const int in_image = tile % (grid.across * grid.down);
    const int row = in_image / grid.across * grid.step, column = in_image % grid.across * grid.step;
    return {tile / (grid.across * grid.down), row, column, smaller(grid.step, grid.height - row),
            smaller(grid.step, grid.width - column)};
}

INLINE float* group_of(const Maps& maps, int group) {
    return maps.pixels + group / maps.across * maps.down + group % maps.across * maps.right;
}

INLINE float* pixel_at(const Maps& maps, float* group, const Tile& tile) {
    return group + tile.image * maps.image + tile.row * maps.row + tile.column * maps.pixel;
}

/** Which of the four phases of an image a group is of, where a layer has stride 2; else 0, 0. */
struct Phase {
    int row, column;
};

INLINE Phase phase_of(const Sizes& sizes, int group) {
    const int phase = sizes.stride == 2 ? group * 4 / sizes.inputs : 0;
    return {phase / 2, phase % 2};
}

/** The pixels around a tile: where their rows begin, and the columns [first, end) inside. */
template <class F> struct Window {
    static constexpr int MARGIN = (F::TAPS - 1) / 2, EDGE = MARGIN > 1 ? MARGIN : 1;
    const float* rows[F::SIDE];
    ptrdiff_t pixel;
    int first, end;
};

/** The window begins MARGIN before the tile, and where a phase is an odd one, a pixel more. */
template <class F>
INLINE void set_window(Window<F>& window, const Grid& grid, const Maps& maps, float* group,
                       const Tile& tile, const Phase& phase) {
    const int above = Window<F>::MARGIN + phase.row, left = Window<F>::MARGIN + phase.column;
    const float* corner = pixel_at(maps, group, tile) - left * maps.pixel;
    for (int i = 0; i < F::SIDE; i++) {
        const int y = tile.row - above + i;
        window.rows[i] = y >= 0 && y < grid.height ? corner + (i - above) * maps.row : NOTHING;
    }
    window.pixel = maps.pixel;
    window.first = tile.column == 0 ? left : 0;
    window.end = smaller(F::SIDE, grid.width - tile.column + left);
}

/** v = B^T d B of one tile; `FIRST` and `END` as the window has them; `sums` (or null) grows by the
 *  sum of the 4x4 pixels inside. */
template <class F, int FIRST, int END>
INLINE void transform_window(const Window<F>& window, const Window<F>& next,
                             const float* slopes, int parts, float* v, ptrdiff_t stride,
                             float* sums) {
    constexpr int MARGIN = Window<F>::MARGIN;
    for (int part = 0; part < parts; part++) {
        const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
        UNROLL for (int i = 0; i < F::SIDE; i++)
            UNROLL for (int j = 0; j < F::STEP; j++)
                if ((i * F::STEP + j) % LINE_VECTORS == 0)
                    prefetch_read(next.rows[i] + (F::SIDE - F::STEP + j + lane) * next.pixel +
                                  line * LINE);
        const Vector slope = slopes ? load_loose(slopes + part * LANES) : Vector{};
        Vector half[F::SIDE][F::SIDE], sum{};
        UNROLL for (int j = 0; j < F::SIDE; j++) {
            Vector d[F::SIDE], t[F::SIDE];
            UNROLL for (int i = 0; i < F::SIDE; i++) {
                d[i] = Vector{};
                if (j >= FIRST && j < END) {
                    d[i] = load_loose(window.rows[i] + j * window.pixel + part * LANES);
                    if (slopes) d[i] = prelu(d[i], slope);
                }
            }
            if (sums && j >= MARGIN && j < MARGIN + F::STEP)
                sum += F::STEP == 4 ? (d[MARGIN] + d[MARGIN + 1]) + (d[MARGIN + 2] + d[MARGIN + 3])
                                    : d[MARGIN] + d[MARGIN + 1] + d[MARGIN + 2];
            F::input(d, t);
            UNROLL for (int i = 0; i < F::SIDE; i++) half[i][j] = t[i];
        }
        UNROLL for (int i = 0; i < F::SIDE; i++) {
            Vector t[F::SIDE];
            F::input(half[i], t);
            UNROLL for (int j = 0; j < F::SIDE; j++)
                store(v + (i * F::SIDE + j) * stride + part * LANES, t[j]);
        }
        if (sums) store(sums + part * LANES, load(sums + part * LANES) + sum);
    }
}

/** `rows` rows of `columns` pixels between zeros, which `between` was before and keeps outside. */
INLINE void copy_pixels(const float* const* from, ptrdiff_t pixel, int rows, int first, int end,
                        int columns, float* between) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            for (int c = 0; c < CHANNELS; c += LANES) {
                const bool inside = j >= first && j < end;
                store(between + (i * columns + j) * CHANNELS + c,
                      inside ? load_loose(from[i] + j * pixel + c) : Vector{});
            }
}

/** V of tiles [start, start + tiles) of a group: position p of tile t at v + p * stride + 64 t. */
template <class F, bool ACTIVATED, bool SUMMED_UP>
void transform_windows(const Grid& grid, const Maps& maps, int group, const Phase& phase,
                       const float* all_slopes, int start, int tiles, float* v, ptrdiff_t stride,
                       float* all_sums) {
    constexpr int EDGE = Window<F>::EDGE;
    float* pixels = group_of(maps, group);
    // constant to the compiler, so that a transform has none of what it does not need
    const float* slopes = ACTIVATED ? all_slopes + group * CHANNELS : nullptr;
    float* sums = SUMMED_UP ? all_sums : nullptr;
    Window<F> window, next;
    set_window(next, grid, maps, pixels, tile_at(grid, start), phase);
    for (int t = 0; t < tiles; t++, v += CHANNELS) {
        window = next;
        if (t + 1 < tiles)
            set_window(next, grid, maps, pixels, tile_at(grid, start + t + 1), phase);
        alignas(64) float between[F::SIDE * F::SIDE * CHANNELS];
        if (window.first == 0 && window.end == F::SIDE - EDGE) {
            transform_window<F, 0, F::SIDE - EDGE>(window, next, slopes, PARTS, v, stride, sums);
        } else if (window.first == EDGE && window.end == F::SIDE) {
            transform_window<F, EDGE, F::SIDE>(window, next, slopes, PARTS, v, stride, sums);
        } else {
            if (window.first > 0 || window.end < F::SIDE) {
                copy_pixels(window.rows, window.pixel, F::SIDE, window.first, window.end, F::SIDE,
                            between);
                for (int i = 0; i < F::SIDE; i++)
                    window.rows[i] = between + i * F::SIDE * CHANNELS;
                window.pixel = CHANNELS;
            }
            transform_window<F, 0, F::SIDE>(window, next, slopes, PARTS, v, stride, sums);
        }
    }
}

/** D = A x A^T of one 4x4 tile; the next one's pixels are fetched. */
template <class F>
INLINE void spread_tile(const float* const* rows, ptrdiff_t pixel, const float* next,
                        ptrdiff_t next_row, ptrdiff_t next_pixel, const float* slopes, float* d,
                        ptrdiff_t stride) {
    for (int part = 0; part < PARTS; part++) {
        const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
        UNROLL for (int i = 0; i < F::STEP; i++)
            UNROLL for (int j = 0; j < F::STEP; j++)
                if ((i * F::STEP + j) % LINE_VECTORS == 0)
                    prefetch_read(next + i * next_row + (j + lane) * next_pixel + line * LINE);
        const Vector slope = slopes ? load_loose(slopes + part * LANES) : Vector{};
        Vector half[F::SIDE][F::STEP];
        UNROLL for (int j = 0; j < F::STEP; j++) {
            Vector x[F::STEP], t[F::SIDE];
            UNROLL for (int i = 0; i < F::STEP; i++) {
                x[i] = load_loose(rows[i] + j * pixel + part * LANES);
                if (slopes) x[i] = prelu(x[i], slope);
            }
            F::spread(x, t);
            UNROLL for (int i = 0; i < F::SIDE; i++) half[i][j] = t[i];
        }
        UNROLL for (int i = 0; i < F::SIDE; i++) {
            Vector t[F::SIDE];
            F::spread(half[i], t);
            UNROLL for (int j = 0; j < F::SIDE; j++)
                store(d + (i * F::SIDE + j) * stride + part * LANES, t[j]);
        }
    }
}

template <class F, bool ACTIVATED>
void spread_tiles(const Grid& grid, const Maps& maps, int group, const float* all_slopes, int start,
                  int tiles, float* d, ptrdiff_t stride) {
    float* pixels = group_of(maps, group);
    const float* slopes = ACTIVATED ? all_slopes + group * CHANNELS : nullptr;
    Tile tile = tile_at(grid, start);
    for (int t = 0; t < tiles; t++, d += CHANNELS) {
        const Tile after = tile_at(grid, start + (t + 1 < tiles ? t + 1 : t));
        const float* next = pixel_at(maps, pixels, after);
        const float* rows[F::STEP];
        ptrdiff_t pixel = maps.pixel;
        for (int i = 0; i < F::STEP; i++)
            rows[i] = i < tile.rows ? pixel_at(maps, pixels, tile) + i * maps.row : NOTHING;
        alignas(64) float between[F::STEP * F::STEP * CHANNELS];
        if (tile.columns < F::STEP) {
            copy_pixels(rows, pixel, F::STEP, 0, tile.columns, F::STEP, between);
            for (int i = 0; i < F::STEP; i++) rows[i] = between + i * F::STEP * CHANNELS;
            pixel = CHANNELS;
        }
        spread_tile<F>(rows, pixel, next, maps.row, maps.pixel, slopes, d, stride);
        tile = after;
    }
}

/** y = A^T m A of one tile, given pixel by pixel to `put(row, column, part, y)`. */
template <class F, class Put>
INLINE void output_pixels(const float* m, ptrdiff_t stride, const Tile& tile, int part,
                          const Put& put) {
    Vector half[F::STEP][F::SIDE];
    UNROLL for (int j = 0; j < F::SIDE; j++) {
        Vector d[F::SIDE], t[F::STEP];
        UNROLL for (int i = 0; i < F::SIDE; i++)
            d[i] = load(m + (i * F::SIDE + j) * stride + part * LANES);
        F::output(d, t);
        UNROLL for (int i = 0; i < F::STEP; i++) half[i][j] = t[i];
    }
    if (tile.rows == F::STEP && tile.columns == F::STEP) {
        UNROLL for (int i = 0; i < F::STEP; i++) {
            Vector y[F::STEP];
            F::output(half[i], y);
            UNROLL for (int j = 0; j < F::STEP; j++) put(i, j, y[j]);
        }
    } else {
        for (int i = 0; i < tile.rows; i++) {
            Vector y[F::STEP];
            F::output(half[i], y);
            for (int j = 0; j < tile.columns; j++) put(i, j, y[j]);
        }
    }
}

/** Fetches a tile's pixels, to be written, or read. */
template <class F>
INLINE void fetch_tile(const Maps& maps, float* pixel, int part, bool written) {
    const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
    UNROLL for (int i = 0; i < F::STEP; i++)
        UNROLL for (int j = 0; j < F::STEP; j++)
            if ((i * F::STEP + j) % LINE_VECTORS == 0) {
                float* at = pixel + i * maps.row + (j + lane) * maps.pixel + line * LINE;
                if (written)
                    prefetch_write(at);
                else
                    prefetch_read(at);
            }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
