"""The metrics that evaluation knows: what each is called, and how it is taken of a result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fourfold import metrics
from fourfold.errors import MissingExtra, UnknownMethod, nearest
from fourfold.metrics import Protocol


@dataclass(frozen=True)
class Compared:
    """A result, its original and what it was made of; each y channel is computed once.

    Arrays are uint8, (H, W) or (H, W, 3).
    """

    sr: np.ndarray
    hr: np.ndarray
    lr: np.ndarray
    scale: int
    protocol: Protocol

    @cached_property
    def y(self) -> tuple[np.ndarray, np.ndarray]:
        """The y channels of result and original."""
        return self.protocol.y(self.sr), self.protocol.y(self.hr)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric, as tables show it."""

    name: str
    label: str
    unit: str = ""
    digits: int
    is_higher_better: bool
    of: Callable[[Compared], float]
    help: str


def _on_y(function: Callable[..., float]) -> Callable[[Compared], float]:
    return lambda pictures: function(*pictures.y, border=pictures.scale)


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            name="psnr_y",
            label="PSNR",
            unit="dB",
            digits=2,
            is_higher_better=True,
            of=_on_y(metrics.psnr),
            help="of the y channel, decibels",
        ),
        Measure(
            name="ssim_daala_y",
            label="SSIM-d",
            digits=4,
            is_higher_better=True,
            of=_on_y(metrics.ssim_daala),
            help="of the y channel as the paper printed it, the daala project's",
        ),
        Measure(
            name="ssim_y",
            label="SSIM",
            digits=4,
            is_higher_better=True,
            of=_on_y(metrics.ssim),
            help="of the y channel, the usual one; not to be set beside the paper's",
        ),
        Measure(
            name="lpips",
            label="LPIPS",
            digits=4,
            is_higher_better=False,
            of=lambda pictures: metrics.lpips(pictures.sr, pictures.hr),
            help="perceptual distance, AlexNet v0.1; lower is closer to the eye",
        ),
        Measure(
            name="psnr_rgb",
            label="RGB",
            unit="dB",
            digits=2,
            is_higher_better=True,
            of=lambda pictures: metrics.psnr_rgb(pictures.sr, pictures.hr, scale=pictures.scale),
            help="PSNR over all three channels, decibels",
        ),
        Measure(
            name="consistency",
            label="LR",
            unit="dB",
            digits=2,
            is_higher_better=True,
            of=lambda pictures: metrics.consistency(pictures.sr, pictures.lr, scale=pictures.scale),
            help="PSNR of the result, made small again, against its input, decibels",
        ),
    )
}


def find_measures(names: Sequence[str] | None) -> tuple[list[Measure], list[str]]:
    """The metrics of these names, or all.

    Returns:
        Those that can be taken here; and of all, when none are named, a sentence for each that
        cannot.

    Raises:
        UnknownMethod: a name that is none.
        MissingExtra: a metric was named whose library is missing.
    """
    for name in names or ():
        if name not in MEASURES:
            raise UnknownMethod(f"There is no metric '{name}'. {nearest(name, MEASURES)}")
    chosen = [MEASURES[name] for name in names or MEASURES]
    missing = []
    if any(measure.name == "lpips" for measure in chosen):
        try:
            _ = metrics.lpips
        except MissingExtra as error:
            if names:
                raise
            missing.append(str(error))
            chosen = [measure for measure in chosen if measure.name != "lpips"]
    return chosen, missing


def measure_all(measures: Sequence[Measure], pictures: Compared) -> dict[str, float]:
    """Each metric's value of one result."""
    return {measure.name: measure.of(pictures) for measure in measures}
