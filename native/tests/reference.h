/** Random networks and pictures, and direct sums in double: what the engine is checked against. */
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../fourfold.h"
#include "noise.h"

namespace {

constexpr int MAPS = 64;
constexpr double TOLERANCE = 1e-5;

[[noreturn]] void fail(const std::string& what) {
    std::printf("FAILED: %s\n", what.c_str());
    std::exit(1);
}

void expect(bool condition, const std::string& what) {
    if (!condition) fail(what);
}

struct Layer {
    std::vector<double> weight, bias, slopes;
    int outputs, inputs, side;

    Layer(Noise& noise, int outputs, int inputs, int side, bool activated)
        : weight(static_cast<size_t>(outputs) * inputs * side * side),
          bias(outputs),
          slopes(activated ? outputs : 0),
          outputs(outputs),
          inputs(inputs),
          side(side) {
        for (double& value : weight) value = noise() * std::sqrt(6.0 / (inputs * side * side));
        for (double& value : bias) value = 0.1 * noise();
        for (double& value : slopes) value = 0.5 + noise();
    }

    fourfold_layer view() const {
        return {weight.data(), bias.data(), slopes.empty() ? nullptr : slopes.data(),
                outputs,       inputs,      side};
    }
};

struct Map {
    int height, width, channels;
    std::vector<double> values;
    Map(int height, int width, int channels)
        : height(height),
          width(width),
          channels(channels),
          values(static_cast<size_t>(height) * width * channels) {}
    double& at(int y, int x, int channel) {
        return values[(static_cast<size_t>(y) * width + x) * channels + channel];
    }
};

Map convolve(const Layer& layer, Map& map) {
    Map result(map.height, map.width, layer.outputs);
    const int reach = layer.side / 2;
    for (int y = 0; y < map.height; y++)
        for (int x = 0; x < map.width; x++)
            for (int output = 0; output < layer.outputs; output++) {
                double sum = layer.bias[output];
                for (int row = std::max(-reach, -y); row <= std::min(reach, map.height - 1 - y);
                     row++)
                    for (int column = std::max(-reach, -x);
                         column <= std::min(reach, map.width - 1 - x); column++)
                        for (int input = 0; input < layer.inputs; input++)
                            sum +=
                                map.at(y + row, x + column, input) *
                                layer.weight[((static_cast<size_t>(output) * layer.inputs + input) *
                                                  layer.side +
                                              row + reach) *
                                                 layer.side +
                                             column + reach];
                if (!layer.slopes.empty() && sum < 0) sum *= layer.slopes[output];
                result.at(y, x, output) = sum;
            }
    return result;
}

Map shuffle(Map& map) {
    Map result(2 * map.height, 2 * map.width, map.channels / 4);
    for (int y = 0; y < result.height; y++)
        for (int x = 0; x < result.width; x++)
            for (int channel = 0; channel < result.channels; channel++)
                result.at(y, x, channel) =
                    map.at(y / 2, x / 2, (y % 2 * 2 + x % 2) * result.channels + channel);
    return result;
}

Map sum(const Map& first, const Map& second) {
    Map result = first;
    for (size_t i = 0; i < result.values.size(); i++) result.values[i] += second.values[i];
    return result;
}

struct Network {
    int depth, doublings;
    bool skips;
    std::vector<Layer> layers;

    explicit Network(Noise& noise)
        : depth(noise.between(1, 2)), doublings(noise.between(1, 3)), skips(noise() > 0) {
        layers.emplace_back(noise, MAPS, 3, 9, true);
        for (int layer = 0; layer < 2 * depth; layer++)
            layers.emplace_back(noise, MAPS, MAPS, 3, layer % 2 == 0);
        layers.emplace_back(noise, MAPS, MAPS, 3, false);
        for (int doubling = 0; doubling < doublings; doubling++)
            layers.emplace_back(noise, 4 * MAPS, MAPS, 3, true);
        layers.emplace_back(noise, 12, 4 * MAPS, 5, false);
    }

    Map upscale(Map& lr) const {
        const Layer* layer = layers.data();
        Map head = convolve(*layer++, lr), maps = head;
        for (int block = 0; block < depth; block++, layer += 2) {
            Map inner = convolve(layer[0], maps), residual = convolve(layer[1], inner);
            maps = skips ? sum(maps, residual) : residual;
        }
        maps = convolve(*layer++, maps);
        if (skips) maps = sum(head, maps);
        for (int doubling = 0; doubling < doublings; doubling++) {
            maps = convolve(*layer++, maps);
            if (doubling < doublings - 1) maps = shuffle(maps);
        }
        maps = convolve(*layer, maps);
        return shuffle(maps);
    }

    fourfold_network* pack(const char* instruction_set) const {
        std::vector<fourfold_layer> views;
        for (const Layer& layer : layers) views.push_back(layer.view());
        fourfold_network* network = nullptr;
        expect(fourfold_network_new(views.data(), static_cast<int32_t>(views.size()), depth, skips,
                                    instruction_set, &network) == FOURFOLD_OK,
               "network_new");
        return network;
    }
};

}  // namespace
