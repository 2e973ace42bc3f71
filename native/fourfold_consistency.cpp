/** The part of the C interface that makes results consistent with their inputs. */
#include <atomic>

#include "consistency.h"
#include "guarded.h"
#include "processor.h"

using namespace fourfold;

struct fourfold_consistency {
    Consistency state;
    std::atomic_flag in_use = ATOMIC_FLAG_INIT;
};

static constexpr int32_t MOST_COLUMNS = 1 << 16, MOST_THREADS = 1 << 10;
static constexpr int64_t MOST_ROWS = 1 << 30;

/** The loops over rows of the instruction set `name`, or null if it cannot run here. */
static const RowKernels* find_row_kernels(const char* name) {
    const Kernels* kernels = find_kernels(name);
    if (!kernels) return nullptr;
#if defined(__x86_64__)
    if (kernels == &avx512::kernels) return &avx512::row_kernels;
    if (kernels == &avx2::kernels) return &avx2::row_kernels;
#endif
#if defined(__aarch64__)
    return &neon::row_kernels;
#else
    return &baseline::row_kernels;
#endif
}

int32_t fourfold_consistency_new(const char* instruction_set, int32_t width, int32_t channels,
                                 int32_t scale, int32_t threads,
                                 fourfold_consistency** consistency) {
    const bool fits = width >= 1 && width <= MOST_COLUMNS && (channels == 1 || channels == 3) &&
                      (scale == 2 || scale == 4 || scale == 8) && threads >= 1 &&
                      threads <= MOST_THREADS;
    if (!instruction_set || !consistency || !fits) return FOURFOLD_WRONG_ARGUMENT;
    return guarded([&]() -> int32_t {
        const RowKernels* kernels = find_row_kernels(instruction_set);
        if (!kernels) return FOURFOLD_UNKNOWN_INSTRUCTION_SET;
        *consistency =
            new fourfold_consistency{Consistency(*kernels, width, channels, scale, threads)};
        return FOURFOLD_OK;
    });
}

void fourfold_consistency_free(fourfold_consistency* consistency) { delete consistency; }

static bool is_count(int64_t rows, int64_t received) {
    return rows >= 0 && rows <= MOST_ROWS - received;
}

int32_t fourfold_consistency_ready(fourfold_consistency* consistency, int64_t rows, int32_t last,
                                   int64_t* ready) {
    if (!consistency || !ready) return FOURFOLD_WRONG_ARGUMENT;
    return alone(consistency, [&](const Consistency& picture) -> int32_t {
        if (picture.ended()) return FOURFOLD_ENDED;
        if (!is_count(rows, picture.received_result_rows())) return FOURFOLD_WRONG_ARGUMENT;
        *ready = picture.ready(rows, last != 0);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_consistency_push(fourfold_consistency* consistency, const float* input,
                                  int64_t input_count, const float* result, int64_t result_count,
                                  int32_t values, int32_t type, int32_t last, void* out,
                                  int64_t ready) {
    if (!consistency || (!input && input_count) || (!result && result_count) || (!out && ready))
        return FOURFOLD_WRONG_ARGUMENT;
    if (type != 1 && type != 2 && type != 4) return FOURFOLD_WRONG_ARGUMENT;
    return alone(consistency, [&](Consistency& picture) -> int32_t {
        if (picture.ended()) return FOURFOLD_ENDED;
        if (values != picture.values() || !is_count(input_count, picture.received_rows()) ||
            !is_count(result_count, picture.received_result_rows()))
            return FOURFOLD_WRONG_ARGUMENT;
        const int64_t more = picture.received_result_rows() + result_count -
                             picture.scale() * (picture.received_rows() + input_count);
        if (more < 0 || more >= (last ? 1 : picture.scale())) return FOURFOLD_WRONG_ARGUMENT;
        // What was ready before is so no more: another thread was in between.
        if (ready != picture.ready(result_count, last != 0)) return FOURFOLD_IN_USE;
        picture.push(input, input_count, result, result_count, static_cast<PixelType>(type),
                     last != 0, out);
        return FOURFOLD_OK;
    });
}

int32_t fourfold_consistency_error(fourfold_consistency* consistency, double* error) {
    if (!consistency || !error) return FOURFOLD_WRONG_ARGUMENT;
    return alone(consistency, [&](const Consistency& picture) -> int32_t {
        *error = picture.error();
        return FOURFOLD_OK;
    });
}
