/** A strip of a band: the tasks that upscale it, layer after layer. */
#pragma once

#include <functional>
#include <vector>

#include "band.h"
#include "input.h"

namespace fourfold {

struct BandStrip {
    const Network& network;
    Workspace& workspace;
    Band& band;
    Strip strip;
    int width;   // columns of the band
    const Input& input;
    bool alone;  // the workspace still holds what the band's last strip left
};

/** Appends the tasks that upscale it. `take(rows)` gives the task that takes a few rows of the
 *  result, a block each, from `workspace.pixels`, where the next few will follow. */
void upscale_strip(const BandStrip& pass, const std::function<Task(Span)>& take,
                   std::vector<Task>& tasks);

}  // namespace fourfold
