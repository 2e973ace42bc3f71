#include "stream.h"

#include <algorithm>

#include "pool.h"
#include "strip.h"

namespace fourfold {

Stream::Stream(std::shared_ptr<const Network> network, int width, int threads)
    : Stream(network, width, cut(width, network->depth, network->doublings), threads) {}

Stream::Stream(std::shared_ptr<const Network> network, int width, Cut cut, int threads)
    : network_(std::move(network)),
      width_(width),
      threads_(threads),
      cut_(std::move(cut)),
      workspace_(*network_, cut_, threads),
      input_(width, cut_.strip + (cut_.fresh ? rows_above(network_->depth) : 2 * HEAD_LAG)) {
    const bool keeps = cut_.columns.size() > 1 && !cut_.fresh;
    for (const Columns& columns : cut_.columns)
        kept_.push_back(keeps ? make_band(*network_, workspace_, columns) : Band{columns});
}

int64_t Stream::ready(int64_t rows, bool last) const {
    const auto result_rows = [&](int64_t after, bool ends) {
        return ready_rows(static_cast<int>(after), ends, network_->depth, network_->doublings);
    };
    const int64_t all = received() + rows;
    if (all == 0) return 0;
    const int64_t in_strips = (all - 1) / cut_.strip * cut_.strip;
    return result_rows(last ? all : in_strips, last) - result_rows(processed_, false);
}

void Stream::push(const void* rows, int64_t count, PixelType type, bool last, void* out) {
    const auto* next = static_cast<const unsigned char*>(rows);
    auto* result = static_cast<unsigned char*>(out);
    ended_ = true;  // stays so if memory runs out on the way
    for (; count > 0; count--, next += bytes_of(type) * 3 * width_) {
        if (waiting_ == cut_.strip) result = process(false, type, result);
        input_.put(processed_ + waiting_++, next, type);
    }
    if (last && waiting_ > 0) process(true, type, result);
    ended_ = last;
}

unsigned char* Stream::process(bool last, PixelType type, unsigned char* out) {
    const Strip strip{static_cast<int>(processed_), static_cast<int>(processed_) + waiting_, last,
                      cut_.fresh};
    const int scale = network_->scale();
    const int first = ready_rows(strip.before, false, network_->depth, network_->doublings);
    const int end = ready_rows(strip.now, last, network_->depth, network_->doublings);
    const size_t pixel_bytes = bytes_of(type) * 3, row_bytes = pixel_bytes * width_ * scale;
    std::vector<Task> tasks;
    const bool skipped = is_skipped(strip, network_->depth, network_->doublings);
    for (Band& band : kept_) {
        if (skipped) break;
        const Columns& columns = band.columns;
        const BandStrip pass{*network_, workspace_, band, strip, cut_.band,
                             input_,    kept_.size() == 1};
        const ptrdiff_t halo = static_cast<ptrdiff_t>(columns.first - columns.start) * scale * 3;
        const int values = (columns.end - columns.first) * scale * 3;
        const auto take = [&](Span rows) -> Task {
            unsigned char* to =
                out + (rows.first - first) * row_bytes + columns.first * scale * pixel_bytes;
            return {rows.rows(), [=, &space = workspace_](int row, int) {
                        floats_to(space.pixels.get() + row * space.pixel_stride + halo, type,
                                  values, to + row * row_bytes);
                    }};
        };
        upscale_strip(pass, take, tasks);
    }
    Pool::shared().run(threads_, tasks);
    processed_ += waiting_;
    waiting_ = 0;
    return out + (end - first) * row_bytes;
}

}  // namespace fourfold
