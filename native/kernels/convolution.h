/** A block of tiles of a 3x3 convolution by F(4x4, 3x3): transform, 36 products, transform back.
 *
 *  The products overwrite V one slot behind: M of position p goes where V of position p - 1 was.
 *  An up-convolution has four groups of 64 outputs, the phases of the shuffle: V is computed once,
 *  so its products go elsewhere. Bias, PReLU or skip happen on the way out, while y is in
 *  registers.
 */
#pragma once

#include "product.h"
#include "winograd.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** How a row of tiles stands in the output: its four rows, pixel 0 of each. */
struct TargetRows {
    float* row[STEP];
};

INLINE TargetRows target_rows(const Target& output, int group, int row) {
    TargetRows target;
    for (int i = 0; i < STEP; i++) {
        const int y = (output.step * (row + i) + output.phase[group]) % output.capacity;
        target.row[i] = output.rows + y * output.stride + output.offset[group];
    }
    return target;
}

/** y = A^T m A + bias for one tile; `rows` x `columns` of its 4x4 pixels are inside the picture. */
template <bool ADD>
INLINE void output_tile(const float* m, ptrdiff_t stride, const TargetRows& target, ptrdiff_t pixel,
                        int rows, int columns, const float* bias, const float* slopes) {
    const auto put = [&](float* to, Vector y, int part) __attribute__((always_inline)) {
        y += load(bias + part * LANES);
        store(to, ADD ? y + load(to) : prelu(y, load(slopes + part * LANES)));
    };
    for (int part = 0; part < CHANNELS / LANES; part++) {
        const int line = part / LINE_VECTORS, lane = part % LINE_VECTORS;
        UNROLL for (int i = 0; i < STEP; i++)
            UNROLL for (int j = 0; j < STEP; j++)
                if ((i * STEP + j) % LINE_VECTORS == 0)
                    prefetch_write(target.row[i] + (STEP + j + lane) * pixel + line * LINE);
        Vector half[STEP][6];
        transform_output_columns<6>(m + part * LANES, stride, half);
        if (rows == STEP && columns == STEP) {
            UNROLL for (int i = 0; i < STEP; i++) {
                Vector y[STEP];
                Winograd<6>::output(half[i], y);
                UNROLL for (int j = 0; j < STEP; j++)
                    put(target.row[i] + j * pixel + part * LANES, y[j], part);
            }
        } else {
            for (int i = 0; i < rows; i++) {
                Vector y[STEP];
                Winograd<6>::output(half[i], y);
                for (int j = 0; j < columns; j++)
                    put(target.row[i] + j * pixel + part * LANES, y[j], part);
            }
        }
    }
}

/** Block `block` of the tiles, which are counted along the rows of tiles. */
void convolve(const Convolution& layer, int block, float* scratch) {
    const int block_tiles = layer.groups == 1 ? TRUNK_TILES : UPSAMPLE_TILES;
    const int across = (layer.width + STEP - 1) / STEP;
    const int all = across * ((layer.end - layer.first + STEP - 1) / STEP);
    const int start = block * block_tiles, tiles = smaller(block_tiles, all - start);
    const ptrdiff_t stride = position_stride(block_tiles);
    float* v = scratch + stride;
    float* m = layer.groups == 1 ? scratch : scratch + SCRATCH_PRODUCTS;

    for (int done = 0, tile = start; done < tiles;) {
        const int run = smaller(tiles - done, across - tile % across);
        const float* rows[6];
        input_rows(layer.input, layer.first + tile / across * STEP, 1, rows);
        const ptrdiff_t column = (ptrdiff_t)(tile % across * STEP - 1) * CHANNELS;
        transform_inputs<6>(rows, column, run, v + done * CHANNELS, stride);
        done += run;
        tile += run;
    }
    for (int group = 0; group < layer.groups; group++) {
        const float* u = layer.weights + (ptrdiff_t)group * 36 * CHANNELS * CHANNELS;
        for (int position = 0; position < 36; position++, u += CHANNELS * CHANNELS)
            multiply(v + position * stride, u, m + position * stride,
                     rounded_up(tiles, BLOCK_TILES), u + CHANNELS * CHANNELS);
        const float* bias = layer.bias + group * CHANNELS;
        for (int tile = start; tile < start + tiles; tile++) {
            const int row = layer.first + tile / across * STEP, column = tile % across * STEP;
            TargetRows target = target_rows(layer.output, group, row);
            for (float*& to : target.row) to += column * layer.output.pixel;
            const int rows = smaller(STEP, layer.end - row);
            const int columns = smaller(STEP, layer.width - column);
            const float* products = m + (tile - start) * CHANNELS;
            if (layer.slopes)
                output_tile<false>(products, stride, target, layer.output.pixel, rows, columns,
                                   bias, layer.slopes + group * CHANNELS);
            else
                output_tile<true>(products, stride, target, layer.output.pixel, rows, columns,
                                  bias, nullptr);
        }
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
