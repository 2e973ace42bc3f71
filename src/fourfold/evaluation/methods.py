"""What makes large pictures: the built-in methods, models with settings, and others' results."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fourfold.errors import FailedMethod, FourfoldError, UnknownMethod, nearest
from fourfold.evaluation.dataset import Pair
from fourfold.evaluation.settings import read_settings
from fourfold.imaging import enlarge, grey, image_extensions, quantise, read_image
from fourfold.upscaling import Upscaler
from fourfold.weights import load_weights, shipped_names, tensors_sha256

BUILT_IN = ("nearest", "bicubic", "original")


@dataclass(frozen=True)
class Case:
    """A pair and its pixels."""

    pair: Pair
    lr: np.ndarray
    hr: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Method:
    """What makes a large picture of a small one, under the name that tables show."""

    name: str
    settings: str
    """All that its results depend on, in words."""
    run: Callable[[Case], np.ndarray]
    """Gives sr, uint8, of the shape of hr. What it raises fails that picture."""
    key: str | None = None
    """Results are kept on the disk under this and the hash of lr; None where that saves nothing."""


def from_function(name: str, enlarge: Callable[[np.ndarray], np.ndarray]) -> Method:
    """A method from any function of a small picture, uint8 (H, W, 3) or (H, W), to a large one."""
    return Method(name=name, settings="a Python function", run=lambda case: enlarge(case.lr))


def default_methods(scale: int) -> list[str]:
    """Nearest, bicubic, and the shipped networks of a scale, those that measure true first.

    Test sets are clean: networks for degraded photographs are measured where they are named.
    """
    shipped = [
        name
        for name in shipped_names()
        if not name.endswith("-photo") and load_weights(name).config.scale == scale
    ]
    return ["nearest", "bicubic", *sorted(shipped, key=lambda name: name[:3] != "srr")]


def find_methods(methods: Sequence[str | Method], *, scale: int) -> list[Method]:
    """The methods that are measured, each as `find_method` reads it where it is a word.

    Raises:
        UnknownMethod: none is named, one is unknown, or two have one name.
    """
    found = [
        find_method(method, scale=scale) if isinstance(method, str) else method
        for method in methods
    ]
    names = [method.name for method in found]
    for name in names:
        if names.count(name) > 1:
            raise UnknownMethod(f"Two methods are called '{name}'; name one of them: OTHER={name}.")
    if not found:
        raise UnknownMethod("No method is named; there must be one at least.")
    return found


def find_method(text: str, *, scale: int) -> Method:
    """The method that a word of the command line stands for.

    Args:
        text: `nearest`, `bicubic` or `original`; a model (a shipped name, a weights file or a run),
            with settings after a colon: `srgan:realism=0.8`; or NAME= before one of these or
            before a folder of results that another program made.
        scale: factor per side.

    Raises:
        UnknownMethod: none of these, or a setting that there is not.
    """
    if text in BUILT_IN:
        return _built_in(text, scale)
    name, separator, rest = text.partition("=")
    if not separator or ":" in name or "/" in name:  # the = of a setting or a path
        name, rest = text, text
    if not name or not rest:
        raise UnknownMethod(f"'{text}' is no method; write NAME=FOLDER or NAME=MODEL.")
    if rest in BUILT_IN:
        return replace(_built_in(rest, scale), name=name)
    if _is_results(Path(rest)):
        return _results(name, Path(rest))
    return _model(name, rest, scale)


def _built_in(name: str, scale: int) -> Method:
    if name == "nearest":
        return Method(
            name=name,
            settings="each pixel repeated",
            run=lambda case: case.lr.repeat(scale, axis=0).repeat(scale, axis=1),
        )
    if name == "bicubic":
        return Method(
            name=name,
            settings="MATLAB's imresize, a = -0.5",
            run=lambda case: enlarge(case.lr, scale),
        )
    return Method(name=name, settings="the original itself", run=lambda case: case.hr)


def _model(name: str, text: str, scale: int) -> Method:
    model, _, asked = text.partition(":")
    try:
        weights = load_weights(model)
    except FourfoldError as error:
        hint = nearest(model, [*BUILT_IN, *shipped_names()])
        raise UnknownMethod(f"There is no method '{model}': {error} {hint}") from error
    if weights.config.scale != scale:
        raise UnknownMethod(
            f"The model '{model}' enlarges {weights.config.scale} times, not {scale}; "
            f"take --scale {weights.config.scale}."
        )
    settings = read_settings(asked)
    upscaler = Upscaler(model, device="cpu", **settings.keywords)
    described = f"{settings.described(upscaler)}, fp32, {upscaler.engine.split()[0]} engine"
    content = {"tensors": tensors_sha256(weights.tensors), "settings": described}
    return Method(
        name=name,
        settings=described,
        run=lambda case: upscaler(case.lr),
        key=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
    )


def _is_results(path: Path) -> bool:
    return path.is_dir() and not (path / "best").is_dir()


def _results(name: str, folder: Path) -> Method:
    return Method(
        name=name,
        settings=f"results of another program, {folder.name}/",
        run=lambda case: _as_hr(read_image(_result_of(case.pair, folder)), case.hr),
    )


def _result_of(pair: Pair, folder: Path) -> Path:
    """The one result in a folder, or in its folder of the set's name, that is of this picture."""
    inside = folder / pair.test_set if (folder / pair.test_set).is_dir() else folder
    named = [
        path
        for path in sorted(inside.iterdir())
        if path.suffix.lower() in image_extensions() and path.stem.startswith(pair.name)
    ]
    exact = [path for path in named if path.stem == pair.name]
    # baby_x4.png and babyx4.png are of baby; baby2.png is of another picture.
    longer = (
        [path for path in named if not path.stem[len(pair.name)].isdigit()] if not exact else []
    )
    found = exact or longer
    if not found:
        raise FailedMethod(f"{inside} holds no result for {pair.name}.")
    if len(found) > 1:
        names = " and ".join(path.name for path in found[:2])
        raise FailedMethod(f"{inside} holds several results for {pair.name}: {names}.")
    return found[0]


def _as_hr(sr: np.ndarray, hr: np.ndarray) -> np.ndarray:
    """A result with as many channels as its original: other programs write grey as colour."""
    if sr.ndim == 3 and sr.shape[2] == 3 and hr.ndim == 2 and sr.dtype == np.uint8:
        return quantise(grey(sr.astype(np.float64) / 255), np.uint8)
    if sr.ndim == 2 and hr.ndim == 3:
        return np.stack([sr] * 3, axis=2)
    return sr
