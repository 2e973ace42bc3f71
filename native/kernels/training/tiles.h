/** Tiles of a batch, on their way into the transforms and out of them.
 *
 *  Tiles of 4x4 pixels cover each image, the last of a row or column in part. A batch has no
 *  padding, so what lies beyond an image is made here: rows are read from a row of zeros; of tiles
 *  at the left and right edge, which are half of all in a crop of 24x24, the columns beyond are left
 *  out; the rare others are copied between zeros. The next tile's pixels are fetched meanwhile.
 */
#pragma once

#include "transforms.h"
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
alignas(64) constexpr float NOTHING[8 * WIDEST + CHANNELS] = {};

struct Grid {
    int across, down, height, width;
};

INLINE Grid grid_of(const Sizes& sizes) {
    return {(sizes.width + STEP - 1) / STEP, (sizes.height + STEP - 1) / STEP, sizes.height,
            sizes.width};
}

/** A tile's image and first pixel, and how much of its 4x4 pixels is inside. */
struct Tile {
    int image, row, column, rows, columns;
    bool whole() const { return rows == STEP && columns == STEP; }
};

INLINE Tile tile_at(const Grid& grid, int tile) {
    const int in_image = tile % (grid.across * grid.down);
    const int row = in_image / grid.across * STEP, column = in_image % grid.across * STEP;
    return {tile / (grid.across * grid.down), row, column, smaller(STEP, grid.height - row),
            smaller(STEP, grid.width - column)};
}

INLINE float* group_of(const Maps& maps, int group) {
    return maps.pixels + group / maps.across * maps.down + group % maps.across * maps.right;
}

INLINE float* pixel_at(const Maps& maps, float* group, const Tile& tile) {
    return group + tile.image * maps.image + tile.row * maps.row + tile.column * maps.pixel;
}

/** Which of the four phases of an image that a group is of, where a layer has stride 2; else 0, 0. */
struct Phase {
    int row, column;
};

INLINE Phase phase_of(const Sizes& sizes, int group) {
    const int phase = sizes.stride == 2 ? group * 4 / sizes.inputs : 0;
    return {phase / 2, phase % 2};
}

/** SIDE x SIDE pixels around a tile: where its rows begin, and the columns [first, end) inside. */
template <int SIDE> struct Window {
    static constexpr int MARGIN = SIDE / 2 - 2, EDGE = SIDE == 8 ? 2 : 1;
    const float* rows[SIDE];
    ptrdiff_t pixel;
    int first, end;
};

/** The window begins MARGIN before the tile, and where a phase is an odd one, a pixel more. */
template <int SIDE>
INLINE void set_window(Window<SIDE>& window, const Grid& grid, const Maps& maps, float* group,
                       const Tile& tile, const Phase& phase) {
    const int above = Window<SIDE>::MARGIN + phase.row, left = Window<SIDE>::MARGIN + phase.column;
    const float* corner = pixel_at(maps, group, tile) - left * maps.pixel;
    for (int i = 0; i < SIDE; i++) {
        const int y = tile.row - above + i;
        window.rows[i] = y >= 0 && y < grid.height ? corner + (i - above) * maps.row : NOTHING;
    }
    window.pixel = maps.pixel;
    window.first = tile.column == 0 ? left : 0;
    window.end = smaller(SIDE, grid.width - tile.column + left);
}

/** v = B^T d B of one tile; `FIRST` and `END` as the window has them; `sums` (or null) grows by the
 *  sum of the 4x4 pixels inside. */
