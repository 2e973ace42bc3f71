#include "training_self_test.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "training_layers.h"

namespace fourfold {

using Floats32 = std::vector<float>;
using Doubles = std::vector<double>;

/** Two images of whole and partial tiles at every edge: 6 x 9 pixels. */
static constexpr int IMAGES = 2, HEIGHT = 6, WIDTH = 9;

/** Numbers in [-1, 1), the same each time. */
struct Numbers {
    uint32_t state = 1;
    Floats32 operator()(size_t count) {
        Floats32 values(count);
        for (float& value : values) {
            state = state * 1664525u + 1013904223u;
            value = static_cast<float>((state >> 8) / 8388608.0 - 1);
        }
        return values;
    }
};

/** A convolution of `side` x `side`, its operands, and in double its result and gradients. */
struct Layer {
    int height, width, inputs, outputs, side, stride;
    bool activated;
    Floats32 input, slopes, weight, bias, gradient;
    Doubles output, input_gradient, slope_gradient, weight_gradient, bias_gradient;

    Layer(Numbers& numbers, int height, int width, int inputs, int outputs, int side, int stride,
          bool activated)
        : height(height),
          width(width),
          inputs(inputs),
          outputs(outputs),
          side(side),
          stride(stride),
          activated(activated),
          input(numbers(pixels() * inputs)),
          slopes(numbers(inputs)),
          weight(numbers(static_cast<size_t>(outputs) * side * side * inputs)),
          bias(numbers(outputs)),
          gradient(numbers(results() * outputs)),
          output(results() * outputs),
          input_gradient(pixels() * inputs),
          slope_gradient(inputs),
          weight_gradient(weight.size()),
          bias_gradient(outputs) {
        for (size_t pixel = 0; pixel < results(); pixel++)
            for (int o = 0; o < outputs; o++) visit(pixel, o);
        for (size_t i = 0; i < input.size(); i++) {
            if (!activated || input[i] > 0) continue;
            slope_gradient[i % inputs] += input_gradient[i] * input[i];
            input_gradient[i] *= slopes[i % inputs];
        }
    }

    size_t pixels() const { return static_cast<size_t>(IMAGES) * height * width; }
    size_t results() const { return pixels() / (stride * stride); }
    double read(size_t i) const {
        return activated && !(input[i] > 0) ? double{input[i]} * slopes[i % inputs] : input[i];
    }

