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
 *
 *  A fresh strip (columns.h) ends in the same rows, and begins above them, as nothing is there: a
 *  layer begins a row further down than the one before it, so that each finds the row above its
 *  first. So one that lags l rows makes 2 (4 + 2D + 2 - l) + 4 of its rows once more, 38 on average
 *  in the trunk of 16 blocks.
 */
#pragma once

#include <algorithm>

namespace fourfold {

/** Rows [first, end) of a map. */
struct Span {
    int first, end;
    int rows() const { return std::max(end - first, 0); }
};

/** What a strip brings: the picture had `before` rows, now it has `now`, perhaps its last. Of what
 *  strips before it computed it finds all that it needs, or, `fresh`, nothing. */
struct Strip {
    int before, now;
    bool last, fresh;
};

inline int finished(int rows, bool last, int lag) { return last ? rows : std::max(rows - lag, 0); }

constexpr int HEAD_LAG = 4;
constexpr int inner_lag(int block) { return HEAD_LAG + 2 * block + 1; }
constexpr int block_lag(int block) { return HEAD_LAG + 2 * block + 2; }
constexpr int trunk_lag(int depth) { return HEAD_LAG + 2 * depth + 1; }
constexpr int upsample_lag(int depth) { return HEAD_LAG + 2 * depth + 2; }

/** Rows that `upsample 0` of a fresh strip makes once more: at scale 2 the tail reads 4 rows up to
 *  the row above its first; at others what it and the levels see is less. */
constexpr int UPSAMPLED_AGAIN = 4;

/** Rows above a strip that a fresh one begins with. */
constexpr int rows_above(int depth) { return 2 * upsample_lag(depth) + UPSAMPLED_AGAIN; }

/** Rows of a layer up to `upsample 0` that a strip makes. */
inline Span made(const Strip& strip, int lag, int depth) {
    const int first = strip.fresh ? std::max(strip.before - rows_above(depth) + lag, 0)
                                  : finished(strip.before, false, lag);
    return {first, finished(strip.now, strip.last, lag)};
}

/** Rows that `upsample level` has finished once `upsample 0` finished `rows`. */
inline int upsampled(int rows, bool last, int level) {
    for (; level > 0; level--) rows = last ? 2 * rows : std::max(2 * rows - 1, 0);
    return rows;
}

/** The first row that `upsample level` of a fresh strip can make, from the first of `upsample 0`. */
inline int upsampled_afresh(int first, int level) {
    for (; level > 0; level--) first = first == 0 ? 0 : 2 * first + 1;
    return first;
}

/** Rows of the last maps that the tail has finished; each is two rows of the result. */
inline int tailed(int rows, bool last, int doublings) {
    return finished(upsampled(rows, last, doublings - 1), last, 2);
}

/** Rows of the result once `rows` rows came in, in whole strips. */
inline int ready_rows(int rows, bool last, int depth, int doublings) {
    return 2 * tailed(finished(rows, last, upsample_lag(depth)), last, doublings);
}

/** Whether a fresh strip gives no rows of the result, as a picture's first where strips are low: it
 *  is then not computed, for the next one finds nothing of it. */
inline bool is_skipped(const Strip& strip, int depth, int doublings) {
    return strip.fresh && ready_rows(strip.before, false, depth, doublings) ==
                              ready_rows(strip.now, strip.last, depth, doublings);
}

/** The receptive radius, in lr pixels: 40 for 16 blocks and scale 4. The sub-pixel convolutions see
 *  1 + 1/2 + ... and the tail 2 of the last maps' pixels: 3 at any scale, rounded up. */
constexpr int receptive_radius(int depth) { return trunk_lag(depth) + 3; }

/** Columns of maps that bands share at each side, 36: the head still finds the picture's own pixels
 *  beyond a band, and only what comes after it meets zeros there. */
constexpr int band_halo(int depth) { return receptive_radius(depth) - HEAD_LAG; }

/** Rows that bands set aside: of the inner maps two a block; of the trunk's slabs, all between the
 *  slowest reader and the head; of the levels and phases, what their readers see above their next
 *  row. */
constexpr int kept_inner_rows(int depth) { return 2 * depth; }
constexpr int kept_trunk_rows(int depth) { return upsample_lag(depth) - HEAD_LAG + 1; }
constexpr int KEPT_LEVEL = 2, KEPT_PHASES = 4;

/** Rows of a strip, a pure function of the width: a map of about 10,000 pixels is 2.6 MB, so that
 *  two or three live in L3, and is about 27 blocks of tiles for threads to claim. A multiple of
 *  4, the height of a tile. */
inline int strip_rows(int width) { return std::clamp(10240 / width / 4 * 4, 32, 256); }

/** Rows of `upsample 0` made at a time, as pure a function: the last maps have 4 x 64 channels at
 *  half the result's size, so that only a few of their rows can stay in cache until the tail has
 *  read them. A row of tiles at least. */
inline int upsample_rows(int width) { return std::clamp(2560 / width / 4 * 4, 4, 32); }

}  // namespace fourfold