template <int SIDE, int FIRST, int END>
INLINE void transform_window(const Window<SIDE>& window, const Window<SIDE>& next,
                             const float* slopes, int parts, float* v, ptrdiff_t stride,
                             float* sums) {
    constexpr int MARGIN = Window<SIDE>::MARGIN;
    for (int part = 0; part < parts; part++) {
        const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
        UNROLL for (int i = 0; i < SIDE; i++)
            UNROLL for (int j = 0; j < STEP; j++)
                if ((i * STEP + j) % LINE_VECTORS == 0)
                    prefetch_read(next.rows[i] + (SIDE - STEP + j + lane) * next.pixel +
                                  line * LINE);
        const Vector slope = slopes ? load_loose(slopes + part * LANES) : Vector{};
        Vector half[SIDE][SIDE], sum{};
        UNROLL for (int j = 0; j < SIDE; j++) {
            Vector d[SIDE], t[SIDE];
            UNROLL for (int i = 0; i < SIDE; i++) {
                d[i] = Vector{};
                if (j >= FIRST && j < END) {
                    d[i] = load_loose(window.rows[i] + j * window.pixel + part * LANES);
                    if (slopes) d[i] = prelu(d[i], slope);
                }
            }
            if (sums && j >= MARGIN && j < MARGIN + STEP)
                sum += (d[MARGIN] + d[MARGIN + 1]) + (d[MARGIN + 2] + d[MARGIN + 3]);
            Winograd<SIDE>::input(d, t);
            UNROLL for (int i = 0; i < SIDE; i++) half[i][j] = t[i];
        }
        UNROLL for (int i = 0; i < SIDE; i++) {
            Vector t[SIDE];
            Winograd<SIDE>::input(half[i], t);
            UNROLL for (int j = 0; j < SIDE; j++)
                store(v + (i * SIDE + j) * stride + part * LANES, t[j]);
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
template <int SIDE, bool ACTIVATED, bool SUMMED_UP>
void transform_windows(const Grid& grid, const Maps& maps, int group, const Phase& phase,
                       const float* all_slopes, int start, int tiles, float* v, ptrdiff_t stride,
                       float* all_sums) {
    constexpr int EDGE = Window<SIDE>::EDGE;
    float* pixels = group_of(maps, group);
    // constant to the compiler, so that a transform has none of what it does not need
    const float* slopes = ACTIVATED ? all_slopes + group * CHANNELS : nullptr;
    float* sums = SUMMED_UP ? all_sums : nullptr;
    Window<SIDE> window, next;
    set_window(next, grid, maps, pixels, tile_at(grid, start), phase);
    for (int t = 0; t < tiles; t++, v += CHANNELS) {
        window = next;
        if (t + 1 < tiles)
            set_window(next, grid, maps, pixels, tile_at(grid, start + t + 1), phase);
        if (window.first == 0 && window.end == SIDE) {
            transform_window<SIDE, 0, SIDE>(window, next, slopes, PARTS, v, stride, sums);
        } else if (window.first == 0 && window.end == SIDE - EDGE) {
            transform_window<SIDE, 0, SIDE - EDGE>(window, next, slopes, PARTS, v, stride, sums);
        } else if (window.first == EDGE && window.end == SIDE) {
            transform_window<SIDE, EDGE, SIDE>(window, next, slopes, PARTS, v, stride, sums);
        } else {
            alignas(64) float between[SIDE * SIDE * CHANNELS];
            copy_pixels(window.rows, window.pixel, SIDE, window.first, window.end, SIDE, between);
            for (int i = 0; i < SIDE; i++) window.rows[i] = between + i * SIDE * CHANNELS;
            window.pixel = CHANNELS;
            transform_window<SIDE, 0, SIDE>(window, next, slopes, PARTS, v, stride, sums);
        }
    }
}

/** D = A x A^T of one 4x4 tile; the next one's pixels are fetched. */
template <int SIDE>
INLINE void spread_tile(const float* const* rows, ptrdiff_t pixel, const float* next,
                        ptrdiff_t next_row, ptrdiff_t next_pixel, const float* slopes, float* d,
                        ptrdiff_t stride) {
    for (int part = 0; part < PARTS; part++) {
        const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
        UNROLL for (int i = 0; i < STEP; i++)
            UNROLL for (int j = 0; j < STEP; j++)
                if ((i * STEP + j) % LINE_VECTORS == 0)
                    prefetch_read(next + i * next_row + (j + lane) * next_pixel + line * LINE);
        const Vector slope = slopes ? load_loose(slopes + part * LANES) : Vector{};
        Vector half[SIDE][STEP];
        UNROLL for (int j = 0; j < STEP; j++) {
            Vector x[STEP], t[SIDE];
            UNROLL for (int i = 0; i < STEP; i++) {
                x[i] = load_loose(rows[i] + j * pixel + part * LANES);
                if (slopes) x[i] = prelu(x[i], slope);
            }
            WinogradGradient<SIDE>::spread(x, t);
            UNROLL for (int i = 0; i < SIDE; i++) half[i][j] = t[i];
        }
        UNROLL for (int i = 0; i < SIDE; i++) {
            Vector t[SIDE];
            WinogradGradient<SIDE>::spread(half[i], t);
            UNROLL for (int j = 0; j < SIDE; j++)
                store(d + (i * SIDE + j) * stride + part * LANES, t[j]);
        }
    }
}

template <int SIDE, bool ACTIVATED>
void spread_tiles(const Grid& grid, const Maps& maps, int group, const float* all_slopes, int start,
                  int tiles, float* d, ptrdiff_t stride) {
    float* pixels = group_of(maps, group);
    const float* slopes = ACTIVATED ? all_slopes + group * CHANNELS : nullptr;
    Tile tile = tile_at(grid, start);
    for (int t = 0; t < tiles; t++, d += CHANNELS) {
        const Tile after = tile_at(grid, start + (t + 1 < tiles ? t + 1 : t));
        const float* next = pixel_at(maps, pixels, after);
        const float* rows[STEP];
        ptrdiff_t pixel = maps.pixel;
        for (int i = 0; i < STEP; i++)
            rows[i] = i < tile.rows ? pixel_at(maps, pixels, tile) + i * maps.row : NOTHING;
        alignas(64) float between[STEP * STEP * CHANNELS];
        if (tile.columns < STEP) {
            copy_pixels(rows, pixel, STEP, 0, tile.columns, STEP, between);
            for (int i = 0; i < STEP; i++) rows[i] = between + i * STEP * CHANNELS;
            pixel = CHANNELS;
        }
        spread_tile<SIDE>(rows, pixel, next, maps.row, maps.pixel, slopes, d, stride);
        tile = after;
    }
}

/** y = A^T m A of one tile, given pixel by pixel to `put(row, column, part, y)`. */
template <int SIDE, class Put>
INLINE void output_pixels(const float* m, ptrdiff_t stride, const Tile& tile, int part,
                          const Put& put) {
    Vector half[STEP][SIDE];
    transform_output_columns<SIDE>(m + part * LANES, stride, half);
    if (tile.whole()) {
        UNROLL for (int i = 0; i < STEP; i++) {
            Vector y[STEP];
            Winograd<SIDE>::output(half[i], y);
            UNROLL for (int j = 0; j < STEP; j++) put(i, j, y[j]);
        }
    } else {
        for (int i = 0; i < tile.rows; i++) {
            Vector y[STEP];
            Winograd<SIDE>::output(half[i], y);
            for (int j = 0; j < tile.columns; j++) put(i, j, y[j]);
        }
    }
}

/** Fetches a tile's pixels, to be written, or read. */
INLINE void fetch_tile(const Maps& maps, float* pixel, int part, bool written) {
    const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
    UNROLL for (int i = 0; i < STEP; i++)
        UNROLL for (int j = 0; j < STEP; j++)
            if ((i * STEP + j) % LINE_VECTORS == 0) {
                float* at = pixel + i * maps.row + (j + lane) * maps.pixel + line * LINE;
                if (written)
                    prefetch_write(at);
                else
                    prefetch_read(at);
            }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
