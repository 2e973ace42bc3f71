/** How a call of the C interface runs: what it throws is a status, and one thread is in it. */
#pragma once

#include <new>

#include "fourfold.h"

namespace fourfold {

/** Runs `body`, which returns a status, and turns what it throws into one. */
template <class Body> int32_t guarded(const Body& body) {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return FOURFOLD_NO_MEMORY;
    } catch (...) {
        return FOURFOLD_WRONG_ARGUMENT;
    }
}

/** The same for the `state` of a handle that no other thread is using. */
template <class Handle, class Body> int32_t alone(Handle* handle, const Body& body) {
    if (handle->in_use.test_and_set()) return FOURFOLD_IN_USE;
    const int32_t status = guarded([&] { return body(handle->state); });
    handle->in_use.clear();
    return status;
}

}  // namespace fourfold
