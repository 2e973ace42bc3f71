/** What the engine asks of the operating system beyond C++: it runs where the answer is no, too. */
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace fourfold {

/** Large pages for whole ones of them inside this memory: fewer misses of address translation. */
void prefer_large_pages(void* memory, size_t bytes);

/** Whether this process may use AMX's tiles: Linux keeps 8 KB more for each of its threads then. */
bool may_use_tiles();

/** The processor that the calling thread runs on; -1 where the system does not say. */
int current_processor();

/** Moves the calling thread to a processor that is none of these, if it may use one. It stays free
 *  to be moved by the system at any time. */
void leave_processors(const std::vector<std::atomic<int>>& processors);

}  // namespace fourfold
