/** What judges have beside convolutions of many channels, through the C interface: a part of
 *  check_training.cpp. On one thread and on three, which must agree to the bit.
 */
#include <cmath>
#include <vector>

#include "../training.h"
#include "check_training.h"
#include "training_checks.h"

namespace {

using namespace training_tests;

/** The first convolution: pixels and weights have the same product with their gradients. */
void run_first(uint32_t seed) {
    Noise noise{seed};
    const int images = noise.between(1, 2);
    const int height = noise.between(1, 70), width = noise.between(1, 110);
    const size_t pixels = static_cast<size_t>(images) * height * width;
    const Floats input = noise.many(pixels * 3), weight = noise.many(27 * 64);
    const Floats gradient = noise.many(pixels * 64);
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        std::vector<Floats> results[2];
        for (int i = 0; i < 2; i++) {
            Floats of_input(input.size(), NAN), of_weight(weight.size(), NAN), of_bias(64, NAN);
            const fourfold_training_first first{
                images,          height,           width,           1 + 2 * i,
                input.data(),    weight.data(),    gradient.data(), of_input.data(),
                of_weight.data(), of_bias.data()};
            expect(fourfold_train_first_backward(name, &first) == FOURFOLD_OK, "first_backward");
            const double size = std::sqrt(dot(input, input) * dot(of_input, of_input));
            expect(std::abs(dot(input, of_input) - dot(weight, of_weight)) < 1e-4 * size,
                   "first's gradients");
            results[i] = {of_input, of_weight, of_bias};
        }
        expect(results[0] == results[1], std::string(name) + ": threads changed the first layer");
    }
}

/** A pooling gives each of its gradients to one pixel, which is the result. */
void run_pooling(uint32_t seed) {
    Noise noise{seed};
    const int images = noise.between(1, 3), channels = 64 * noise.between(1, 3);
    const int height = 2 * noise.between(1, 12), width = 2 * noise.between(1, 12);
    const size_t pixels = static_cast<size_t>(images) * height * width;
    const Floats input = noise.many(pixels * channels);
    const Floats gradient = noise.many(pixels / 4 * channels);
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        std::vector<Floats> results[2];
        for (int i = 0; i < 2; i++) {
            Floats output(gradient.size(), NAN), of_input(input.size(), NAN);
            const fourfold_training_pooling pooling{
                images,       height,        width,           channels,       1 + 2 * i,
                input.data(), output.data(), gradient.data(), of_input.data()};
            expect(fourfold_train_pool_forward(name, &pooling) == FOURFOLD_OK, "pool_forward");
            expect(fourfold_train_pool_backward(name, &pooling) == FOURFOLD_OK, "pool_backward");
            const double left = dot(output, gradient), right = dot(input, of_input);
            expect(std::abs(left - right) < 1e-9 * dot(gradient, gradient), "pooling");
            results[i] = {output, of_input};
        }
        expect(results[0] == results[1], std::string(name) + ": threads changed a pooling");
    }
}

/** What is wrong comes back as a status. */
void run_misuse() {
    Noise noise{1};
    const char* set = fourfold_instruction_set(0);
    const Floats some = noise.many(4 * 64);
    Floats output(64), one(1);
    fourfold_training_first first{};
    first.images = first.height = first.width = first.threads = 1;
    first.weight = some.data();
    expect(fourfold_train_first_backward(set, &first) == FOURFOLD_WRONG_ARGUMENT, "no gradient");
    first.gradient = some.data();
    first.bias_gradient = one.data();
    expect(fourfold_train_first_backward(set, &first) == FOURFOLD_WRONG_ARGUMENT, "no pixels");
    fourfold_training_pooling pooling{};
    pooling.images = pooling.threads = 1;
    pooling.height = pooling.width = 2;
    pooling.channels = 32;
    pooling.input = some.data();
    pooling.output = output.data();
    expect(fourfold_train_pool_forward(set, &pooling) == FOURFOLD_WRONG_ARGUMENT, "32 channels");
    pooling.channels = 64;
    expect(fourfold_train_pool_backward(set, &pooling) == FOURFOLD_WRONG_ARGUMENT, "no gradient");
    pooling.width = 3;
    expect(fourfold_train_pool_forward(set, &pooling) == FOURFOLD_WRONG_ARGUMENT, "an odd width");
}

}  // namespace

void check_judges(int rounds) {
    run_misuse();
    for (int round = 0; round < rounds; round++) {
        run_first(static_cast<uint32_t>(round));
        run_pooling(static_cast<uint32_t>(round));
    }
}
