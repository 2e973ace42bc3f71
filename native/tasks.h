/** Lists of tasks, each cut into blocks, and which of their blocks may begin.
 *
 *  A strip is such a list: layer after layer. Were each layer to wait until the one before is
 *  whole, a thread that the system takes away in the middle of a block, for 4 ms where something
 *  else wants its processor, would stop all others: a layer of a small picture is 1 ms. So a layer's
 *  blocks need only those blocks of the layer before that make the rows which they read, and the
 *  other threads run on, some layers ahead, around what depends on the missing block.
 */
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace fourfold {

/** Blocks [first, end) of a task. */
struct Blocks {
    int first, end;
};

/** `run(block, thread)` for each block: in any order, by any thread. `thread` is the caller's 0, or
 *  a helper's own number below the list's `threads`: two that work at a time have two numbers. */
struct Task {
    int blocks;
    std::function<void(int block, int thread)> run;

    /** How many of the tasks just before it need not be whole when its blocks begin, */
    int overlap = 0;
    /** but for these blocks of the last of them, if given. */
    std::function<Blocks(int block)> needs = nullptr;
};

/** One block of one task of a list. */
struct Block {
    size_t task;
    int number;
};

/** How far a list is. All threads that work on it share this; nothing here waits. */
class Progress {
public:
    explicit Progress(const std::vector<Task>& tasks);

    /** Gives the caller a block that nobody has begun, if one may begin now. */
    bool claim(Block& block) { return find(block, true); }

    /** Whether there is such a block. */
    bool may_claim() {
        Block block;
        return find(block, false);
    }

    /** To be told when a claimed block is done; whether it was the list's last. */
    bool finish(const Block& block);

    bool finished() const { return first_ == tasks_.size(); }

private:
    enum State : uint8_t { FREE, BEGUN, DONE };
    struct Counts {
        size_t offset;              // of its first block's state
        std::atomic<int> begun{0};  // all blocks before this one have begun
        std::atomic<int> done{0};
    };

    bool find(Block& block, bool take);
    bool is_ready(const Block& block) const;
    void advance();

    const std::vector<Task>& tasks_;
    std::vector<Counts> counts_;
    std::vector<std::atomic<uint8_t>> states_;
    std::atomic<size_t> first_{0};  // all tasks before this one are whole
};

}  // namespace fourfold
