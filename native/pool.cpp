#include "pool.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

namespace fourfold {

/** How long a thread looks for work before it sleeps: waking it costs about as much. */
static constexpr std::chrono::microseconds SPIN{50};

static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/** Waits until `done()` for a short while; whether it came. */
template <class Condition> static bool spin(const Condition& done) {
    const auto end = std::chrono::steady_clock::now() + SPIN;
    do {
        for (int i = 0; i < 16; i++) {
            if (done()) return true;
            pause();
        }
    } while (std::chrono::steady_clock::now() < end);
    return done();
}

Pool& Pool::shared() {
    static Pool& pool = *new Pool;
    return pool;
}

void Pool::grow(int threads) {
    const std::lock_guard lock(mutex_);
    seats_ = std::max(seats_, threads);
    try {
        for (; helpers_ < seats_ - 1; helpers_++)
            std::thread(&Pool::help, this, helpers_ + 1).detach();
    } catch (const std::system_error&) {
        // fewer helpers: slower, with the same results
    }
}

void Pool::run(int threads, int blocks, Block block, const void* context) {
    if (threads == 1 || blocks == 1) {
        for (int i = 0; i < blocks; i++) block(context, i, 0);
        return;
    }
    Job job{block, context, blocks, threads, {}, {}};
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(&job);
        changes_++;
        if (sleepers_ > 0) work_.notify_all();
    }
    for (int i; (i = job.next++) < blocks;) block(context, i, 0);
    {
        const std::lock_guard lock(mutex_);
        jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &job));
    }
    if (spin([&] { return job.helpers == 0; })) return;
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return job.helpers == 0; });
}

/** The life of helper `thread`. */
void Pool::help(int thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
        const unsigned seen = changes_;
        if (Job* job = job_for(thread)) {
            job->helpers++;
            seated_++;
            lock.unlock();
            // a caller without a seat gets this one after the block
            for (int i; waiting_ == 0 && (i = job->next++) < job->blocks;)
                job->block(job->context, i, thread);
            lock.lock();
            seated_--;
            seat_.notify_one();
            job->helpers--;  // after this the job may be gone
            finished_.notify_all();
            continue;
        }
        lock.unlock();
        const bool changed = spin([&] { return changes_ != seen; });
        lock.lock();
        if (changed) continue;
        sleepers_++;
        work_.wait(lock, [&] { return changes_ != seen; });
        sleepers_--;
    }
}

Pool::Job* Pool::job_for(int thread) {
    if (waiting_ > 0 || seated_ >= seats_) return nullptr;
    for (Job* job : jobs_)
        if (thread < job->threads && job->next < job->blocks) return job;
    return nullptr;
}

void Pool::take_seat() {
    std::unique_lock lock(mutex_);
    waiting_++;
    seat_.wait(lock, [&] { return seated_ < seats_; });
    waiting_--;
    seated_++;
}

void Pool::leave_seat() {
    const std::lock_guard lock(mutex_);
    seated_--;
    seat_.notify_one();
    changes_++;
    if (sleepers_ > 0) work_.notify_all();
}

}  // namespace fourfold
