/** How a task's blocks lie in the rows that it makes, and so which blocks make given rows. */
#pragma once

#include <algorithm>

#include "schedule.h"
#include "tasks.h"

namespace fourfold {

/** `rows` are cut into rows of `across` tiles, each `high` rows high, and those, one row after the
 *  other, into blocks of `block_tiles` tiles. */
struct Tiling {
    Span rows;
    int high, across, block_tiles;

    int tiles() const { return (rows.rows() + high - 1) / high * across; }
    int blocks() const { return (tiles() + block_tiles - 1) / block_tiles; }

    /** The rows that a block has part in. */
    Span rows_of(int block) const {
        const int first = block * block_tiles, last = std::min(first + block_tiles, tiles()) - 1;
        return {rows.first + first / across * high,
                std::min(rows.first + (last / across + 1) * high, rows.end)};
    }

    /** The blocks that make what there is of `wanted` in these rows. */
    Blocks blocks_of(Span wanted) const {
        const int first = std::max(wanted.first, rows.first) - rows.first;
        const int end = std::min(wanted.end, rows.end) - rows.first;
        if (first >= end) return {0, 0};
        return {first / high * across / block_tiles,
                (((end - 1) / high + 1) * across - 1) / block_tiles + 1};
    }
};

}  // namespace fourfold
