/** The training kernels through their C interface, without Python: for sanitizers and other
 *  processors. A part of check.cpp.
 *
 *  Each round takes a random layer of random size on every instruction set, on one thread and on
 *  three, which must agree to the bit. The self-test compares with direct sums; here the gradients
 *  must be adjoint to the layer, which holds for any size: it is linear in its weights, and in its
 *  input but for the PReLU's bend at zero.
 */
#include "check_training.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "../training.h"
#include "training_checks.h"

namespace {

using namespace training_tests;

/** A layer's operands and everything computed from them. */
struct Layer {
    int images, height, width, inputs, outputs, stride, shuffled;
    Floats input, slopes, weight, bias, skip, gradient;
    Floats output, input_gradient, slope_gradient, weight_gradient, bias_gradient;

    explicit Layer(Noise& noise)
        : images(noise.between(1, 3)),
          height(noise.between(1, 21)),
          width(noise.between(1, 21)),
          inputs(64 * noise.between(1, 2)),
          outputs(64 * noise.between(1, 3)),
          stride(noise.between(1, 2)),
          shuffled(stride == 1 && noise() > 0) {
        if (shuffled) outputs = 256;
        if (stride == 2) height *= 2, width *= 2;
        if (noise() > 0.8) inputs = outputs = shuffled ? 256 : 384;  // many
        const size_t pixels = static_cast<size_t>(images) * height * width;
        const size_t of_output = pixels / (stride * stride);
        input = noise.many(pixels * inputs);
        slopes = noise.many(inputs);
        weight = noise.many(static_cast<size_t>(outputs) * 9 * inputs);
        bias = noise.many(outputs);
        skip = noise.many(shuffled ? 0 : of_output * outputs);
        gradient = noise.many(of_output * outputs);
    }

    void forward(const char* set, int threads) {
        output.assign(gradient.size(), NAN);
        const fourfold_training_forward layer{
            images,        height,      width,         inputs,      outputs,
            stride,        shuffled,    threads,       input.data(), slopes.data(),
            weight.data(), bias.data(), shuffled ? nullptr : skip.data(), output.data()};
        expect(fourfold_train_forward(set, &layer) == FOURFOLD_OK, "forward");
    }

    /** `constant`: slopes that get no gradient, which layers of many channels can do without. */
    void backward(const char* set, int threads, bool constant) {
        input_gradient.assign(input.size(), NAN);
        slope_gradient.assign(slopes.size(), constant ? 0 : NAN);
        weight_gradient.assign(weight.size(), NAN);
        bias_gradient.assign(bias.size(), NAN);
        const fourfold_training_backward layer{
            images,          height,          width,           inputs,
            outputs,         stride,          shuffled,        threads,
            input.data(),    slopes.data(),   weight.data(),   gradient.data(),
            nullptr,         input_gradient.data(),
            constant ? nullptr : slope_gradient.data(), weight_gradient.data(),
            bias_gradient.data()};
        expect(fourfold_train_backward(set, &layer) == FOURFOLD_OK, "backward");
    }

    bool operator==(const Layer& other) const {
        return output == other.output && input_gradient == other.input_gradient &&
               slope_gradient == other.slope_gradient &&
               weight_gradient == other.weight_gradient && bias_gradient == other.bias_gradient;
    }
};

/** <gradient, output> = <weight, dW> + <bias, db> + <gradient, skip>, and so with the input. */
void expect_adjoint(const Layer& layer, const std::string& set) {
    const double bias = dot(layer.bias, layer.bias_gradient);
    const double skip = layer.shuffled ? 0 : dot(layer.gradient, layer.skip);
    const double left = dot(layer.gradient, layer.output);
    const double size = std::sqrt(dot(layer.gradient, layer.gradient) *
                                  dot(layer.output, layer.output));
    const double by_weight = dot(layer.weight, layer.weight_gradient) + bias + skip;
    expect(std::abs(left - by_weight) < 1e-4 * size, set + ": gradient of the weights");
    const double by_input = dot(layer.input, layer.input_gradient) + bias + skip;
    expect(std::abs(left - by_input) < 1e-4 * size, set + ": gradient of the input");
}

void run_round(uint32_t seed) {
    Noise noise{seed};
    const Layer drawn(noise);
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        Layer one = drawn, three = drawn;
        one.forward(name, 1);
        one.backward(name, 1, seed % 2);
        three.forward(name, 3);
        three.backward(name, 3, seed % 2);
        expect(one == three, std::string(name) + ": threads changed the result");
        expect_adjoint(one, name);
    }
}

