/** One pool of threads for the whole process: blocks are claimed one by one.
 *
 *  Whoever has work (a stream's push, from any thread of the caller's) does it itself, and idle
 *  threads of the pool help. A block takes about 0.1 ms, so that a thread that the system takes away
 *  delays the others by that much and not by its share of a layer. As many threads compute at a time
 *  as the pool has seats: several streams share them, and a caller without a seat waits.
 *  Who finds nothing to do spins shortly (the next layer is a few microseconds away), then sleeps.
 */
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace fourfold {

/** One block of a job; `thread` is the caller's 0, or a helper's own number below the job's
 *  `threads`: no two work on a job under the same number. */
using Block = void (*)(const void* context, int block, int thread);

class Pool {
public:
    /** The process's pool. It is never destroyed: its threads sleep until the process ends. */
    static Pool& shared();

    /** Makes sure of `threads` seats, and of a helper for all but one of them. Where the system gives
     *  no more threads, there are fewer helpers. */
    void grow(int threads);

    /** Runs all blocks, on up to `threads` threads; the caller, which holds a seat, is one. */
    void run(int threads, int blocks, Block block, const void* context);

private:
    friend class Seat;

    struct Job {
        Block block;
        const void* context;
        int blocks;
        int threads;
        std::atomic<int> next{0};
        std::atomic<int> helpers{0};
    };

    void help(int thread);
    Job* job_for(int thread);
    void take_seat();
    void leave_seat();

    std::mutex mutex_;
    std::condition_variable work_, finished_, seat_;
    std::vector<Job*> jobs_;
    int seats_ = 1, seated_ = 0;
    int helpers_ = 0, sleepers_ = 0;
    std::atomic<int> waiting_{0};       // callers without a seat
    std::atomic<unsigned> changes_{0};  // counts what may give a helper something to do
};

/** The right to compute, held by a caller for a strip at a time. */
class Seat {
public:
    Seat() { Pool::shared().take_seat(); }
    ~Seat() { Pool::shared().leave_seat(); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
};

/** Calls function(block, thread) for all blocks, on up to `threads` threads. */
template <class Function> void parallel(int threads, int blocks, const Function& function) {
    const Block call = [](const void* context, int block, int thread) {
        (*static_cast<const Function*>(context))(block, thread);
    };
    Pool::shared().run(threads, blocks, call, &function);
}

}  // namespace fourfold
