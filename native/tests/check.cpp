/** The engine through its C interface, without Python: for sanitizers and for other processors.
 *
 *      check [ROUNDS] [narrow]
 *
 *  Each round upscales a random picture by a random network, in random pieces, on several threads
 *  and every instruction set of the machine, and compares with direct sums in double. Prints a
 *  digest of the results for each set: those with fused multiply-adds must agree, also across
 *  processors and compilers. `narrow` leaves out the wide picture, for emulators and sanitizers.
 */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "consistency.h"
#include "check_training.h"
#include "cuts.h"
#include "pool.h"
#include "reference.h"

namespace {

const char* const BF16 = "amx_bf16";
constexpr double BF16_TOLERANCE = 0.05;

/** The picture by the engine, pushed in pieces of up to `most` rows. */
std::vector<float> upscale(const fourfold_network* network, const std::vector<float>& lr,
                           int height, int width, int scale, int threads, int most, Noise noise) {
    fourfold_stream* stream = nullptr;
    expect(fourfold_stream_new(network, width, threads, &stream) == FOURFOLD_OK, "stream_new");
    std::vector<float> sr;
    for (int start = 0; start < height;) {
        const int rows = std::min(noise.between(1, most), height - start);
        const bool last = start + rows == height;
        int64_t ready = -1;
        expect(fourfold_stream_ready(stream, rows, last, &ready) == FOURFOLD_OK, "stream_ready");
        const size_t done = sr.size();
        // one more, so that a result of no rows has an address
        sr.resize(done + ready * scale * width * 3 + 1);
        expect(fourfold_stream_push(stream, lr.data() + static_cast<size_t>(start) * width * 3,
                                    rows, width, 4, last, sr.data() + done, ready) == FOURFOLD_OK,
               "stream_push");
        sr.pop_back();
        start += rows;
    }
    expect(sr.size() == static_cast<size_t>(height) * scale * width * scale * 3,
           "rows of the result");
    fourfold_stream_free(stream);
    return sr;
}

uint64_t digest(uint64_t before, const std::vector<float>& values) {
    for (const float value : values) {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        before = (before ^ bits) * 1099511628211u;
    }
    return before;
}

/** By several streams at a time, on other threads and in other pieces. */
std::vector<float> upscale_together(const Network& network, const char* set,
                                    const std::vector<float>& lr, int height, int width,
                                    Noise noise) {
    fourfold_network* packed = network.pack(set);
    std::vector<std::vector<float>> results(4);
    std::vector<std::thread> pushers;
    for (int i = 0; i < 4; i++)
        pushers.emplace_back([&, i] {
            results[i] = upscale(packed, lr, height, width, 1 << network.doublings, 1 + i % 3,
                                 i == 0 ? height : 7, noise);
        });
    for (std::thread& pusher : pushers) pusher.join();
    fourfold_network_free(packed);
    for (const auto& result : results)
        expect(result == results[0], "threads or pieces changed the result");
    return results[0];
}

void expect_near(const std::vector<float>& result, const Map& expected, double tolerance,
                 const std::string& name) {
    double largest = 0;
    for (const double value : expected.values) largest = std::max(largest, std::abs(value));
    for (size_t i = 0; i < expected.values.size(); i++) {
        const double error = std::abs(result[i] - expected.values[i]) / largest;
        expect(error <= tolerance, name + ": error " + std::to_string(error));
    }
}

bool has_bf16() {
    double error = 0;
    const int32_t status = fourfold_self_test(BF16, &error);
    expect(status == FOURFOLD_OK || status == FOURFOLD_UNKNOWN_INSTRUCTION_SET, "bf16 self-test");
    return status == FOURFOLD_OK;
}

/** One random network and picture, on every instruction set; several streams at a time. */
void run_round(uint32_t seed, std::vector<uint64_t>& digests) {
    Noise noise{seed};
    const Network network(noise);
    const int height = noise.between(1, 45 >> network.doublings), width = noise.between(1, 12);
    Map picture(height, width, 3);
    std::vector<float> lr;
    for (double& value : picture.values) {
        lr.push_back(static_cast<float>((noise() + 1) / 2));
        value = lr.back();
    }
    const Map expected = network.upscale(picture);

    for (int set = 0; fourfold_instruction_set(set); set++) {
        const std::vector<float> result = upscale_together(network, fourfold_instruction_set(set),
                                                           lr, height, width, noise);
        expect_near(result, expected, TOLERANCE, fourfold_instruction_set(set));
        digests.resize(std::max(digests.size(), static_cast<size_t>(set) + 1),
                       14695981039346656037u);
        digests[set] = digest(digests[set], result);
    }
    if (has_bf16())
        expect_near(upscale_together(network, BF16, lr, height, width, noise), expected,
                    BF16_TOLERANCE, BF16);
}

/** A wide picture, cut into bands, is the same on any number of threads and in any pieces. */
void run_wide() {
    Noise noise{7};
    const Network network(noise);
    const int height = 40, width = 1930, scale = 1 << network.doublings;
    std::vector<float> lr(static_cast<size_t>(height) * width * 3);
    for (float& value : lr) value = static_cast<float>(noise());
    fourfold_network* packed = network.pack(fourfold_instruction_set(0));
    expect(upscale(packed, lr, height, width, scale, 1, height, noise) ==
               upscale(packed, lr, height, width, scale, 3, 9, noise),
           "a wide picture");
    fourfold_network_free(packed);
}

/** What is wrong comes back as a status. */
void run_misuse() {
    Noise noise{1};
    const Network network(noise);
    fourfold_network* packed = nullptr;
    std::vector<fourfold_layer> views;
    for (const Layer& layer : network.layers) views.push_back(layer.view());
    const auto count = static_cast<int32_t>(views.size());
    const char* set = fourfold_instruction_set(0);
    const auto pack = [&](int32_t layers, int32_t depth, const char* name) {
        return fourfold_network_new(views.data(), layers, depth, 1, name, &packed);
    };
    expect(pack(count, network.depth, "none") == FOURFOLD_UNKNOWN_INSTRUCTION_SET, "unknown set");
    expect(pack(count, network.depth, nullptr) == FOURFOLD_WRONG_ARGUMENT, "no set");
    expect(pack(count, 0, set) == FOURFOLD_WRONG_ARGUMENT, "depth 0");
    expect(pack(count, network.depth + 1, set) == FOURFOLD_WRONG_ARGUMENT, "depth too large");
    expect(pack(count - 1, network.depth, set) == FOURFOLD_WRONG_ARGUMENT, "a layer less");
    expect(pack(-1, 1 << 30, set) == FOURFOLD_WRONG_ARGUMENT, "a depth that overflows");
    expect(fourfold_network_new(nullptr, count, 1, 1, set, &packed) == FOURFOLD_WRONG_ARGUMENT,
           "no layers");
    const double slopes[MAPS] = {};
    views[2].slopes = slopes;  // the second convolution of a block has no PReLU
    expect(pack(count, network.depth, set) == FOURFOLD_WRONG_ARGUMENT, "slopes without PReLU");
    views[2].slopes = nullptr;
    views[1].side = 5;
    expect(pack(count, network.depth, set) == FOURFOLD_WRONG_ARGUMENT, "a 5x5 block");

    packed = network.pack(set);
    fourfold_stream* stream = nullptr;
    expect(fourfold_stream_new(nullptr, 1, 1, &stream) == FOURFOLD_WRONG_ARGUMENT, "no network");
    for (const int width : {0, -1, 1 << 30})
        expect(fourfold_stream_new(packed, width, 1, &stream) == FOURFOLD_WRONG_ARGUMENT, "width");
    for (const int threads : {0, -1, 1 << 30})
        expect(fourfold_stream_new(packed, 1, threads, &stream) == FOURFOLD_WRONG_ARGUMENT,
               "threads");
    expect(fourfold_stream_new(packed, 3, 1, &stream) == FOURFOLD_OK, "stream_new");
    const float rows[2 * 3 * 3] = {};
    int64_t ready = 0;
    std::vector<float> result(9 * 8 * 3 * 8 * 3);
    expect(fourfold_stream_ready(stream, -1, 0, &ready) == FOURFOLD_WRONG_ARGUMENT, "rows below 0");
    expect(fourfold_stream_ready(stream, int64_t{1} << 62, 0, &ready) == FOURFOLD_WRONG_ARGUMENT,
           "rows");
    expect(fourfold_stream_push(stream, nullptr, 1, 3, 4, 0, nullptr, 0) == FOURFOLD_WRONG_ARGUMENT,
           "no rows");
    expect(fourfold_stream_push(stream, rows, 1, 4, 4, 0, nullptr, 0) == FOURFOLD_WRONG_ARGUMENT,
           "other width");
    expect(fourfold_stream_push(stream, rows, 1, 3, 3, 0, nullptr, 0) == FOURFOLD_WRONG_ARGUMENT,
           "other type");
    expect(fourfold_stream_push(stream, rows, 1, 3, 4, 1, result.data(), 1) == FOURFOLD_IN_USE,
           "another number of ready rows");
    expect(fourfold_stream_push(stream, rows, 1, 3, 4, 0, nullptr, 0) == FOURFOLD_OK, "a row");
    expect(fourfold_stream_push(stream, rows, 1, 3, 1, 0, nullptr, 0) == FOURFOLD_WRONG_ARGUMENT,
           "a row of another type than the first");
    expect(fourfold_stream_ready(stream, 1, 1, &ready) == FOURFOLD_OK, "ready");
    expect(fourfold_stream_push(stream, rows, 1, 3, 4, 1, result.data(), ready) == FOURFOLD_OK,
           "push");
    expect(fourfold_stream_push(stream, rows, 1, 3, 4, 1, result.data(), 0) == FOURFOLD_ENDED,
           "ended");
    double passes = 0;
    expect(fourfold_network_passes(packed, 0, 1, &passes) == FOURFOLD_WRONG_ARGUMENT, "no rows");
    expect(fourfold_network_passes(packed, 1, 0, &passes) == FOURFOLD_WRONG_ARGUMENT, "no columns");
    fourfold_network_free(packed);
    fourfold_stream_free(stream);
    fourfold_stream_free(nullptr);
    fourfold_network_free(nullptr);
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
    for (int set = 0; const char* name = fourfold_instruction_set(set); set++) {
        double error = 0;
        const int32_t status = fourfold_self_test(name, &error);
        std::printf("%s: self-test %.2g\n", name, error);
        expect(status == FOURFOLD_OK, "self-test");
    }
    check_training(rounds);
    run_misuse();
    check_pool(static_cast<uint32_t>(rounds));
    const std::string wrong = check_consistency();
    expect(wrong.empty(), "consistency: " + wrong);
    for (int round = 0; round < rounds; round++) check_cuts(static_cast<uint32_t>(round));
    if (argc <= 2) run_wide();
    std::vector<uint64_t> digests;
    for (int round = 0; round < rounds; round++) run_round(static_cast<uint32_t>(round), digests);
    for (size_t set = 0; set < digests.size(); set++) {
        const char* name = fourfold_instruction_set(static_cast<int32_t>(set));
        expect(digests[set] == digests[0] || std::strcmp(name, "baseline") == 0,
               "fused multiply-adds of two instruction sets gave two results");
        std::printf("%s: %d rounds, digest %016llx\n",
                    name, rounds, static_cast<unsigned long long>(digests[set]));
    }
}
