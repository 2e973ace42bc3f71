/** The points of interpolation behind F(4x4, 3x3), F(4x4, 5x5) and F(4x4, 2x2).
 *
 *  Winograd's F(m, r) computes m outputs of an r-tap filter with m + r - 1 products: both sides are
 *  evaluated as polynomials at m + r - 2 points and infinity, multiplied point by point and read
 *  back. Points whose powers stay near 1 lose least to rounding.
 *  Source: Lavin and Gray 2016, arXiv 1509.09308.
 */
#pragma once

namespace fourfold {

/** F(4, 3): 0, +-1/sqrt(2), +-sqrt(2), infinity. */
constexpr double POINT_HALF_ROOT = 0.70710678118654752440;
constexpr double POINT_ROOT = 1.41421356237309504880;
constexpr double POINTS_6[] = {0, POINT_HALF_ROOT, -POINT_HALF_ROOT, POINT_ROOT, -POINT_ROOT};

/** F(4, 5): 0, +-1, +-2, +-1/2, infinity. */
constexpr double POINTS_8[] = {0, 1, -1, 2, -2, 0.5, -0.5};

}  // namespace fourfold
