#include "cuts.h"

#include "../processor.h"
#include "../stream.h"
#include "reference.h"

namespace {

std::shared_ptr<const fourfold::Network> packed(const Network& network) {
    std::vector<fourfold::Layer> layers;
    for (const Layer& layer : network.layers) {
        const fourfold_layer view = layer.view();
        layers.push_back(
            {view.weight, view.bias, view.slopes, view.outputs, view.inputs, view.side});
    }
    return std::make_shared<const fourfold::Network>(
        fourfold::pack_network(layers.data(), network.depth, network.doublings, network.skips,
                               *fourfold::usable_kernels().front()));
}

/** The whole result; rows pushed in pieces of up to `most`. */
std::vector<float> upscale(fourfold::Stream stream, const std::vector<float>& lr, int height,
                           int scale, int most, Noise& noise) {
    std::vector<float> sr;
    for (int start = 0; start < height;) {
        const int rows = std::min(noise.between(1, most), height - start);
        const bool last = start + rows == height;
        const size_t done = sr.size();
        sr.resize(done + stream.ready(rows, last) * stream.width() * scale * 3);
        const size_t first = static_cast<size_t>(start) * stream.width() * 3;
        stream.push(lr.data() + first, rows, fourfold::PixelType::FLOAT32, last, sr.data() + done);
        start += rows;
    }
    return sr;
}

/** Bands just wide enough and wider, strips of any height. */
fourfold::Cut random_cut(int width, int depth, bool fresh, Noise& noise) {
    const int halo = fourfold::band_halo(depth);
    const int count = noise.between(1, 4);
    int band = (width + 2 * halo * (count - 1) + count - 1) / count;
    if (count > 1) band = std::min(band + noise.between(0, 3), width);
    return {band, fourfold::overlapping(width, band, halo, count), noise.between(1, 13), fresh};
}

}  // namespace

void check_cuts(uint32_t seed) {
    Noise noise{seed + 1000};
    const Network network(noise);
    const int height = noise.between(1, 60), width = noise.between(60, 90);
    std::vector<float> lr(static_cast<size_t>(height) * width * 3);
    for (float& value : lr) value = static_cast<float>((noise() + 1) / 2);
    const auto shared = packed(network);
    const int scale = shared->scale();
    const std::vector<float> whole =
        upscale(fourfold::Stream(shared, width, 2), lr, height, scale, height, noise);
    float largest = 0;
    for (const float value : whole) largest = std::max(largest, std::abs(value));
    for (int repeat = 0; repeat < 4; repeat++) {
        const bool fresh = repeat % 2 == 1;
        const fourfold::Cut cut = random_cut(width, network.depth, fresh, noise);
        const std::vector<float> sr =
            upscale(fourfold::Stream(shared, width, cut, 2), lr, height, scale, 20, noise);
        expect(sr.size() == whole.size(), "rows of a cut picture");
        for (size_t i = 0; i < sr.size(); i++)
            expect(std::abs(sr[i] - whole[i]) <= TOLERANCE * largest,
                   "a cut shows: bands of " + std::to_string(cut.band) + ", strips of " +
                       std::to_string(cut.strip) + (fresh ? ", fresh" : ", kept"));
    }
}
