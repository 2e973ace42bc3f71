#include "buffers.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "memory.h"

namespace fourfold {

namespace {

struct Buffer {
    size_t size;
    Floats floats;
};

struct Buffers {
    std::mutex mutex;
    std::vector<Buffer> free, lent;
};

}  // namespace

/** The process's. Never destroyed: threads may outlive main. */
static Buffers& buffers() {
    static Buffers* buffers = new Buffers;
    return *buffers;
}

/** The smallest free buffer that is large enough, or a new one. */
static float* take(size_t count) {
    Buffers& all = buffers();
    const std::lock_guard lock(all.mutex);
    all.lent.reserve(all.lent.size() + 1);
    all.free.reserve(all.free.size() + all.lent.size() + 1);  // so that giving back cannot fail
    auto best = all.free.end();
    for (auto it = all.free.begin(); it != all.free.end(); ++it)
        if (it->size >= count && (best == all.free.end() || it->size < best->size)) best = it;
    if (best == all.free.end()) {
        all.lent.push_back({count, zeros(count)});
    } else {
        all.lent.push_back(std::move(*best));
        all.free.erase(best);
    }
    return all.lent.back().floats.get();
}

static void give_back(const float* floats) {
    Buffers& all = buffers();
    const std::lock_guard lock(all.mutex);
    const auto it = std::find_if(all.lent.begin(), all.lent.end(), [&](const Buffer& buffer) {
        return buffer.floats.get() == floats;
    });
    all.free.push_back(std::move(*it));
    all.lent.erase(it);
}

Lent::Lent(size_t count) : floats_(count ? take(count) : nullptr) {}

Lent::~Lent() {
    if (floats_) give_back(floats_);
}

}  // namespace fourfold
