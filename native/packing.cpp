/** U = G g G^T in double, rounded once: the weights' side of Winograd's transform; and the head's. */
#include "packing.h"

#include <vector>

#include "winograd_points.h"

namespace fourfold {

/** G, [points + infinity][taps]: row i evaluates a filter at point i, divided by the product of its
 *  differences to the other points (which belongs to B^T, where it would cost time). */
static std::vector<double> filter_transform(const double* points, int count, int taps) {
    std::vector<double> g((count + 1) * taps, 0.0);
    for (int i = 0; i < count; i++) {
        double differences = 1;
        for (int other = 0; other < count; other++)
            if (other != i) differences *= points[i] - points[other];
        double value = 1 / differences;
        for (int tap = 0; tap < taps; tap++, value *= points[i]) g[i * taps + tap] = value;
    }
    g[count * taps + taps - 1] = 1;
    return g;
}

/** out = G filter G^T, [side][side] with side = points + 1. */
static void transform_filter(const std::vector<double>& g, int side, int taps, const double* filter,
                             double* out) {
    double half[8][5];
    for (int i = 0; i < side; i++)
        for (int j = 0; j < taps; j++) {
            half[i][j] = 0;
            for (int k = 0; k < taps; k++) half[i][j] += g[i * taps + k] * filter[k * taps + j];
        }
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            double sum = 0;
            for (int k = 0; k < taps; k++) sum += half[i][k] * g[j * taps + k];
            out[i * side + j] = sum;
        }
}

static Floats rounded(const double* values, int count, double otherwise) {
    Floats floats = zeros(count);
    for (int i = 0; i < count; i++) floats[i] = static_cast<float>(values ? values[i] : otherwise);
    return floats;
}

static Floats pack_head_panels(const Layer& layer, int panel) {
    Floats weights = zeros(CHANNELS * 243);
    for (int output = 0; output < CHANNELS; output++)
        for (int colour = 0; colour < 3; colour++)
            for (int row = 0; row < 9; row++)
                for (int column = 0; column < 9; column++) {
                    const int line = (output / panel * 9 + row) * 27 + column * 3 + colour;
                    weights[line * panel + output % panel] = static_cast<float>(
                        layer.weight[((output * 3 + colour) * 9 + row) * 9 + column]);
                }
    return weights;
}

/** U of a 3x3 layer. */
static Floats transform_convolution(const Layer& layer, int panel) {
    Floats weights = zeros(static_cast<size_t>(36) * CHANNELS * layer.outputs);
    const std::vector<double> g = filter_transform(POINTS_6, 5, 3);
    for (int output = 0; output < layer.outputs; output++)
        for (int input = 0; input < CHANNELS; input++) {
            double u[36];
            transform_filter(g, 6, 3, layer.weight + (output * CHANNELS + input) * 9, u);
            const int group = output / CHANNELS, in_group = output % CHANNELS;
            for (int position = 0; position < 36; position++) {
                const size_t matrix =
                    static_cast<size_t>(group * 36 + position) * CHANNELS * CHANNELS;
                const int line = in_group / panel * CHANNELS + input;
                weights[matrix + line * panel + in_group % panel] =
                    static_cast<float>(u[position]);
            }
        }
    return weights;
}

/** The output of a slot of the tail's 16: 12, then 8-11 once more. */
static int tail_output(int slot) { return slot < 12 ? slot : slot - 4; }

/** U of the tail. */
static Floats transform_tail(const Layer& layer) {
    Floats weights = zeros(static_cast<size_t>(4) * 64 * CHANNELS * 16);
    const std::vector<double> g = filter_transform(POINTS_8, 7, 5);
    for (int slot = 0; slot < 16; slot++)
        for (int input = 0; input < 4 * CHANNELS; input++) {
            double u[64];
            const int filter = tail_output(slot) * 4 * CHANNELS + input;
            transform_filter(g, 8, 5, layer.weight + filter * 25, u);
            const int plane = input / CHANNELS;
            for (int position = 0; position < 64; position++)
                weights[((plane * 64 + position) * CHANNELS + input % CHANNELS) * 16 + slot] =
                    static_cast<float>(u[position]);
        }
    return weights;
}

PackedLayer pack_head(const Layer& layer, const Kernels& kernels) {
    return {kernels.in_bf16 ? pack_head_bf16(layer) : pack_head_panels(layer, kernels.panel),
            rounded(layer.bias, CHANNELS, 0), rounded(layer.slopes, CHANNELS, 1)};
}

PackedLayer pack_convolution(const Layer& layer, const Kernels& kernels, bool activated) {
    return {kernels.in_bf16 ? pack_convolution_bf16(layer)
                              : transform_convolution(layer, kernels.panel),
            rounded(layer.bias, layer.outputs, 0),
            activated ? rounded(layer.slopes, layer.outputs, 1) : nullptr};
}

PackedLayer pack_tail(const Layer& layer, const Kernels& kernels) {
    PackedLayer packed{kernels.in_bf16 ? pack_tail_bf16(layer) : transform_tail(layer),
                       zeros(16), nullptr};
    for (int slot = 0; slot < 16; slot++)
        packed.bias[slot] = static_cast<float>(layer.bias[tail_output(slot)]);
    return packed;
}

}  // namespace fourfold
