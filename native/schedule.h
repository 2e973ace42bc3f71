/** Which rows each layer makes in a strip: the arithmetic of exact streaming.
 *
 *  After `rows` rows of the picture came in, a layer whose results see `lag` rows further down has
 *  finished `rows - lag` rows of its own, and all of them once the last row came. A strip makes the
 *  rows between two such states, so nothing is computed twice and rows outside the picture are
 *  zeros only at its true borders.
 *
 *  Trunk, D blocks: the head lags 4 rows, each 3x3 convolution one more. A block is two, and adds
 *  its result to the slab of maps in place, two rows behind the block before it: the rows that it
 *  has not reached are still that block's, just what its first convolution reads in the next strip.
 *
 *      rows in      N
 *      head         N - 4
 *      block k      N - 4 - 2k - 1  inner map         (k from 0)
 *                   N - 4 - 2k - 2  maps, in place
 *      trunk        N - 4 - 2D - 1  added to the skip, in place
 *      upsample 0   N - 4 - 2D - 2
 *
 *  From there on maps double. Of F rows of `upsample l - 1` the shuffle makes 2F, of which
 *  `upsample l` can finish 2F - 1; the tail lags 2 rows of the last, and makes two of each.
 */
#pragma once

#include <algorithm>

namespace fourfold {

/** Rows [first, end) of a map. */
struct Span {
    int first, end;
    int rows() const { return std::max(end - first, 0); }
};

/** What a strip brings: the picture had `before` rows, now it has `now`, perhaps its last. */
struct Strip {
    int before, now;
    bool last;
};

inline int finished(int rows, bool last, int lag) { return last ? rows : std::max(rows - lag, 0); }

inline Span made(const Strip& strip, int lag) {
    return {finished(strip.before, false, lag), finished(strip.now, strip.last, lag)};
}

constexpr int HEAD_LAG = 4;
constexpr int inner_lag(int block) { return HEAD_LAG + 2 * block + 1; }
constexpr int block_lag(int block) { return HEAD_LAG + 2 * block + 2; }
constexpr int trunk_lag(int depth) { return HEAD_LAG + 2 * depth + 1; }
constexpr int upsample_lag(int depth) { return HEAD_LAG + 2 * depth + 2; }

/** Rows that `upsample level` has finished once `upsample 0` finished `rows`. */
inline int upsampled(int rows, bool last, int level) {
    for (; level > 0; level--) rows = last ? 2 * rows : std::max(2 * rows - 1, 0);
    return rows;
}

/** Rows of the last maps that the tail has finished; each is two rows of the result. */
inline int tailed(int rows, bool last, int doublings) {
    return finished(upsampled(rows, last, doublings - 1), last, 2);
}

/** Rows of the result once `rows` rows came in, in whole strips. */
inline int ready_rows(int rows, bool last, int depth, int doublings) {
    return 2 * tailed(finished(rows, last, upsample_lag(depth)), last, doublings);
}

/** The receptive radius, in lr pixels: 40 for 16 blocks and scale 4. The sub-pixel convolutions see
 *  1 + 1/2 + ... and the tail 2 of the last maps' pixels: 3 at any scale, rounded up. */
constexpr int halo(int depth) { return trunk_lag(depth) + 3; }

/** Rows of a strip, a pure function of the width: a map of about 10,000 pixels is 2.6 MB, so that
 *  two or three live in L3, and is about 27 blocks of tiles for threads to claim. A multiple of
 *  4, the height of a tile. */
inline int strip_rows(int width) { return std::clamp(10240 / width / 4 * 4, 32, 256); }

/** Rows of `upsample 0` made at a time, as pure a function: the last maps have 4 x 64 channels at
 *  half the result's size, so that only a few of their rows can stay in cache until the tail has
 *  read them. A row of tiles at least. */
inline int upsample_rows(int width) { return std::clamp(2560 / width / 4 * 4, 4, 32); }

}  // namespace fourfold
