#include "consistency.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace fourfold {

namespace {

/** Rows of the input that are worked on at a time: enough for threads to share, and their rows of
 *  the result stay in cache from one step to the next. */
constexpr int CHUNK = 16;
/** Rows in the rings: the result is measured 10 rows behind, and looks 2 back. */
constexpr int KEPT = CHUNK + 16;
constexpr int REACH = 2, FILTER_REACH = 4, FILTER_TAPS = 9, CUBIC_TAPS = 4;
constexpr int64_t UNKNOWN = INT64_MAX / 16;  // the height, until the last row

/** Keys' cubic convolution kernel with a = -0.5. */
double cubic(double distance) {
    const double d = std::fabs(distance);
    if (d <= 1) return (1.5 * d - 2.5) * d * d + 1;
    return d <= 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** Where the centre of phase p of `scale` lies, in pixels of the input from the pixel's own. */
double centre(int phase, int scale) { return (phase - (scale - 1) / 2.0) / scale; }

/** The first of the rows, or pixels, that reducing to row i looks at, from `scale * i` on. */
int first_reduced(int scale) { return scale / 2 - 2 * scale; }

std::vector<float> reducing_weights(int scale) {
    std::vector<float> weights(CUBIC_TAPS * scale);
    for (int t = 0; t < CUBIC_TAPS * scale; t++)
        weights[t] =
            static_cast<float>(cubic(centre(first_reduced(scale) + t, scale)) / scale);
    return weights;
}

std::vector<int> enlarging_offsets(int scale) {
    std::vector<int> offsets(scale);
    for (int phase = 0; phase < scale; phase++) offsets[phase] = phase < scale / 2 ? -2 : -1;
    return offsets;
}

std::vector<float> enlarging_weights(int scale) {
    std::vector<float> weights(CUBIC_TAPS * scale);
    const std::vector<int> offsets = enlarging_offsets(scale);
    for (int phase = 0; phase < scale; phase++)
        for (int t = 0; t < CUBIC_TAPS; t++)
            weights[CUBIC_TAPS * phase + t] =
                static_cast<float>(cubic(centre(phase, scale) - (offsets[phase] + t)));
    return weights;
}

/** R E for row `i` of `size`: the weights of rows i - 4 to i + 4. */
void filter_taps(int64_t i, int64_t size, int scale, float* taps) {
    double sums[FILTER_TAPS] = {};
    const std::vector<int> offsets = enlarging_offsets(scale);
    for (int t = 0; t < CUBIC_TAPS * scale; t++) {
        const int64_t large =
            std::clamp<int64_t>(scale * i + first_reduced(scale) + t, 0, scale * size - 1);
        const int64_t small = large / scale;
        const int phase = static_cast<int>(large % scale);
        const double weight = cubic(centre(first_reduced(scale) + t, scale)) / scale;
        for (int u = 0; u < CUBIC_TAPS; u++) {
            const int from = offsets[phase] + u;
            const int64_t row = std::clamp<int64_t>(small + from, 0, size - 1);
            sums[row - i + FILTER_REACH] += weight * cubic(centre(phase, scale) - from);
        }
    }
    for (int t = 0; t < FILTER_TAPS; t++) taps[t] = static_cast<float>(sums[t]);
}

/** Repeats the first and the last pixel of a row `count` times, left and right of it. */
void repeat_edges(float* row, int pixels, int channels, int count) {
    for (int i = 1; i <= count; i++) {
        std::copy_n(row, channels, row - i * channels);
        std::copy_n(row + (pixels - 1) * channels, channels, row + (pixels - 1 + i) * channels);
    }
}

}  // namespace

Consistency::Consistency(const RowKernels& kernels, int width, int channels, int scale, int threads)
    : kernels_(kernels),
      width_(width),
      channels_(channels),
      scale_(scale),
      threads_(threads),
      reducing_(reducing_weights(scale)),
      enlarging_(enlarging_weights(scale)),
      offset_(enlarging_offsets(scale)),
      filtering_(static_cast<size_t>(width) * FILTER_TAPS),
      input_(width * channels, KEPT),
      result_(scale * width * channels, scale * KEPT),
      differences_(width * channels, KEPT),
      filtered_(width * channels, KEPT),
      enlarged_(scale * width * channels, KEPT),
      wide_(scale * width * channels, threads),
      narrow_(width * channels, threads),
      errors_(KEPT) {
    for (int x = 0; x < width; x++)
        filter_taps(x, width, scale, filtering_.data() + static_cast<ptrdiff_t>(x) * FILTER_TAPS);
}

int64_t Consistency::ready(int64_t rows, bool last) const {
    const int64_t groups = (result_rows_ + rows) / scale_;
    const int64_t ready = last ? groups : std::max<int64_t>(groups - 2 * REACH - FILTER_REACH, 0);
    return scale_ * (ready - finished_);
}

void Consistency::push(const float* input, int64_t input_rows, const float* result,
                       int64_t result_rows, PixelType type, bool last, void* out) {
    auto* next = static_cast<unsigned char*>(out);
    const int64_t row_values = values();
    ended_ = true;  // stays so if memory runs out on the way
    do {
        const int64_t take_input = std::min<int64_t>(input_rows, CHUNK);
        for (int64_t row = 0; row < take_input; row++, input += row_values)
            std::memcpy(input_.row(input_rows_ + row), input, row_values * sizeof(float));
        const int64_t whole = (input_rows_ + take_input) * scale_ - result_rows_;
        const int64_t take = input_rows > take_input ? std::min(result_rows, whole) : result_rows;
        const std::vector<Task> copy{{static_cast<int>(take), [&](int row, int) {
                                          std::memcpy(result_.row(result_rows_ + row),
                                                      result + row * scale_ * row_values,
                                                      scale_ * row_values * sizeof(float));
                                      }}};
        if (take > 0) Pool::shared().run(threads_, copy);
        result += take * scale_ * row_values;
        input_rows_ += take_input;
        result_rows_ += take;
        input_rows -= take_input;
        result_rows -= take;
        next = process(type, last && input_rows == 0, next);
    } while (input_rows > 0);
    ended_ = last;
}

unsigned char* Consistency::process(PixelType type, bool last, unsigned char* out) {
    const int64_t groups = result_rows_ / scale_;
    const int64_t height = last ? groups : UNKNOWN;
    const auto behind = [&](int64_t rows, int reach) {
        return last ? groups : std::max<int64_t>(rows - reach, 0);
    };
    const int64_t different = behind(groups, REACH), corrected = behind(different, FILTER_REACH);
    const int64_t finished = behind(corrected, REACH), measured = behind(finished, REACH);
    const size_t group_bytes = bytes_of(type) * values() * scale_ * scale_;
    std::vector<Task> tasks;
    const auto add = [&](int64_t first, int64_t end, std::function<void(int64_t, int)> work) {
        if (end > first)
            tasks.push_back({static_cast<int>(end - first), [first, work = std::move(work)](
                                                                int block, int thread) {
                                 work(first + block, thread);
                             }});
    };
    add(different_, different, [=](int64_t row, int thread) { difference(row, height, thread); });
    add(corrected_, corrected, [=](int64_t row, int thread) { correct(row, height, thread); });
    add(finished_, finished, [=](int64_t row, int) {
        finish(row, height, type, out + (row - finished_) * group_bytes);
    });
    add(measured_, measured, [=](int64_t row, int thread) {
        errors_[row - measured_] = measure(row, height, thread);
    });
    if (!tasks.empty()) Pool::shared().run(threads_, tasks);
    for (int64_t row = measured_; row < measured; row++) squares_ += errors_[row - measured_];
    out += (finished - finished_) * group_bytes;
    different_ = different, corrected_ = corrected, finished_ = finished, measured_ = measured;
    return out;
}

/** Row `row` of R(result). */
void Consistency::reduce_to(int64_t row, int64_t height, int thread, float* out) {
    const int taps = static_cast<int>(reducing_.size());
    const float* rows[CUBIC_TAPS * 8];
    for (int t = 0; t < taps; t++)
        rows[t] = result_.row(std::clamp<int64_t>(scale_ * row + first_reduced(scale_) + t, 0,
                                                  scale_ * height - 1));
    float* wide = wide_.row(thread);
    kernels_.add_rows(rows, reducing_.data(), taps, rows[0], 0, wide_.count(), wide);
    repeat_edges(wide, scale_ * width_, channels_, REACH * scale_);
    kernels_.reduce_row(wide + first_reduced(scale_) * channels_, reducing_.data(), taps, scale_,
                        channels_, width_, out);
}

/** Row `row` of c, and of R E c along the row. */
void Consistency::difference(int64_t row, int64_t height, int thread) {
    float* difference = differences_.row(row);
    const float* input = input_.row(row);
    reduce_to(row, height, thread, difference);
    for (int i = 0; i < values(); i++) difference[i] = input[i] - difference[i];
    kernels_.filter_row(difference - FILTER_REACH * channels_, filtering_.data(), channels_, width_,
                        filtered_.row(row));
}

/** Row `row` of 2 c - R E c, enlarged along the row. */
void Consistency::correct(int64_t row, int64_t height, int thread) {
    float taps[FILTER_TAPS];
    const float* rows[FILTER_TAPS];
    filter_taps(row, height, scale_, taps);
    for (int t = 0; t < FILTER_TAPS; t++) {
        taps[t] = -taps[t];
        rows[t] = filtered_.row(std::clamp<int64_t>(row + t - FILTER_REACH, 0, height - 1));
    }
    float* narrow = narrow_.row(thread);
    kernels_.add_rows(rows, taps, FILTER_TAPS, differences_.row(row), 2, narrow_.count(), narrow);
    repeat_edges(narrow, width_, channels_, REACH);
    kernels_.enlarge_row(narrow, enlarging_.data(), offset_.data(), scale_, channels_, width_,
                         enlarged_.row(row));
}

/** The rows of the result that belong to row `row`: corrected, written, and kept as written. */
void Consistency::finish(int64_t row, int64_t height, PixelType type, unsigned char* out) {
    for (int phase = 0; phase < scale_; phase++) {
        const float* rows[CUBIC_TAPS];
        for (int t = 0; t < CUBIC_TAPS; t++)
            rows[t] = enlarged_.row(std::clamp<int64_t>(row + offset_[phase] + t, 0, height - 1));
        float* result = result_.row(scale_ * row + phase);
        kernels_.add_rows(rows, enlarging_.data() + CUBIC_TAPS * phase, CUBIC_TAPS, result, 1,
                          result_.count(), result);
        floats_to(result, type, scale_ * values(), out);
        if (type == PixelType::FLOAT32)
            for (int i = 0; i < scale_ * values(); i++)
                result[i] = std::clamp(result[i], 0.0f, 1.0f);
        else
            floats_from(out, type, scale_ * values(), result);
        out += bytes_of(type) * scale_ * values();
    }
}

/** The sum of squares of what row `row` of the input and the result reduced have between them. */
double Consistency::measure(int64_t row, int64_t height, int thread) {
    float* reduced = narrow_.row(thread);
    const float* input = input_.row(row);
    reduce_to(row, height, thread, reduced);
    double sum = 0;
    for (int i = 0; i < values(); i++) {
        const double missing = static_cast<double>(input[i]) - reduced[i];
        sum += missing * missing;
    }
    return sum;
}

}  // namespace fourfold
