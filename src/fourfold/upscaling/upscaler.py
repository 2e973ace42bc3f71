"""From a small picture to a large one: what `fourfold upscale` and Python users call."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from fourfold.errors import InvalidImage
from fourfold.imaging import Colour, PictureRows, RowReduction, already_there, row_writer
from fourfold.upscaling.engines import EngineName, open_engine
from fourfold.upscaling.rows import page_of, upscale_rows
from fourfold.upscaling.size import scaled_size
from fourfold.weights import DEFAULT_MODEL, fold, interpolate, load_partner, load_weights

Progress = Callable[[int, int], None]
"""Called with the input rows that are done, and all input rows, after each strip."""

_ROWS_A_PART = 64
_PROBE_SIDE = 96  # pixels; large enough to run at the engine's usual rate, done in a blink


class Upscaler:
    """A network ready to enlarge pictures; several threads may use one.

    Args:
        model: the name of shipped weights (`srgan`, `srresnet`) or the path of a weights file.
        scale: factor per side, from 1 to the network's, which is the default. Below it, the
            network's result is reduced by the exact bicubic.
        realism: from 0 to 1: how much of the detail that a network invents, by interpolation with
            the one that it started from; 0 is that one, 1 the network itself.
        engine: native (every CPU), torch (GPUs; needs PyTorch), or auto, which takes native on
            a CPU where it can.
        device: auto, cpu, cuda, cuda:N or mps; auto takes a CUDA GPU if PyTorch sees one.
        threads: of the native engine; all cores if None. They change the speed, not the picture.
        memory: bytes that the torch engine's maps may take; the native engine's stay under
            450 MB. The picture and its result come on top.

    Raises:
        UnknownModel: neither a shipped name nor a file, or no partner to change realism with.
        InvalidSize: a scale that the network does not reach, or below 1.
        InvalidConfig: a realism outside 0 to 1.
        InvalidWeights: the file is not a weights file of fourfold, or is damaged.
        UnavailableDevice: the engine or device is not there.
        MissingExtra: what the engine needs is not installed.

    Example:
        >>> import numpy as np
        >>> from fourfold import Upscaler
        >>> lr = np.zeros((32, 48, 3), np.uint8)
        >>> Upscaler("srresnet")(lr).shape
        (128, 192, 3)
    """

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        scale: float | None = None,
        realism: float = 1.0,
        engine: EngineName = "auto",
        device: str = "auto",
        threads: int | None = None,
        memory: int = 2 << 30,
    ) -> None:
        weights = load_weights(model)
        self.config = weights.config
        self.scale = float(weights.config.scale if scale is None else scale)
        """Factor per side of a result."""
        scaled_size(1, 1, self.scale, largest=self.config.scale)  # refuses what cannot be
        network = fold(weights)
        if realism != 1:
            network = interpolate(network, fold(load_partner(model)), realism)
        self._engine = open_engine(
            network, engine=engine, device=device, threads=threads, memory=memory
        )
        self._memory = memory
        self._seconds_a_pixel: float | None = None

    @property
    def engine(self) -> str:
        """What runs the network and where: `native avx2`, `torch cuda:0`."""
        return self._engine.name

    def __call__(self, image: np.ndarray, *, progress: Progress | None = None) -> np.ndarray:
        """Enlarge a picture.

        Args:
            image: R'G'B', shape (H, W, 3); or grey (H, W); or with straight alpha (H, W, 4) and
                (H, W, 2); uint8, uint16, or float in [0, 1].
            progress: told how many rows of the input are done.

        Returns:
            Shape `result_size(H, W)` and the channels, of the same type. Grey stays grey; alpha is
            enlarged by the bicubic.

        Raises:
            InvalidImage: another shape or type, or floats outside [0, 1].
        """
        image = _checked(image)
        height, width, *bands = image.shape
        size = self.result_size(height, width)
        sr = np.empty((*size, *bands), image.dtype)
        parts = (image[top : top + _ROWS_A_PART] for top in range(0, height, _ROWS_A_PART))
        written = 0
        for ready in self._rows(parts, height, width, size, progress):
            sr[written : written + len(ready)] = ready
            written += len(ready)
        return sr

    def result_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the result of a picture."""
        return scaled_size(height, width, self.scale, largest=self.config.scale)

    def file(
        self,
        source: Path | str | PictureRows,
        target: Path | str,
        *,
        size: tuple[int, int] | None = None,
        overwrite: bool = False,
        quality: int = 95,
        background: Colour | None = None,
        keep_metadata: bool = True,
        max_megapixels: float = 100,
        progress: Progress | None = None,
    ) -> None:
        """Enlarge a picture from file to file.

        Rows are decoded, enlarged and encoded as they come, so that memory does not grow with the
        picture's height. The pixels are those of `__call__`. The frames of an animation and the
        pages of a TIFF are enlarged one by one. What a file holds and a result cannot, such as a
        gain map, is told by `PictureRows.notes`.

        Args:
            source: a picture file, or one that is open already.
            target: ends in the extension of a format; written whole or not at all.
            size: rows and columns of the result, at most the network's; by `scale` if None.
            overwrite: whether a target that is there is replaced.
            quality: of JPEG, WebP, AVIF and HEIC, 1 to 100.
            background: the R'G'B' colour, 0 to 255, that is laid behind what is transparent.
            keep_metadata: whether EXIF, XMP, IPTC and resolution are carried over; the colour
                profile always is, for the pixels mean nothing without it.
            max_megapixels: millions of pixels above which `source` is refused.
            progress: told how many rows of the input are done.

        Raises:
            UnreadableImage: the source is missing, cut short, or no picture.
            ImageTooLarge: more pixels than allowed, or than the target's format can hold.
            UnwritableImage: the target is there already, its format cannot hold the result, or its
                place cannot be written.
        """
        if not overwrite and os.path.lexists(target):
            raise already_there(Path(target))
        if not isinstance(source, PictureRows):
            source = PictureRows(
                source, max_megapixels=max_megapixels, memory=self._memory, background=background
            )
        size = size or self.result_size(source.height, source.width)
        with row_writer(
            Path(target),
            height=size[0],
            width=size[1],
            bands=source.bands,
            dtype=source.dtype,
            metadata=source.metadata if keep_metadata else source.metadata.profile_alone(),
            pages=source.pages,
            overwrite=overwrite,
            quality=quality,
            memory=self._memory,
        ) as write:
            for ready in self._pages(source, size, progress):
                write(ready)

    def _pages(
        self, source: PictureRows, size: tuple[int, int], progress: Progress | None
    ) -> Iterator[np.ndarray]:
        """The rows of the result, each page for itself."""
        parts = source.read(_ROWS_A_PART)
        total = source.pages.count * source.height
        for page in range(source.pages.count):
            before = page * source.height

            def told(done: int, _: int, before: int = before) -> None:
                if progress is not None:
                    progress(before + done, total)

            rows = page_of(parts, source.height)
            yield from self._rows(rows, source.height, source.width, size, told)

    def _rows(
        self,
        parts: Iterable[np.ndarray],
        height: int,
        width: int,
        size: tuple[int, int],
        progress: Progress | None,
    ) -> Iterator[np.ndarray]:
        """The rows of the result in `size`, as they are ready."""
        factor = self.config.scale
        full = (factor * height, factor * width)
        reduction = None if size == full else RowReduction(height=full[0], width=full[1], to=size)
        done = 0
        for ready in upscale_rows(self._engine, parts, height=height):
            yield ready if reduction is None else reduction.push(ready)
            done += len(ready)
            if progress is not None:
                progress(done // factor, height)

    def estimate_seconds(self, height: int, width: int) -> float:
        """About how long a picture will take, from a small one that is timed once."""
        if self._seconds_a_pixel is None:
            probe = np.zeros((_PROBE_SIDE, _PROBE_SIDE, 3), np.uint8)
            self(probe[:8])  # the first picture pays for what the libraries set up
            start = time.perf_counter()
            self(probe)
            self._seconds_a_pixel = (time.perf_counter() - start) / _PROBE_SIDE**2
        return self._seconds_a_pixel * height * width * self._engine.passes(height, width)


def _checked(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    shaped = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (2, 3, 4))
    if not shaped or 0 in image.shape:
        raise InvalidImage(
            f"An array of shape {image.shape} is no picture; (H, W), (H, W, 3), or with alpha "
            "(H, W, 2) and (H, W, 4) are."
        )
    if image.dtype not in (np.uint8, np.uint16) and image.dtype.kind != "f":
        raise InvalidImage(f"Pixels are {image.dtype}; uint8, uint16 or float in [0, 1] is needed.")
    if image.dtype.kind == "f" and not (image.min() >= 0 and image.max() <= 1):
        raise InvalidImage(
            f"Pixels go from {image.min():g} to {image.max():g}; floats in [0, 1] are needed."
        )
    return image
