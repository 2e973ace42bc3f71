#include "self_test.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "bf16.h"
#include "packing.h"
#include "slab.h"

namespace fourfold {

/** One tile, and a partial one to the right and below: 6 x 5 pixels. */
static constexpr int WIDTH = 6, HEIGHT = 5;

/** Numbers in [-1, 1), the same each time. */
struct Noise {
    uint32_t state = 1;
    double operator()() {
        state = state * 1664525u + 1013904223u;
        return state / 2147483648.0 - 1;
    }
};

/** A layer of noise, with slopes from -0.5 to 1.5. */
struct NoiseLayer {
    std::vector<double> weight, bias, slopes;
    Layer layer;

    NoiseLayer(Noise& noise, int outputs, int inputs, int side)
        : weight(static_cast<size_t>(outputs) * inputs * side * side),
          bias(outputs),
          slopes(outputs) {
        for (double& value : weight) value = noise();
        for (double& value : bias) value = noise();
        for (double& value : slopes) value = 0.5 + noise();
        layer = {weight.data(), bias.data(), slopes.data(), outputs, inputs, side};
    }
};

/** A map of HEIGHT x WIDTH pixels, `channels` each, zeros around it. */
struct Map {
    int channels;
    std::vector<double> values;
    double at(int y, int x, int channel) const {
        const bool inside = y >= 0 && y < HEIGHT && x >= 0 && x < WIDTH;
        return inside ? values[(y * WIDTH + x) * channels + channel] : 0;
    }
};

static Map noise_map(Noise& noise, int channels) {
    Map map{channels, std::vector<double>(HEIGHT * WIDTH * channels)};
    for (double& value : map.values) value = static_cast<float>(noise());
    return map;
}

static double direct_sum(const Layer& layer, const Map& map, int y, int x, int output) {
    double sum = layer.bias[output];
    const double* weight =
        layer.weight + static_cast<size_t>(output) * layer.inputs * layer.side * layer.side;
    for (int input = 0; input < layer.inputs; input++)
        for (int row = 0; row < layer.side; row++)
            for (int column = 0; column < layer.side; column++)
                sum += *weight++ *
                       map.at(y + row - layer.side / 2, x + column - layer.side / 2, input);
    return sum;
}

/** The largest difference of two results, relative to the largest value. */
class Comparison {
public:
    void add(double result, double expected) {
        const double error = std::abs(result - expected);
        // what is not a number is infinitely wrong
        if (!(error <= error_)) error_ = std::isnan(error) ? HUGE_VAL : error;
        largest_ = std::max(largest_, std::abs(expected));
    }
    double error() const { return error_ / largest_; }

private:
    double error_ = 0, largest_ = 0;
};

static double activated(double value, double slope) { return value > 0 ? value : value * slope; }

static void put(float* pixel, int channel, const Kernels& kernels, double value) {
    if (kernels.in_bf16)
        reinterpret_cast<uint16_t*>(pixel)[channel] = to_bf16(value);
    else
        pixel[channel] = static_cast<float>(value);
}

static double get(const float* pixel, int channel, const Kernels& kernels) {
    return kernels.in_bf16 ? from_bf16(reinterpret_cast<const uint16_t*>(pixel)[channel])
                           : pixel[channel];
}

static void put_map(const Map& map, const Kernels& kernels, Slab& slab) {
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int channel = 0; channel < map.channels; channel++)
                put(slab.row(y) + channel / CHANNELS * slab.plane + x * slab.pixel,
                    channel % CHANNELS, kernels, map.at(y, x, channel));
}

