/** Buffers that calls leave for the next ones: fresh memory can cost more than the arithmetic. */
#pragma once

#include <cstddef>

namespace fourfold {

/** A buffer of floats while it is needed; aligned as `zeros` is. What it holds at first has no
 *  meaning, but is finite unless a call left otherwise. */
class Lent {
public:
    /** At least `count` floats; null for none. Throws std::bad_alloc. */
    explicit Lent(size_t count);
    ~Lent();
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    float* get() const { return floats_; }

private:
    float* floats_;
};

}  // namespace fourfold
