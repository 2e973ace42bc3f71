/** A band of columns on its way through the network, strip by strip. */
#pragma once

#include <functional>
#include <vector>

#include "columns.h"
#include "pool.h"
#include "schedule.h"
#include "workspace.h"

namespace fourfold {

/** The rows that a band's next strip still needs, while other bands use the workspace; none where
 *  strips are fresh. */
struct Band {
    Columns columns;
    std::vector<Floats> inner;  // a block's last two rows of its inner map
    Floats maps, skip, phases;
    std::vector<Floats> levels;
};

/** With `alone`, only the inner maps are kept aside: the rest stays in the workspace. */
Band make_band(const Network& network, const Workspace& workspace, Columns columns, bool alone);

/** A strip of one band. */
struct BandStrip {
    const Network& network;
    Workspace& workspace;
    Band& band;
    Strip strip;
    int width;   // columns of the band
    Rows input;  // R'G'B', 3 floats a pixel, INPUT_PAD pixels of zeros or neighbours at each end
    bool alone;  // the workspace still holds what the band's last strip left
};

/** Appends the tasks that upscale it. `take(rows)` gives the task that takes a few rows of the
 *  result from `workspace.pixels`, where the next few will follow. */
void upscale_strip(const BandStrip& pass, const std::function<Task(Span)>& take,
                   std::vector<Task>& tasks);

}  // namespace fourfold