static double test_head(const Kernels& kernels) {
    Noise noise;
    const NoiseLayer noise_layer(noise, CHANNELS, 3, 9);
    const Map map = noise_map(noise, 3);
    const PackedLayer packed = pack_head(noise_layer.layer, kernels);
    constexpr int STRIDE = (WIDTH + 2 * INPUT_PAD) * 3;
    const Floats input = zeros(STRIDE * (HEIGHT + 8) + 3 * OVERHANG);
    const Floats output = zeros(WIDTH * CHANNELS);
    for (int y = 0; y < HEIGHT; y++)
        for (int i = 0; i < WIDTH * 3; i++)
            input[(y + 4) * STRIDE + INPUT_PAD * 3 + i] =
                static_cast<float>(map.values[y * WIDTH * 3 + i]);
    Comparison comparison;
    for (int y = 0; y < HEIGHT; y++) {
        HeadRow head{
            {}, WIDTH, packed.weights.get(), packed.bias.get(), packed.slopes.get(), output.get()};
        for (int row = 0; row < 9; row++)
            head.rows[row] = input.get() + (y + row) * STRIDE + INPUT_PAD * 3;
        kernels.head(head);
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < CHANNELS; c++)
                comparison.add(
                    get(output.get() + x * kernels.pixel, c, kernels),
                    activated(direct_sum(noise_layer.layer, map, y, x, c), noise_layer.slopes[c]));
    }
    return comparison.error();
}

/** `groups` 1: added to ones; 4: PReLU, then shuffled. */
static double test_convolution(const Kernels& kernels, int groups) {
    Noise noise;
    const NoiseLayer noise_layer(noise, groups * CHANNELS, CHANNELS, 3);
    const Map map = noise_map(noise, CHANNELS);
    const PackedLayer packed = pack_convolution(noise_layer.layer, kernels, groups == 4);
    const int step = groups == 1 ? 1 : 2;
    Slab input(WIDTH, HEIGHT, kernels), output(step * WIDTH, step * HEIGHT, kernels);
    put_map(map, kernels, input);
    for (int y = 0; y < step * HEIGHT; y++)
        for (int i = 0; i < step * WIDTH * CHANNELS; i++) put(output.row(y), i, kernels, 1);
    const Floats zero_row = zeros(input.stride + OVERHANG * input.pixel), scratch = zeros(kernels.scratch);
    const Convolution convolution{input.until(HEIGHT, zero_row.get() + LEFT_PAD * input.pixel),
                                  groups == 1 ? output.target() : output.shuffled(),
                                  0,
                                  HEIGHT,
                                  WIDTH,
                                  groups,
                                  packed.weights.get(),
                                  packed.bias.get(),
                                  packed.slopes.get()};
    kernels.convolve(convolution, 0, scratch.get());
    Comparison comparison;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < groups * CHANNELS; c++) {
                const double sum = direct_sum(noise_layer.layer, map, y, x, c);
                const int row = c / CHANNELS / 2, column = c / CHANNELS % 2;
                comparison.add(
                    get(output.row(step * y + row) + (step * x + column) * output.pixel,
                        c % CHANNELS, kernels),
                    groups == 1 ? 1 + sum : activated(sum, noise_layer.slopes[c]));
            }
    return comparison.error();
}

static double test_tail(const Kernels& kernels) {
    Noise noise;
    const NoiseLayer noise_layer(noise, 12, 4 * CHANNELS, 5);
    const Map map = noise_map(noise, 4 * CHANNELS);
    const PackedLayer packed = pack_tail(noise_layer.layer, kernels);
    Slab input(WIDTH, HEIGHT, kernels, 4);
    put_map(map, kernels, input);
    const Floats zero_row = zeros(input.plane + OVERHANG * input.pixel), scratch = zeros(kernels.scratch);
    const Floats pixels = zeros(2 * HEIGHT * 2 * WIDTH * 3);
    const Tail tail{input.until(HEIGHT, zero_row.get() + LEFT_PAD * input.pixel),
                    input.plane,
                    0,
                    HEIGHT,
                    WIDTH,
                    packed.weights.get(),
                    packed.bias.get(),
                    pixels.get(),
                    2 * WIDTH * 3};
    kernels.tail(tail, 0, scratch.get());
    Comparison comparison;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 12; c++)
                comparison.add(pixels[(2 * y + c / 6) * 2 * WIDTH * 3 + 2 * x * 3 + c % 6],
                               direct_sum(noise_layer.layer, map, y, x, c));
    return comparison.error();
}

double self_test(const Kernels& kernels) {
    return std::max({test_head(kernels), test_convolution(kernels, 1), test_convolution(kernels, 4),
                     test_tail(kernels)});
}

double self_test_limit(const Kernels& kernels) { return kernels.in_bf16 ? 0.02 : 1e-4; }

}  // namespace fourfold
