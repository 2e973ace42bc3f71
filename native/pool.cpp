#include "pool.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <thread>

namespace fourfold {

using Clock = std::chrono::steady_clock;

/** How long a thread looks for work before it sleeps: waking it costs about as much. */
static constexpr std::chrono::microseconds SPIN{50};

static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/** Waits until `done()` for a short while; whether it came. */
template <class Condition> static bool spin(const Condition& done) {
    const auto end = Clock::now() + SPIN;
    do {
        for (int i = 0; i < 16; i++) {
            if (done()) return true;
            relax();
        }
    } while (Clock::now() < end);
    return done();
}

static Pool*& pool() {
    static Pool* pool = new Pool;
    return pool;
}

Pool& Pool::shared() { return *pool(); }

void Pool::renew() { pool() = new Pool; }

/** A seat for each processor that this process may use. */
Pool::Pool() : seats_(std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) {}

/** Makes sure of the helpers that a list for `threads` threads can have. */
void Pool::grow(int threads) {
    try {
        for (; helpers_ < std::min(threads, seats_) - 1; helpers_++)
            std::thread(&Pool::help, this, helpers_ + 1).detach();
    } catch (const std::system_error&) {
        // the system gives no more threads: slower, with the same results
    } catch (const std::bad_alloc&) {
        // nor memory for them
    }
}

void Pool::run(int threads, const std::vector<Task>& tasks) {
    List list{tasks, threads, {}, {}};
    std::unique_lock lock(mutex_);
    grow(threads);
    lists_.push_back(&list);
    waiting_++;
    changed_.notify_all();  // a helper that sleeps on its seat shall leave it
    changed_.wait(lock, [&] { return seated_ < seats_; });
    waiting_--;
    seated_++;
    changes_++;
    changed_.notify_all();
    lock.unlock();
    work(list, 0);
    lock.lock();
    lists_.erase(std::find(lists_.begin(), lists_.end(), &list));
    changed_.wait(lock, [&] { return list.helpers == 0; });
    seated_--;
    changes_++;
    changed_.notify_all();
}

/** The life of helper `thread`. */
void Pool::help(int thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
        const unsigned seen = changes_;
        if (List* list = list_for(thread)) {
            list->helpers++;
            seated_++;
            lock.unlock();
            work(*list, thread);
            lock.lock();
            seated_--;
            list->helpers--;  // after this the list may be gone
            changed_.notify_all();
            continue;
        }
        lock.unlock();
        const bool changed = spin([&] { return changes_ != seen; });
        lock.lock();
        if (!changed) changed_.wait(lock, [&] { return changes_ != seen; });
    }
}

Pool::List* Pool::list_for(int thread) const {
    if (waiting_ > 0 || seated_ >= seats_) return nullptr;
    for (List* list : lists_)
        if (thread < list->threads && list->cursor >> 32 < list->tasks.size()) return list;
    return nullptr;
}

/** Claims blocks until all tasks are done, or a caller needs this helper's seat. */
void Pool::work(List& list, int thread) {
    while (!must_leave(thread)) {
        const uint64_t claim = list.cursor++;
        const uint64_t task = claim >> 32;
        const int block = static_cast<int>(claim & 0xffffffff);
        if (task == list.tasks.size()) return;
        const Task& current = list.tasks[task];
        if (block < current.blocks) {
            current.run(block, thread);
            if (++list.done == current.blocks) open(list, task + 1);
            continue;
        }
        const auto opened = [&] { return list.cursor >> 32 != task || must_leave(thread); };
        if (spin(opened)) continue;
        std::unique_lock lock(mutex_);
        sleepers_++;
        changed_.wait(lock, opened);
        sleepers_--;
    }
}

void Pool::open(List& list, uint64_t task) {
    list.done = 0;
    list.cursor = task << 32;
    if (sleepers_ == 0) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

}  // namespace fourfold
