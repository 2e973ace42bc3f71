/** AMX: eight tiles of 16 rows of 64 bytes, and C += A B of bf16 into fp32.
 *
 *  A row of A is 32 channels of a pixel, B has 16 rows of pairs of channels, each with 16 outputs, C
 *  is 16 pixels x 16 outputs. A product is 16 cycles, a load of a tile 8 from L1, so a block of 2 x 2
 *  (four products for four loads) keeps the multiplier busy: tiles 0-3 are C, 4 and 5 A, 6 and 7 B.
 */
#pragma once

#include "../vectors.h"
#include "../../kernels.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Pixels of a tile, and outputs; floats of memory that a tile of packed weights takes. */
constexpr int TILE = 16, TILE_MEMORY = 256;

/** Floats of memory that the 64 channels of a pixel take in bf16, and the 32 of a tile's row. */
constexpr int PIXEL = CHANNELS / 2, ROW = 16;

/** Pixels side by side that a kernel takes at a time, rows that it takes one after another. */
constexpr int ACROSS = 32, DOWN = 4;

/** Sets the shape of all tiles while it lives; the way back frees the processor of their state. */
class Tiles {
public:
    Tiles() {
        alignas(64) Shape shape{};
        shape.palette = 1;
        for (int tile = 0; tile < 8; tile++) {
            shape.bytes_a_row[tile] = 64;
            shape.rows[tile] = TILE;
        }
        _tile_loadconfig(&shape);
    }
    ~Tiles() { _tile_release(); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;

private:
    struct Shape {
        unsigned char palette, start_row, reserved[14];
        unsigned short bytes_a_row[16];
        unsigned char rows[16];
    };
};

/** C = the bias of 32 outputs, in each of 32 pixels: a stride of 0 repeats a row. */
INLINE void begin_block(const float* bias) {
    _tile_loadd(0, bias, 0);
    _tile_loadd(1, bias + TILE, 0);
    _tile_loadd(2, bias, 0);
    _tile_loadd(3, bias + TILE, 0);
}

/** C += A B: 32 pixels of 32 values each, `step` bytes apart, and two tiles of weights. */
INLINE void add_block(const void* pixels, ptrdiff_t step, const float* weights) {
    _tile_loadd(4, pixels, step);
    _tile_loadd(6, weights, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, weights + TILE_MEMORY, 64);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, static_cast<const char*>(pixels) + TILE * step, step);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

/** C to memory: [4][16][16]. */
INLINE void store_block(float* to) {
    _tile_stored(0, to, 64);
    _tile_stored(1, to + TILE_MEMORY, 64);
    _tile_stored(2, to + 2 * TILE_MEMORY, 64);
    _tile_stored(3, to + 3 * TILE_MEMORY, 64);
}

/** 16 values in bf16 as floats. */
INLINE Vector from_bf16(const void* values) {
    typedef unsigned short Halves __attribute__((vector_size(32)));
    typedef unsigned Bits __attribute__((vector_size(64)));
    Halves halves;
    __builtin_memcpy(&halves, values, sizeof halves);
    return (Vector)(__builtin_convertvector(halves, Bits) << 16);
}

/** 32 floats as bf16, rounded to nearest even. */
INLINE void store_bf16(void* to, Vector first, Vector second) {
    const __m512bh halves = _mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
    __builtin_memcpy(to, &halves, sizeof halves);
}

/** PReLU, or the sum with what is there: `count` pixels of 32 outputs, from a stored block. */
INLINE void finish_block(const float* block, const float* slopes, float* to, ptrdiff_t pixel,
                         int count) {
    for (int x = 0; x < count; x++, to += pixel) {
        const float* sums = block + x / TILE * 2 * TILE_MEMORY + x % TILE * TILE;
        Vector first = load(sums), second = load(sums + TILE_MEMORY);
        if (slopes) {
            first = prelu(first, load(slopes));
            second = prelu(second, load(slopes + TILE));
        } else {
            first += from_bf16(to);
            second += from_bf16(to + TILE / 2);
        }
        store_bf16(to, first, second);
    }
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
