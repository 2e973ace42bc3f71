"""Scores on photographs that are held out from training."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch

from fourfold.errors import InvalidData
from fourfold.imaging import enlarge, reduce
from fourfold.metrics import PAPER, consistency, lpips, psnr_y
from fourfold.networks import Generator, generator_tensors
from fourfold.training.packing import Pack, Place
from fourfold.upscaling import Upscaler, open_engine
from fourfold.weights import Card, Weights, fold

Shrink = Callable[[np.ndarray, str], np.ndarray]

PROTOCOL = PAPER
_SHARE, _LEAST = 0.02, 4  # of the photographs, held out where no folder of others is given
_HIGHEST = 100.0  # decibels: flat ground can come out perfect, which no mean survives
_MEMORY = 1 << 30  # bytes, of an engine for centres
_SIDE = 256  # pixels, of the centre that is looked at while a run goes on


@dataclass(frozen=True)
class Scores:
    """Means over the held-out photographs."""

    psnr_y: float
    """Decibels, protocol `paper`."""
    lpips_alex: float
    consistency: float
    """Decibels; see `metrics.consistency`. Where the input is another, against the bicubic."""
    gain: float
    """Decibels of PSNR-y above the bicubic, which can be compared between sets of photographs."""

    def merit(self, *, is_perceptual: bool) -> float:
        """What the best weights have most of: decibels, or likeness to the eye."""
        return -self.lpips_alex if is_perceptual else self.psnr_y

    def __str__(self) -> str:
        return (
            f"held-out photographs {self.psnr_y:.3f} dB, LPIPS {self.lpips_alex:.4f}, "
            f"consistency {self.consistency:.1f} dB, {self.gain:+.2f} dB on the bicubic"
        )


def hold_out(places: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """Part photographs into those to train on and those held out: 2 %, at least 4.

    The hash of the name decides, so that a few photographs more move few from side to side.

    Raises:
        InvalidData: nothing would be left to train on.
    """
    ranked = sorted(places, key=lambda place: hashlib.sha256(place.name.encode()).digest())
    count = count_held_out(len(ranked))
    held_out = set(ranked[:count])
    return [place for place in places if place not in held_out], ranked[:count]


def count_held_out(photographs: int) -> int:
    """How many of so many photographs are held out.

    Raises:
        InvalidData: nothing would be left to train on.
    """
    count = max(_LEAST, round(_SHARE * photographs))
    if photographs <= count:
        raise InvalidData(
            f"There are {photographs} photographs, and {count} must be held out to look at: add "
            "photographs, or name a folder of others with --validate."
        )
    return count


def validate(
    generator: Generator,
    pack: Pack,
    places: Sequence[Place],
    *,
    shrink: Shrink | None = None,
    side: int = _SIDE,
) -> Scores:
    """Score a generator on the centres of photographs, which takes little time.

    Args:
        generator: in evaluation mode.
        pack: where the photographs lie.
        places: those to look at.
        shrink: makes the input, always the same, of an original and its name; else the bicubic.
        side: of the centre squares, pixels; smaller photographs count whole.
    """
    scale = generator.config.scale
    return _scores(_upscaling(generator), scale, pack, places, shrink=shrink, side=side)


def validate_whole(
    weights: Path,
    pack: Pack,
    places: Sequence[Place],
    *,
    device: str,
    shrink: Shrink | None = None,
) -> Scores:
    """Score a weights file on whole photographs, as `fourfold upscale` enlarges them."""
    upscaler = Upscaler(weights, device=device)
    scale = upscaler.config.scale
    return _scores(upscaler, scale, pack, places, shrink=shrink, side=None)


def beside_each_other(
    generator: Generator, pack: Pack, places: Sequence[Place], shrink: Shrink, *, side: int = 192
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Of the centres of photographs: names, and LR, bicubic, result and original in one size."""
    scale, upscale = generator.config.scale, _upscaling(generator)
    for place in places:
        hr = centre(pack.read(place), side, scale)
        lr = shrink(hr, place.name)
        blocks = lr.repeat(scale, axis=0).repeat(scale, axis=1)
        yield place.name, [blocks, enlarge(lr, scale), upscale(lr), hr]


def centre(image: np.ndarray, side: int | None, scale: int) -> np.ndarray:
    """The middle of a picture: whole multiples of `scale`, at most `side` pixels a side."""
    kept = []
    for length in image.shape[:2]:
        inside = min(side or length, length) // scale * scale
        start = (length - inside) // 2
        kept.append(slice(start, start + inside))
    return np.array(image[tuple(kept)])  # a copy: of a pack nothing may be written


def _scores(
    upscale: Callable[[np.ndarray], np.ndarray],
    scale: int,
    pack: Pack,
    places: Sequence[Place],
    *,
    shrink: Shrink | None,
    side: int | None,
) -> Scores:
    rows = []
    for place in places:
        hr = centre(pack.read(place), side, scale)
        clean = reduce(hr, scale)
        lr = shrink(hr, place.name) if shrink else clean
        sr = upscale(lr)
        psnr, bicubic = (
            min(psnr_y(image, hr, scale=scale, protocol=PROTOCOL), _HIGHEST)
            for image in (sr, enlarge(lr, scale))
        )
        agreement = min(consistency(sr, clean, scale=scale), _HIGHEST)
        rows.append((psnr, lpips(sr, hr), agreement, psnr - bicubic))
    return Scores(*(fmean(column) for column in zip(*rows, strict=True)))


def _upscaling(generator: Generator) -> Callable[[np.ndarray], np.ndarray]:
    """What enlarges a small picture as the generator would, by the engine: faster on a CPU."""
    card = Card(purpose="a look", recipe="", data="")
    weights = Weights(config=generator.config, tensors=generator_tensors(generator), card=card)
    engine = open_engine(
        fold(weights),
        engine="auto",
        device=str(next(generator.parameters()).device),
        memory=_MEMORY,
        threads=torch.get_num_threads(),
        precision="fp32",
    )
    return lambda lr: engine.open(lr.shape[1]).push(lr, last=True)
