/** Back-projection through the C interface, for sanitizers and other processors: in any pieces, on
 *  any threads and instruction sets the same bits. That they are right is tested from Python. */
#include "consistency.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "../fourfold.h"

namespace {

struct Sizes {
    int height, width, channels, scale;
};

/** Numbers in [-0.1, 1.1): the same on every machine. */
std::vector<float> numbers(size_t count, uint32_t state) {
    std::vector<float> values(count);
    for (float& value : values) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<float>(state >> 8) / 16777216.0f * 1.2f - 0.1f;
    }
    return values;
}

/** The picture in pieces of `piece` rows of the result, the last ones alone. */
std::string make_consistent(const Sizes& sizes, const char* set, int threads, int piece, int type,
                            std::vector<unsigned char>& out) {
    const int values = sizes.width * sizes.channels, rows = sizes.height * sizes.scale;
    const std::vector<float> input = numbers(static_cast<size_t>(values) * sizes.height, 1);
    const std::vector<float> result =
        numbers(static_cast<size_t>(values) * sizes.scale * rows, 2);
    const size_t row_bytes = static_cast<size_t>(type) * values * sizes.scale;
    out.assign(row_bytes * rows, 0);
    fourfold_consistency* stage = nullptr;
    if (fourfold_consistency_new(set, sizes.width, sizes.channels, sizes.scale, threads, &stage))
        return "consistency_new";
    int64_t done = 0, given = 0;
    for (int end = 0; end < rows;) {
        const int first = end;
        end = std::min(first + piece, rows);
        const int64_t whole = end / sizes.scale;
        int64_t ready = 0;
        const bool last = end == rows;
        if (fourfold_consistency_ready(stage, end - first, last, &ready)) return "ready";
        if (fourfold_consistency_push(stage, input.data() + given * values, whole - given,
                                      result.data() + static_cast<ptrdiff_t>(first) * values *
                                                          sizes.scale,
                                      end - first, values, type, last,
                                      out.data() + done * row_bytes, ready))
            return "push";
        done += ready, given = whole;
    }
    double error = -1;
    if (fourfold_consistency_error(stage, &error) || !(error >= 0)) return "error";
    fourfold_consistency_free(stage);
    return done == rows ? "" : "rows that never came";
}

std::string misuse() {
    fourfold_consistency* stage = nullptr;
    const char* set = fourfold_instruction_set(0);
    const auto made = [&](const char* name, int width, int channels, int scale, int threads) {
        return fourfold_consistency_new(name, width, channels, scale, threads, &stage);
    };
    for (const int wrong : {-1, 0, 1 << 30}) {
        if (made(set, wrong, 3, 4, 1) != FOURFOLD_WRONG_ARGUMENT) return "a width";
        if (made(set, 4, wrong, 4, 1) != FOURFOLD_WRONG_ARGUMENT) return "channels";
        if (made(set, 4, 3, wrong, 1) != FOURFOLD_WRONG_ARGUMENT) return "a scale";
        if (made(set, 4, 3, 4, wrong) != FOURFOLD_WRONG_ARGUMENT) return "threads";
    }
    if (made("none", 4, 3, 4, 1) != FOURFOLD_UNKNOWN_INSTRUCTION_SET) return "no such set";
    if (made(nullptr, 4, 3, 4, 1) != FOURFOLD_WRONG_ARGUMENT) return "no set";
    if (made(set, 4, 3, 4, 1) != FOURFOLD_OK) return "consistency_new";
    const std::vector<float> rows(16 * 48);
    std::vector<unsigned char> out(16 * 48);
    const auto pushed = [&](int64_t input, int64_t result, int values, int type, int64_t ready) {
        return fourfold_consistency_push(stage, rows.data(), input, rows.data(), result, values,
                                         type, 1, out.data(), ready);
    };
    if (pushed(1, 5, 12, 1, 4) != FOURFOLD_WRONG_ARGUMENT) return "a row too many";
    if (pushed(2, 4, 12, 1, 4) != FOURFOLD_WRONG_ARGUMENT) return "rows too few";
    if (pushed(-1, -4, 12, 1, 0) != FOURFOLD_WRONG_ARGUMENT) return "rows below 0";
    if (pushed(int64_t{1} << 62, 4, 12, 1, 4) != FOURFOLD_WRONG_ARGUMENT) return "rows";
    if (pushed(1, 4, 13, 1, 4) != FOURFOLD_WRONG_ARGUMENT) return "other width";
    if (pushed(1, 4, 12, 3, 4) != FOURFOLD_WRONG_ARGUMENT) return "other type";
    if (pushed(1, 4, 12, 1, 5) != FOURFOLD_IN_USE) return "another number of ready rows";
    if (pushed(1, 4, 12, 1, 4) != FOURFOLD_OK) return "push";
    if (pushed(1, 4, 12, 1, 4) != FOURFOLD_ENDED) return "ended";
    fourfold_consistency_free(stage);
    fourfold_consistency_free(nullptr);
    return "";
}

}  // namespace

std::string check_consistency() {
    for (const Sizes& sizes : {Sizes{1, 1, 3, 4}, Sizes{3, 2, 1, 8}, Sizes{41, 23, 3, 2},
                               Sizes{70, 17, 3, 4}, Sizes{20, 9, 1, 4}})
        for (const int type : {1, 2, 4}) {
            std::vector<unsigned char> first, other;
            for (int set = 0; const char* name = fourfold_instruction_set(set); set++)
                for (const int threads : {1, 3})
                    for (const int piece : {1, 7, 1 << 20}) {
                        std::vector<unsigned char>& out = first.empty() ? first : other;
                        std::string wrong =
                            make_consistent(sizes, name, threads, piece, type, out);
                        if (!wrong.empty()) return wrong;
                        if (&out == &other && other != first)
                            return std::string("another result, ") + name;
                    }
        }
    return misuse();
}
