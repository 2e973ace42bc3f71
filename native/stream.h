/** A picture on its way through the network: rows in, rows out. */
#pragma once

#include <cstdint>
#include <memory>

#include "band.h"
#include "input.h"
#include "workspace.h"

namespace fourfold {

class Stream {
public:
    /** Allocates what the stream needs but for lists of tasks; throws std::bad_alloc. */
    Stream(std::shared_ptr<const Network> network, int width, int threads);
    Stream(std::shared_ptr<const Network> network, int width, Cut cut, int threads);

    int width() const { return width_; }
    bool ended() const { return ended_; }

    /** Whether rows of this type may come: those of a picture are all of one. */
    bool takes(PixelType type) const { return received() == 0 || type == input_.type(); }

    /** Rows that came in so far. */
    int64_t received() const { return processed_ + waiting_; }

    /** Rows of the result that a push of `rows` rows will give. */
    int64_t ready(int64_t rows, bool last) const;

    /** Takes `count` rows, [count][width][3], and writes the rows that are ready.
     *
     *  A strip is processed once a row beyond it came or the picture ended: where strips lie
     *  depends on the picture alone, so it gives the same bytes however it is pushed.
     */
    void push(const void* rows, int64_t count, PixelType type, bool last, void* out);

private:
    /** Upscales the waiting rows into `out`; the place after what it wrote. */
    unsigned char* process(bool last, PixelType type, unsigned char* out);

    std::shared_ptr<const Network> network_;
    int width_, threads_;
    Cut cut_;
    Workspace workspace_;
    std::vector<Band> kept_;
    Input input_;
    int64_t processed_ = 0;
    int waiting_ = 0;  // rows in the ring that no strip has processed
    bool ended_ = false;
};

}  // namespace fourfold
