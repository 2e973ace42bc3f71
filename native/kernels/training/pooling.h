/** The largest of each 2x2 pixels, and its gradient, which goes to the first of the largest. */
#pragma once

#include "tiles.h"

namespace fourfold::FOURFOLD_ISA {
namespace {

/** Whether y comes before x, the largest so far; what is not a number does, and stays. */
INLINE auto is_larger(Vector y, Vector x) { return (y > x) | (y != y); }

/** Calls each(of a pixel of the output, of the first of its four), places in a row of each. */
template <class Each> INLINE void for_pooled(const PoolingPass& pass, const Each& each) {
    for (int column = 0; column < pass.width / 2; column++)
        for (int c = 0; c < pass.channels; c += LANES)
            each((ptrdiff_t)column * pass.channels + c, (ptrdiff_t)2 * column * pass.channels + c);
}

/** Row `row` of the output, counted through all images. */
void pool_forward(const PoolingPass& pass, int row) {
    const ptrdiff_t width = (ptrdiff_t)pass.width * pass.channels;
    const float* input = pass.input + 2 * row * width;
    float* output = pass.output + row * width / 2;
    for_pooled(pass, [&](ptrdiff_t place, ptrdiff_t four) {
        const float* from = input + four;
        Vector most = load_loose(from);
        const ptrdiff_t next[3] = {pass.channels, width, width + pass.channels};
        UNROLL for (int i = 0; i < 3; i++) {
            const Vector other = load_loose(from + next[i]);
            most = is_larger(other, most) ? other : most;
        }
        store_loose(output + place, most);
    });
}

void pool_backward(const PoolingPass& pass, int row) {
    const ptrdiff_t width = (ptrdiff_t)pass.width * pass.channels;
    const float* input = pass.input + 2 * row * width;
    const float* gradient = pass.gradient + row * width / 2;
    float* input_gradient = pass.input_gradient + 2 * row * width;
    for_pooled(pass, [&](ptrdiff_t place, ptrdiff_t four) {
        const ptrdiff_t next[4] = {0, pass.channels, width, width + pass.channels};
        const Vector g = load_loose(gradient + place);
        Vector most = load_loose(input + four), given[4] = {g, Vector{}, Vector{}, Vector{}};
        UNROLL for (int i = 1; i < 4; i++) {
            const Vector other = load_loose(input + four + next[i]);
            const auto larger_one = is_larger(other, most);
            most = larger_one ? other : most;
            UNROLL for (int before = 0; before < i; before++)
                given[before] = larger_one ? Vector{} : given[before];
            given[i] = larger_one ? g : Vector{};
        }
        UNROLL for (int i = 0; i < 4; i++)
            store_loose(input_gradient + four + next[i], given[i]);
    });
}

}  // namespace
}  // namespace fourfold::FOURFOLD_ISA
