#include "tasks.h"

namespace fourfold {

static size_t blocks_of(const std::vector<Task>& tasks) {
    size_t blocks = 0;
    for (const Task& task : tasks) blocks += task.blocks;
    return blocks;
}

Progress::Progress(const std::vector<Task>& tasks)
    : tasks_(tasks), counts_(tasks.size()), states_(blocks_of(tasks)) {
    size_t offset = 0;
    for (size_t task = 0; task < tasks.size(); task++) {
        counts_[task].offset = offset;
        offset += tasks[task].blocks;
    }
    advance();
}

/** The earliest block that may begin; with `take` it is then the caller's. */
bool Progress::find(Block& block, bool take) {
    const size_t first = first_;
    for (size_t task = first; task < tasks_.size(); task++) {
        if (task - first > static_cast<size_t>(tasks_[task].overlap)) return false;
        Counts& counts = counts_[task];
        std::atomic<uint8_t>* states = states_.data() + counts.offset;
        const int begun = counts.begun;
        int number = begun;
        while (number < tasks_[task].blocks && states[number] != FREE) number++;
        // Others may store less: they look further then. What is so already is not written, for
        // every thread that looks for a block reads it.
        if (number > begun) counts.begun = number;
        for (; number < tasks_[task].blocks; number++) {
            uint8_t state = FREE;
            if (states[number] != FREE || !is_ready({task, number})) continue;
            if (take && !states[number].compare_exchange_strong(state, BEGUN)) continue;
            block = {task, number};
            return true;
        }
    }
    return false;
}

/** Whether what a block needs of the task before it is done. */
bool Progress::is_ready(const Block& block) const {
    const Task& task = tasks_[block.task];
    if (!task.needs || first_ >= block.task) return true;
    const Blocks needed = task.needs(block.number);
    const std::atomic<uint8_t>* states = states_.data() + counts_[block.task - 1].offset;
    for (int number = needed.first; number < needed.end; number++)
        if (states[number] != DONE) return false;
    return true;
}

bool Progress::finish(const Block& block) {
    Counts& counts = counts_[block.task];
    states_[counts.offset + block.number] = DONE;
    if (++counts.done < tasks_[block.task].blocks) return false;
    advance();
    return finished();
}

/** Passes over tasks that are whole; those without blocks are. */
void Progress::advance() {
    size_t first = first_;
    while (first < tasks_.size() && counts_[first].done == tasks_[first].blocks)
        if (first_.compare_exchange_strong(first, first + 1)) first++;
}

}  // namespace fourfold