    /** One output value: its sum, and what its gradient adds to the others. */
    void visit(size_t pixel, int o) {
        const size_t across = width / stride, down = height / stride;
        const int x = pixel % across * stride, y = pixel / across % down * stride;
        const size_t centre = (pixel / across / down * height + y) * width + x;
        const double g = gradient[pixel * outputs + o];
        double sum = bias[o];
        bias_gradient[o] += g;
        for (int row = 0; row < side; row++)
            for (int column = 0; column < side; column++) {
                const int dy = row - side / 2, dx = column - side / 2;
                if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
                const size_t from = (centre + dy * width + dx) * inputs;
                const size_t tap = (static_cast<size_t>(o) * side * side + row * side + column);
                for (int i = 0; i < inputs; i++) {
                    const double w = weight[tap * inputs + i], value = read(from + i);
                    sum += w * value;
                    input_gradient[from + i] += w * g;
                    weight_gradient[tap * inputs + i] += value * g;
                }
            }
        output[pixel * outputs + o] = sum;
    }
};

/** The largest difference, relative to the largest value; what is no number is infinitely wrong. */
static double error_of(const Floats32& result, const Doubles& expected) {
    double error = 0, largest = 0;
    for (size_t i = 0; i < expected.size(); i++) {
        const double difference = std::abs(result[i] - expected[i]);
        if (!(difference <= error)) error = std::isnan(difference) ? HUGE_VAL : difference;
        largest = std::max(largest, std::abs(expected[i]));
    }
    return error / largest;
}

/** Channels after the sub-pixel shuffle, in the shuffled image's order. */
template <class Values> static Values shuffle(const Values& values, const Layer& layer) {
    Values result(values.size());
    const int maps = layer.outputs / 4;
    for (size_t i = 0; i < values.size(); i++) {
        const size_t pixel = i / layer.outputs, x = pixel % layer.width, y = pixel / layer.width;
        const int channel = i % layer.outputs, phase = channel % 4;
        const size_t to = (2 * y + phase / 2) * 2 * layer.width + 2 * x + phase % 2;
        result[to * maps + channel / 4] = values[i];
    }
    return result;
}

/** What a layer is tested with, beside its channels. */
struct Form {
    bool activated, learning, shuffled;  // learning: slopes get a gradient
    int stride, height, width;
};

static double test_layer(const TrainingKernels& kernels, int inputs, int outputs,
                         const Form& form) {
    const auto [activated, learning, shuffled, stride, height, width] = form;
    Numbers numbers;
    const Layer layer(numbers, height, width, inputs, outputs, 3, stride, activated);
    const Floats32 output_skip = numbers(shuffled ? 0 : layer.output.size());
    const Floats32 input_skip = numbers(layer.input.size());
    const float* slopes = activated ? layer.slopes.data() : nullptr;
    Floats32 output(layer.output.size());
    const fourfold_training_forward forward{
        IMAGES,   height,             width,
        inputs,   outputs,            stride,
        shuffled, 1,                  layer.input.data(), slopes,
        layer.weight.data(),          layer.bias.data(),
        shuffled ? nullptr : output_skip.data(), output.data()};
    run_forward(kernels, &forward, 1);
    Doubles expected = layer.output, input_gradient = layer.input_gradient;
    for (size_t i = 0; i < output_skip.size(); i++) expected[i] += output_skip[i];
    for (size_t i = 0; i < input_skip.size(); i++) input_gradient[i] += input_skip[i];

    const Floats32 gradient = shuffled ? shuffle(layer.gradient, layer) : layer.gradient;
    Floats32 inputs_gradient(layer.input.size()), slope_gradient(inputs);
    Floats32 weight_gradient(layer.weight.size()), bias_gradient(outputs);
    const fourfold_training_backward backward{
        IMAGES, height, width, inputs, outputs, stride, shuffled, 1, layer.input.data(), slopes,
        layer.weight.data(), gradient.data(), input_skip.data(), inputs_gradient.data(),
        learning ? slope_gradient.data() : nullptr, weight_gradient.data(),
        bias_gradient.data()};
    run_backward(kernels, &backward, 1);
    return std::max({error_of(output, shuffled ? shuffle(expected, layer) : expected),
                     error_of(inputs_gradient, input_gradient),
                     learning ? error_of(slope_gradient, layer.slope_gradient) : 0.0,
                     error_of(weight_gradient, layer.weight_gradient),
                     error_of(bias_gradient, layer.bias_gradient)});
}

static double test_tail(const TrainingKernels& kernels) {
    Numbers numbers;
    const Layer layer(numbers, HEIGHT * 2, WIDTH * 2, CHANNELS, 3, 9, 1, true);
    Floats32 output(layer.output.size()), input_gradient(layer.input.size());
    Floats32 slope_gradient(CHANNELS), weight_gradient(layer.weight.size()), bias_gradient(3);
    const fourfold_training_tail tail{IMAGES,
                                      layer.height,
                                      layer.width,
                                      1,
                                      layer.input.data(),
                                      layer.slopes.data(),
                                      layer.weight.data(),
                                      layer.bias.data(),
                                      output.data(),
                                      layer.gradient.data(),
                                      input_gradient.data(),
                                      slope_gradient.data(),
                                      weight_gradient.data(),
                                      bias_gradient.data()};
    run_tail_forward(kernels, tail);
    run_tail_backward(kernels, tail);
    return std::max({error_of(output, layer.output), error_of(input_gradient, layer.input_gradient),
                     error_of(slope_gradient, layer.slope_gradient),
                     error_of(weight_gradient, layer.weight_gradient),
                     error_of(bias_gradient, layer.bias_gradient)});
}

static double test_first(const TrainingKernels& kernels) {
    Numbers numbers;
    const Layer layer(numbers, HEIGHT, WIDTH, 3, CHANNELS, 3, 1, false);
    Floats32 input_gradient(layer.input.size()), weight_gradient(layer.weight.size());
    Floats32 bias_gradient(CHANNELS);
    const fourfold_training_first first{IMAGES,
                                        HEIGHT,
                                        WIDTH,
                                        1,
                                        layer.input.data(),
                                        layer.weight.data(),
                                        layer.gradient.data(),
                                        input_gradient.data(),
                                        weight_gradient.data(),
                                        bias_gradient.data()};
    run_first_backward(kernels, first);
    return std::max({error_of(input_gradient, layer.input_gradient),
                     error_of(weight_gradient, layer.weight_gradient),
                     error_of(bias_gradient, layer.bias_gradient)});
}

/** Two pixels each way; the largest of four is one of another place in each channel. */
static double test_pooling(const TrainingKernels& kernels) {
    Numbers numbers;
    Floats32 input = numbers(4 * CHANNELS), output(CHANNELS), input_gradient(4 * CHANNELS);
    const Floats32 gradient = numbers(CHANNELS);
    Doubles largest(CHANNELS), expected(4 * CHANNELS);
    for (int c = 0; c < CHANNELS; c++) {
        input[c % 4 * CHANNELS + c] = static_cast<float>(largest[c] = 2);
        expected[c % 4 * CHANNELS + c] = gradient[c];
    }
    const fourfold_training_pooling pooling{1,
                                            2,
                                            2,
                                            CHANNELS,
                                            1,
                                            input.data(),
                                            output.data(),
                                            gradient.data(),
                                            input_gradient.data()};
    run_pool_forward(kernels, pooling);
    run_pool_backward(kernels, pooling);
    return std::max(error_of(output, largest), error_of(input_gradient, expected));
}

double training_self_test(const TrainingKernels& kernels) {
    const Form shuffled{false, false, true, 1, HEIGHT, WIDTH};
    const Form learning{true, true, false, 1, HEIGHT, WIDTH};
    const Form of_many{true, false, false, 1, 2, 2};
    const Form halving{true, false, false, 2, HEIGHT, WIDTH + 1};
    return std::max({test_layer(kernels, CHANNELS, CHANNELS, learning),
                     test_layer(kernels, CHANNELS, 4 * CHANNELS, shuffled),
                     test_layer(kernels, 2 * CHANNELS, 2 * CHANNELS, learning),
                     test_layer(kernels, 4 * CHANNELS, 8 * CHANNELS, of_many),
                     test_layer(kernels, CHANNELS, CHANNELS, halving),
                     test_layer(kernels, 2 * CHANNELS, 4 * CHANNELS, halving),
                     test_tail(kernels), test_first(kernels), test_pooling(kernels)});
}

}  // namespace fourfold
