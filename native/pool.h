/** One pool of threads for the whole process, which work through lists of tasks.
 *
 *  Threads claim blocks, of about 0.1 ms, one by one: whichever may begin (tasks.h). So no thread
 *  is special, and one that the system takes away between two blocks delays nobody.
 *
 *  Whoever has a list (a stream's push, in any thread of the caller's) works on it, and idle
 *  threads of the pool help. As many threads compute at a time as this process may use processors,
 *  the pool's seats: several streams share them, and a caller without a seat waits until a helper
 *  or another caller leaves one.
 *  Where others want processors too, the system may leave two of a list's threads on one of them
 *  for as long as they run, and another to another process: it sees one thread too many wherever it
 *  puts it. A helper that finds itself so moves: beside a process that kept one of two processors
 *  busy the rate was 0.55 of the quiet one before, and is 0.69.
 *  Who finds nothing to do spins shortly (the next block is a few microseconds away), then sleeps.
 */
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "tasks.h"

namespace fourfold {

class Pool {
public:
    Pool();

    /** The process's pool. It is never destroyed: its threads sleep until the process ends. */
    static Pool& shared();

    /** After a fork: a new pool, as the old one's threads stayed with the parent. */
    static void renew();

    /** Runs the tasks on up to `threads` threads: the caller's, once it has a seat, and helpers. */
    void run(int threads, const std::vector<Task>& tasks);

private:
    static constexpr int NONE = -1;

    struct List {
        const std::vector<Task>& tasks;
        Progress progress;
        int threads;
        int helpers = 0;  // guarded by the pool's mutex
        std::atomic<int> sleepers{0};
        std::condition_variable opened;  // a block that a sleeper may claim, or a reason to leave
        std::vector<std::atomic<int>> processors;  // of each thread that is at work; or NONE

        List(const std::vector<Task>& list, int most)
            : tasks(list), progress(list), threads(most), processors(most) {
            for (auto& processor : processors) processor = NONE;
        }
    };

    void grow(int threads);
    void help(int thread);
    List* list_for(int thread) const;
    void work(List& list, int thread);
    bool claim(List& list, int thread, Block& block);
    void part(List& list, int thread);
    void wake_one(List& list);
    void wake_all(List& list);
    bool must_leave(int thread) const { return thread > 0 && waiting_ > 0; }

    std::mutex mutex_;
    std::condition_variable changed_;  // a list, or a seat
    std::vector<List*> lists_;
    const int seats_;
    int seated_ = 0, helpers_ = 0;
    std::atomic<int> waiting_{0};       // callers without a seat
    std::atomic<unsigned> changes_{0};  // counts the lists that came, and the seats that went
};

}  // namespace fourfold
