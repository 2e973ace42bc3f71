/** One pool of threads for the whole process, which work through lists of tasks.
 *
 *  A strip is such a list: layer after layer, each cut into blocks of about 0.1 ms. Threads claim
 *  blocks one by one, and whoever finishes a task's last block opens the next task; so no thread is
 *  special, and one that the system takes away between two blocks delays nobody.
 *
 *  Whoever has a list (a stream's push, in any thread of the caller's) works on it, and idle
 *  threads of the pool help. As many threads compute at a time as this process may use processors,
 *  the pool's seats: several streams share them, and a caller without a seat waits until a helper
 *  or another caller leaves one.
 *  Who finds nothing to do spins shortly (the next task is a few microseconds away), then sleeps.
 */
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace fourfold {

/** `run(block, thread)` for each block: in any order, by any thread. `thread` is the caller's 0, or
 *  a helper's own number below the list's `threads`: two that work at a time have two numbers. */
struct Task {
    int blocks;
    std::function<void(int block, int thread)> run;
};

class Pool {
public:
    Pool();

    /** The process's pool. It is never destroyed: its threads sleep until the process ends. */
    static Pool& shared();

    /** After a fork: a new pool, as the old one's threads stayed with the parent. */
    static void renew();

    /** Runs the tasks, each when the one before is done, on up to `threads` threads: the caller's,
     *  once it has a seat, and helpers. */
    void run(int threads, const std::vector<Task>& tasks);

private:
    struct List {
        const std::vector<Task>& tasks;
        int threads;
        std::atomic<uint64_t> cursor{0};  // task << 32 | its next block to claim
        std::atomic<int> done{0};         // blocks of this task that are done
        int helpers = 0;                  // guarded by the pool's mutex
    };

    void grow(int threads);
    void help(int thread);
    List* list_for(int thread) const;
    void work(List& list, int thread);
    void open(List& list, uint64_t task);
    bool must_leave(int thread) const { return thread > 0 && waiting_ > 0; }

    std::mutex mutex_;
    std::condition_variable changed_;  // something to do, or a seat
    std::vector<List*> lists_;
    const int seats_;
    int seated_ = 0, helpers_ = 0;
    std::atomic<int> sleepers_{0};
    std::atomic<int> waiting_{0};       // callers without a seat
    std::atomic<unsigned> changes_{0};  // counts the lists that came, and the seats that went
};

}  // namespace fourfold
