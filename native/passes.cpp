#include "passes.h"

#include <algorithm>

#include "columns.h"
#include "schedule.h"

namespace fourfold {

/** Multiplications for each pixel of the input. */
static constexpr double HEAD = 9 * 9 * 3 * CHANNELS, CONVOLUTION = 3 * 3 * CHANNELS * CHANNELS;
static constexpr double TAIL = 5 * 5 * 4 * CHANNELS * 12;

static double upsample_work(int level) { return CONVOLUTION * 4 * (1 << 2 * level); }

static double tail_work(int doublings) { return TAIL * (1 << 2 * (doublings - 1)); }

/** Multiplications for each column of a strip. */
static double work(const Network& network, const Strip& strip) {
    const auto rows = [&](int lag) { return made(strip, lag, network.depth).rows(); };
    double sum = HEAD * rows(HEAD_LAG) + CONVOLUTION * rows(trunk_lag(network.depth));
    for (int block = 0; block < network.depth; block++)
        sum += CONVOLUTION * (rows(inner_lag(block)) + rows(block_lag(block)));
    const Span upsample = made(strip, upsample_lag(network.depth), network.depth);
    for (int level = 0; level < network.doublings; level++) {
        const int first = strip.fresh ? upsampled_afresh(upsample.first, level)
                                      : upsampled(upsample.first, false, level);
        const int end = upsampled(upsample.end, strip.last, level);
        sum += upsample_work(level) * std::max(end - first, 0) / (1 << level);
    }
    const auto taken = [&](int now, bool last) {
        return ready_rows(now, last, network.depth, network.doublings);
    };
    const int result = taken(strip.now, strip.last) - taken(strip.before, false);
    return sum + tail_work(network.doublings) * result / network.scale();
}

double passes(const Network& network, int64_t height, int width) {
    const Cut cut = fourfold::cut(width, network.depth, network.doublings);
    const double columns = static_cast<double>(cut.columns.size()) * cut.band / width;
    if (!cut.fresh) return columns;
    double sum = 0;
    for (int64_t before = 0; before < height; before += cut.strip) {
        const bool last = before + cut.strip >= height;
        const int now = static_cast<int>(last ? height : before + cut.strip);
        const Strip strip{static_cast<int>(before), now, last, true};
        if (!is_skipped(strip, network.depth, network.doublings)) sum += work(network, strip);
    }
    const int all = static_cast<int>(height);
    return columns * sum / work(network, {0, all, true, false});
}

}  // namespace fourfold
