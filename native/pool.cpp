#include "pool.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <thread>

#include "system.h"

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
    List list(tasks, threads);
    std::unique_lock lock(mutex_);
    grow(threads);
    lists_.push_back(&list);
    waiting_++;
    for (List* other : lists_) other->opened.notify_all();  // helpers shall leave their seats
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
        if (thread < list->threads && !list->progress.finished()) return list;
    return nullptr;
}

/** Runs blocks until all are done, or a caller needs this helper's seat. */
void Pool::work(List& list, int thread) {
    Block block;
    while (!must_leave(thread)) {
        part(list, thread);  // while it holds no block: it may have to wait where it moves to
        if (!claim(list, thread, block)) break;
        wake_one(list);
        list.tasks[block.task].run(block.number, thread);
        if (list.progress.finish(block)) wake_all(list);
    }
    list.processors[thread] = NONE;
    wake_one(list);  // instead of whom it leaves
}

/** Moves a helper that shares its processor with another of the list's threads. */
void Pool::part(List& list, int thread) {
    const int here = current_processor();
    list.processors[thread] = here;
    if (thread == 0 || here == NONE) return;
    bool shared = false;
    for (int other = 0; other < list.threads; other++)
        shared |= other != thread && list.processors[other] == here;
    if (!shared) return;
    leave_processors(list.processors);
    list.processors[thread] = current_processor();
}

/** Waits for a block; none comes once all are done, or a caller needs this helper's seat. */
bool Pool::claim(List& list, int thread, Block& block) {
    bool claimed = false;
    const auto over = [&] {
        claimed = list.progress.claim(block);
        return claimed || list.progress.finished() || must_leave(thread);
    };
    if (spin(over)) return claimed;
    list.processors[thread] = NONE;
    std::unique_lock lock(mutex_);
    list.sleepers++;
    list.opened.wait(lock, over);
    list.sleepers--;
    list.processors[thread] = current_processor();
    return claimed;
}

/** Wakes a sleeper if there is a block for it: each that finds one does the same for the next. */
void Pool::wake_one(List& list) {
    if (list.sleepers == 0 || !list.progress.may_claim()) return;
    const std::lock_guard lock(mutex_);
    list.opened.notify_one();
}

void Pool::wake_all(List& list) {
    const std::lock_guard lock(mutex_);
    list.opened.notify_all();
}

}  // namespace fourfold
