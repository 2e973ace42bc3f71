"""The losses of the paper, as means over all values of a batch."""

from typing import Literal

from torch import Tensor


def pixel_loss(sr: Tensor, hr: Tensor, kind: Literal["mse", "l1"]) -> Tensor:
    """Mean squared or absolute difference on [-1, 1], where the paper's losses live.

    Args:
        sr: shape (N, 3, H, W), on [0, 1], not clamped.
        hr: same shape, in [0, 1].
        kind: which; the paper's is mse.

    Returns:
        A number: 4 times the mean squared difference on [0, 1], or twice the absolute one.

    Source: Ledig et al. 2017, equation 4; the mean over the channels is our reading of it.
    """
    difference = 2 * (sr - hr)
    return difference.square().mean() if kind == "mse" else difference.abs().mean()
