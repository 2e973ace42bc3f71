/** The pool and its lists of tasks, without an engine. */
#pragma once

#include <cstdint>

/** Threads meet where they should, and a list's blocks begin after what they need. */
void check_pool(uint32_t rounds);