/** Three layers, each of what the one before gave, in one call and in three: to the bit. */
void run_chain(uint32_t seed) {
    Noise noise{seed};
    const int images = noise.between(1, 2), height = noise.between(1, 17), width = noise.between(1, 17);
    const int channels[] = {64 * noise.between(1, 2), 64 * noise.between(1, 3), 64, 128};
    const size_t pixels = static_cast<size_t>(images) * height * width;
    std::vector<Floats> weights, biases, slopes;
    for (int i = 0; i < 3; i++) {
        weights.push_back(noise.many(static_cast<size_t>(channels[i]) * channels[i + 1] * 9));
        biases.push_back(noise.many(channels[i + 1]));
        slopes.push_back(noise.many(channels[i]));
    }
    const Floats input = noise.many(pixels * channels[0]), gradient = noise.many(pixels * 128);
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        std::vector<Floats> results[2];
        for (int together = 0; together < 2; together++) {
            std::vector<Floats> maps{input}, of_maps(4), of_weights(3), of_biases(3), of_slopes(3);
            for (int i = 0; i < 4; i++) {
                if (i > 0) maps.emplace_back(pixels * channels[i], NAN);
                of_maps[i].assign(pixels * channels[i], NAN);
            }
            of_maps[3] = gradient;
            std::vector<fourfold_training_forward> forward;
            std::vector<fourfold_training_backward> backward;
            for (int i = 0; i < 3; i++)
                forward.push_back({images, height, width, channels[i], channels[i + 1], 1, 0,
                                   1 + 2 * together, maps[i].data(), slopes[i].data(),
                                   weights[i].data(), biases[i].data(), nullptr,
                                   maps[i + 1].data()});
            for (int i = 2; i >= 0; i--) {
                of_weights[i].assign(weights[i].size(), NAN);
                of_biases[i].assign(biases[i].size(), NAN);
                of_slopes[i].assign(slopes[i].size(), NAN);
                backward.push_back({images, height, width, channels[i], channels[i + 1], 1, 0,
                                    1 + 2 * together, maps[i].data(), slopes[i].data(),
                                    weights[i].data(), of_maps[i + 1].data(), nullptr,
                                    of_maps[i].data(), of_slopes[i].data(), of_weights[i].data(),
                                    of_biases[i].data()});
            }
            const int calls = together ? 1 : 3, each = together ? 3 : 1;
            for (int i = 0; i < calls; i++)
                expect(fourfold_train_forward_layers(name, &forward[i], each) == FOURFOLD_OK,
                       "forward_layers");
            for (int i = 0; i < calls; i++)
                expect(fourfold_train_backward_layers(name, &backward[i], each) == FOURFOLD_OK,
                       "backward_layers");
            for (const auto& part : {maps, of_maps, of_weights, of_biases, of_slopes})
                results[together].insert(results[together].end(), part.begin(), part.end());
        }
        expect(results[0] == results[1], std::string(name) + ": layers in one call are others");
    }
}

void run_tail(uint32_t seed) {
    Noise noise{seed};
    const int images = noise.between(1, 2);
    const int height = 2 * noise.between(1, 14), width = 2 * noise.between(1, 14);
    const size_t pixels = static_cast<size_t>(images) * height * width;
    const Floats input = noise.many(pixels * 64), slopes = noise.many(64);
    const Floats weight = noise.many(3 * 81 * 64), bias = noise.many(3);
    const Floats gradient = noise.many(pixels * 3);
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        std::vector<Floats> results[2];
        for (int i = 0; i < 2; i++) {
            Floats output(pixels * 3), of_input(input.size()), of_slopes(64);
            Floats of_weight(weight.size()), of_bias(3);
            const fourfold_training_tail tail{
                images,          height,           width,           1 + 2 * i,
                input.data(),    slopes.data(),    weight.data(),   bias.data(),
                output.data(),   gradient.data(),  of_input.data(), of_slopes.data(),
                of_weight.data(), of_bias.data()};
            expect(fourfold_train_tail_forward(name, &tail) == FOURFOLD_OK, "tail_forward");
            expect(fourfold_train_tail_backward(name, &tail) == FOURFOLD_OK, "tail_backward");
            const double left = dot(gradient, output), of_b = dot(bias, of_bias);
            const double size = std::sqrt(dot(gradient, gradient) * dot(output, output));
            expect(std::abs(left - of_b - dot(weight, of_weight)) < 1e-4 * size, "tail's weights");
            expect(std::abs(left - of_b - dot(input, of_input)) < 1e-4 * size, "tail's input");
            results[i] = {output, of_input, of_slopes, of_weight, of_bias};
        }
        expect(results[0] == results[1], std::string(name) + ": threads changed the tail");
    }
}

