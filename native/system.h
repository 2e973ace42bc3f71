/** What the engine asks of the operating system beyond C++: it runs where the answer is no, too. */
#pragma once

#include <cstddef>

namespace fourfold {

/** Large pages for whole ones of them inside this memory: fewer misses of address translation. */
void prefer_large_pages(void* memory, size_t bytes);

/** Whether this process may use AMX's tiles: Linux keeps 8 KB more for each of its threads then. */
bool may_use_tiles();

}  // namespace fourfold
