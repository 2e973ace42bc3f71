"""What the paper printed: tables 1 and 2, and figure 2.

Source: Ledig et al. 2017, arXiv 1609.04802v5.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One entry: PSNR in decibels and SSIM (daala's) of the y channel, scale 4, and MOS."""

    psnr: float
    ssim: float
    mos: float | None = None
    is_best: bool = False
    """The asterisk of table 1: significantly above the other losses of its category."""


@dataclass(frozen=True)
class PublishedTable:
    """A table of the paper: rows by method, columns by set."""

    title: str
    sets: tuple[str, ...]
    rows: dict[str, dict[str, Published]]
    """The paper's name of a method -> set -> entry."""


def _row(sets: tuple[str, ...], *entries: tuple[object, ...]) -> dict[str, Published]:
    return {
        test_set: Published(*entry)  # type: ignore[arg-type]
        for test_set, entry in zip(sets, entries, strict=True)
    }


_THREE = ("Set5", "Set14", "BSD100")
TABLE_2 = PublishedTable(
    "Table 2",
    _THREE,
    {
        "nearest": _row(
            _THREE, (26.26, 0.7552, 1.28), (24.64, 0.7100, 1.20), (25.02, 0.6606, 1.11)
        ),
        "bicubic": _row(
            _THREE, (28.43, 0.8211, 1.97), (25.99, 0.7486, 1.80), (25.94, 0.6935, 1.47)
        ),
        "SRCNN": _row(_THREE, (30.07, 0.8627, 2.57), (27.18, 0.7861, 2.26), (26.68, 0.7291, 1.87)),
        "SelfExSR": _row(
            _THREE, (30.33, 0.872, 2.65), (27.45, 0.7972, 2.34), (26.83, 0.7387, 1.89)
        ),
        "DRCN": _row(_THREE, (31.52, 0.8938, 3.26), (28.02, 0.8074, 2.84), (27.21, 0.7493, 2.12)),
        "ESPCN": _row(_THREE, (30.76, 0.8784, 2.89), (27.66, 0.8004, 2.52), (27.02, 0.7442, 2.01)),
        "SRResNet": _row(
            _THREE, (32.05, 0.9019, 3.37), (28.49, 0.8184, 2.98), (27.58, 0.7620, 2.29)
        ),
        "SRGAN": _row(_THREE, (29.40, 0.8472, 3.58), (26.02, 0.7397, 3.72), (25.16, 0.6688, 3.56)),
        "original": _row(_THREE, (math.inf, 1, 4.32), (math.inf, 1, 4.32), (math.inf, 1, 4.46)),
    },
)
_TWO = ("Set5", "Set14")
TABLE_1 = PublishedTable(
    "Table 1",
    _TWO,
    {
        "SRResNet-MSE": _row(_TWO, (32.05, 0.9019, 3.37), (28.49, 0.8184, 2.98)),
        "SRResNet-VGG22": _row(_TWO, (30.51, 0.8803, 3.46), (27.19, 0.7807, 3.15, True)),
        "SRGAN-MSE": _row(_TWO, (30.64, 0.8701, 3.77), (26.92, 0.7611, 3.43)),
        "SRGAN-VGG22": _row(_TWO, (29.84, 0.8468, 3.78), (26.44, 0.7518, 3.57)),
        "SRGAN-VGG54": _row(_TWO, (29.40, 0.8472, 3.58), (26.02, 0.7397, 3.72, True)),
    },
)
FIGURE_2_PICTURE = ("Set14", "comic")
FIGURE_2 = {
    "bicubic": Published(21.59, 0.6423),
    "SRResNet": Published(23.53, 0.7832),
    "SRGAN": Published(21.15, 0.6868),
}

_SAME = {"srresnet-mse": "srresnet", "srgan-vgg54": "srgan", "hr": "original"}


def measured_name(published: str, methods: list[str]) -> str | None:
    """Which of our methods a row of the paper is beside: that of its name, in any case.

    SRResNet-MSE is the paper's SRResNet, and SRGAN-VGG54 its SRGAN.
    """
    names = {method.lower(): method for method in methods}
    wanted = published.lower()
    return names.get(wanted) or names.get(_SAME.get(wanted, wanted))
