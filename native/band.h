/** A band of columns, and what it keeps between its strips while others use the workspace. */
#pragma once

#include <vector>

#include "columns.h"
#include "schedule.h"
#include "tasks.h"
#include "workspace.h"

namespace fourfold {

/** The rows that a band's next strip still needs; none where it is alone in the workspace, which
 *  then holds them, or where strips are fresh. */
struct Band {
    Columns columns;
    Floats inner = nullptr, maps = nullptr, skip = nullptr, phases = nullptr;
    std::vector<Floats> levels = {};
};

Band make_band(const Network& network, const Workspace& workspace, Columns columns);

enum class Direction { PUT_BACK, SET_ASIDE };

/** Appends the tasks that copy what a band keeps, after `rows` rows of the picture, to or from the
 *  workspace. */
void move_band(const Network& network, const Workspace& space, const Band& band, int rows,
               Direction direction, std::vector<Task>& tasks);

}  // namespace fourfold