/** What is wrong comes back as a status. */
void run_misuse() {
    Noise noise{1};
    Layer layer(noise);
    const char* set = fourfold_instruction_set(0);
    Floats output(layer.gradient.size()), one(1);
    const fourfold_training_forward right{
        layer.images,         layer.height,         layer.width,          layer.inputs,
        layer.outputs,        layer.stride,         layer.shuffled,       1,
        layer.input.data(),   nullptr,              layer.weight.data(),  layer.bias.data(),    nullptr,
        output.data()};
    const auto is_refused = [&](auto change) {
        fourfold_training_forward wrong = right;
        change(wrong);
        return fourfold_train_forward(set, &wrong) == FOURFOLD_WRONG_ARGUMENT;
    };
    expect(fourfold_train_forward("none", &right) == FOURFOLD_UNKNOWN_INSTRUCTION_SET, "no set");
    expect(fourfold_train_forward(nullptr, &right) == FOURFOLD_WRONG_ARGUMENT, "null set");
    expect(fourfold_train_forward(set, nullptr) == FOURFOLD_WRONG_ARGUMENT, "no layer");
    expect(is_refused([](auto& layer) { layer.images = 0; }), "no images");
    expect(is_refused([](auto& layer) { layer.height = 1 << 30; }), "a height that overflows");
    expect(is_refused([](auto& layer) { layer.width = -1; }), "a width below 0");
    expect(is_refused([](auto& layer) { layer.inputs = 65; }), "65 channels");
    expect(is_refused([](auto& layer) { layer.outputs = 1024; }), "1,024 channels");
    expect(is_refused([](auto& layer) { layer.shuffled = 2; }), "shuffled twice");
    expect(is_refused([](auto& layer) { layer.stride = 0; }), "no stride");
    expect(is_refused([](auto& layer) { layer.stride = 3; }), "a stride of 3");
    expect(is_refused([](auto& layer) {
               layer.stride = 2, layer.shuffled = 0;
               layer.height = 2, layer.width = 3;
           }),
           "an odd side with stride 2");
    expect(is_refused([](auto& layer) {
               layer.stride = 2, layer.height = layer.width = 2;
               layer.outputs = 256, layer.shuffled = 1;
           }),
           "a shuffle with stride 2");
    expect(is_refused([](auto& layer) { layer.threads = 0; }), "no threads");
    expect(is_refused([](auto& layer) { layer.input = nullptr; }), "no input");
    expect(is_refused([](auto& layer) { layer.weight = nullptr; }), "no weight");
    expect(is_refused([](auto& layer) { layer.output = nullptr; }), "no output");
    expect(is_refused([&](auto& layer) {
               layer.shuffled = 1;
               layer.outputs = 128;
           }),
           "a shuffle of 128");
    expect(fourfold_train_forward_layers(set, &right, 0) == FOURFOLD_WRONG_ARGUMENT, "no count");
    fourfold_training_backward backward{};
    backward.images = backward.height = backward.width = backward.threads = 1;
    backward.inputs = backward.outputs = 64;
    backward.stride = 1;
    expect(fourfold_train_backward(set, &backward) == FOURFOLD_WRONG_ARGUMENT, "nothing given");
    backward.weight = layer.weight.data();
    backward.gradient = layer.gradient.data();
    backward.weight_gradient = one.data();
    expect(fourfold_train_backward(set, &backward) == FOURFOLD_WRONG_ARGUMENT, "no map");
    fourfold_training_tail tail{};
    tail.images = tail.threads = 1;
    tail.height = tail.width = 3;
    tail.input = layer.input.data();
    tail.weight = layer.weight.data();
    tail.bias = layer.bias.data();
    tail.output = output.data();
    expect(fourfold_train_tail_forward(set, &tail) == FOURFOLD_WRONG_ARGUMENT, "an odd side");
    tail.height = tail.width = 2;
    expect(fourfold_train_tail_backward(set, &tail) == FOURFOLD_WRONG_ARGUMENT, "no gradient");
}

}  // namespace

void check_training(int rounds) {
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        double error = 0;
        const int32_t status = fourfold_train_self_test(name, &error);
        std::printf("%s: training self-test %.2g\n", name, error);
        expect(status == FOURFOLD_OK, "self-test");
    }
    run_misuse();
    check_judges(rounds);
    for (int round = 0; round < rounds; round++) {
        run_round(static_cast<uint32_t>(round));
        run_chain(static_cast<uint32_t>(round));
        run_tail(static_cast<uint32_t>(round));
    }
}
