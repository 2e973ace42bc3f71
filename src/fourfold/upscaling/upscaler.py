"""From a small picture to a large one: what `fourfold upscale` and Python users call."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fourfold.imaging import Colour, already_there
from fourfold.upscaling.arrays import checked_picture
from fourfold.upscaling.engines import Engine, EngineName, exact_engine, open_engine, why_no_native
from fourfold.upscaling.pages import ROWS_A_PART, enlarge_pages
from fourfold.upscaling.picture import Facts, Options, Progress, enlarge_picture, facts_of
from fourfold.upscaling.precision import Precision
from fourfold.upscaling.region import Region, region_of
from fourfold.upscaling.restarts import with_restarts
from fourfold.upscaling.size import check_size, scaled_size
from fourfold.weights import DEFAULT_MODEL, fold, interpolate, load_partner, load_weights, model_at

if TYPE_CHECKING:
    from fourfold.imaging import PictureRows

MAX_MEGAPIXELS = 1600
"""Millions of pixels of a result, all pages together, above which pictures are refused."""

_PROBE_SIDE = 96  # pixels; large enough to run at the engine's usual rate, done in a blink


class Upscaler:
    """A network ready to enlarge pictures; several threads may use one.

    Args:
        model: the name of shipped weights (`srgan`, `srresnet`) or the path of a weights file.
        scale: factor per side, from 1 to the network's, which is the default. Below it, the
            network's result is reduced by the exact bicubic; at 2 a twin NAME-x2 of the model
            runs, if it has one.
        realism: from 0 to 1: how much of the detail that a network invents, by interpolation with
            the one that it started from; 0 is that one, 1 the network itself.
        engine: native (every CPU), torch (GPUs; needs PyTorch), or auto, which takes native on
            a CPU where it can.
        device: auto, cpu, cuda, cuda:N or mps; auto takes a CUDA GPU if PyTorch sees one.
        precision: fp32, fp16 or bf16; auto is fp32 on CPUs, and on CUDA GPUs fp16 for uint8 and
            fp32 for more. Half precision is the torch engine's, but for bf16 on CPUs with AMX. A
            picture whose values leave its range begins anew in fp32.
        consistent: whether the result, reduced by the exact bicubic, is the input again; as the
            weights say if None.
        ensemble: whether the result is the mean over the eight flips and rotations of the picture:
            eight times the work, and the whole picture in memory.
        threads: of the native engine; all cores if None. They change the speed, not the picture.
        memory: bytes that the torch engine's maps may take, and a picture that must be held whole;
            the native engine's maps stay under 450 MB. Out of a GPU's memory, a picture begins
            anew in strips of half the height. Across strip heights results differ by one level at
            most, on fewer than 1 in 4,000 values.

    Raises:
        UnknownModel: neither a shipped name nor a file, or no partner to change realism with.
        InvalidSize: a scale that the network does not reach, or below 1.
        InvalidConfig: a realism outside 0 to 1, or a number of threads or bytes that cannot be.
        InvalidWeights: the file is not a weights file of fourfold, or is damaged.
        UnavailableDevice: the engine, the device or the precision is not there.
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
        precision: Precision = "auto",
        consistent: bool | None = None,
        ensemble: bool = False,
        threads: int | None = None,
        memory: int = 2 << 30,
    ) -> None:
        model = model_at(model, scale)
        weights = load_weights(model)
        self.config = weights.config
        self.scale = float(weights.config.scale if scale is None else scale)
        """Factor per side of a result."""
        scaled_size(1, 1, self.scale, largest=self.config.scale)  # refuses what cannot be
        network = fold(weights)
        if realism != 1:
            network = interpolate(network, fold(load_partner(model)), realism)
        self._engine = open_engine(
            network,
            engine=engine,
            device=device,
            threads=threads,
            memory=memory,
            precision=precision,
        )
        self.fallback: str | None = why_no_native(
            network, engine=engine, device=device, precision=precision
        )
        """Why PyTorch runs on a CPU though it was not asked for; None where it does not."""
        self._exact = exact_engine(self._engine, asked=precision)
        self._options = Options(
            consistent=weights.card.consistent if consistent is None else consistent,
            ensemble=ensemble,
            threads=threads,
            memory=memory,
            radius=network.radius,
        )
        self._memory = memory
        self._seconds_a_pixel: float | None = None

    @property
    def engine(self) -> str:
        """What runs the network, and where: `native avx2`, `torch cuda:0`."""
        return self._engine.name

    @property
    def consistent(self) -> bool:
        """Whether results are made consistent with their inputs."""
        return self._options.consistent

    def __call__(
        self,
        image: ArrayLike,
        *,
        region: Region | tuple[int, int, int, int] | None = None,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """Enlarge a picture.

        Args:
            image: R'G'B', shape (H, W, 3); or grey (H, W); or with straight alpha (H, W, 4) and
                (H, W, 2); uint8, uint16, or float in [0, 1]; or anything with `__array__`, such as
                Pillow's images in modes L, LA, RGB, RGBA and I;16.
            region: x, y, width and height of the part of it that is wanted, with the pixels that it
                has in the whole result, within one level; all if None.
            progress: told how many rows of the input are done.

        Returns:
            Shape `result_size(H, W)`, or the region's part of it, and the channels, of the same
            type. Grey stays grey; alpha is enlarged by the bicubic.

        Raises:
            InvalidImage: another shape or type, or floats outside [0, 1].
            InvalidSize: the picture does not have the region.
            ImageTooLarge: memory ran out, or more is needed than `memory` for the ensemble.
            BrokenResult: the result cannot be right: constant where the picture is not.
        """
        checked = checked_picture(image)
        height, width, *bands = checked.shape
        size = self.result_size(height, width)
        area = region_of(region)
        shape = size if area is None else area.size(height, width, size)

        def enlarge(engine: Engine, restarts: tuple[str, ...]) -> np.ndarray:
            sr = np.empty((*shape, *bands), checked.dtype)
            parts = (checked[top : top + ROWS_A_PART] for top in range(0, height, ROWS_A_PART))
            written = 0
            for ready in enlarge_picture(
                engine,
                parts,
                height=height,
                width=width,
                size=size,
                options=self._options,
                facts=facts_of(engine, self._options, restarts),
                region=area,
                progress=progress,
            ):
                sr[written : written + len(ready)] = ready
                written += len(ready)
            return sr

        return with_restarts(self._engine_for(checked.dtype), enlarge)

    def result_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the result of a picture."""
        return scaled_size(height, width, self.scale, largest=self.config.scale)

    def file(
        self,
        source: "Path | str | PictureRows",
        target: Path | str,
        *,
        size: tuple[int, int] | None = None,
        overwrite: bool = False,
        quality: int = 95,
        background: Colour | None = None,
        keep_metadata: bool = True,
        max_megapixels: float = MAX_MEGAPIXELS,
        region: Region | tuple[int, int, int, int] | None = None,
        progress: Progress | None = None,
    ) -> Facts:
        """Enlarge a picture from file to file.

        Rows are decoded, enlarged and encoded as they come, so that memory does not grow with the
        picture's height. The pixels are those of `__call__`. The frames of an animation and the
        pages of a TIFF are enlarged one by one. What a file holds and a result cannot is told by
        `PictureRows.notes` (a gain map) and `note_on_colours` (a profile).

        Args:
            source: a picture file, or one that is open already.
            target: ends in the extension of a format; written whole or not at all.
            size: rows and columns of the result, at most the network's; by `scale` if None.
            overwrite: whether a target that is there is replaced.
            quality: of JPEG, WebP, AVIF and HEIC, 1 to 100.
            background: the R'G'B' colour, 0 to 255, laid behind what is transparent.
            keep_metadata: whether EXIF, XMP, IPTC and resolution are carried over; the colour
                profile always is, for the pixels mean nothing without it.
            max_megapixels: of the network's result, in millions of pixels, all pages together; a
                `source` that would become more is refused, from its header.
            region: the part of it that is wanted, as in `__call__`; `size` is the whole result's.
            progress: told how many rows of the input are done.

        Returns:
            What the result was made with, and how well it agrees with its input.

        Raises:
            UnreadableImage: the source is missing, cut short, or no picture.
            ImageTooLarge: more pixels than allowed, or than the target's format can hold.
            InvalidSize: such a `size` cannot be, or the picture does not have the region.
            UnwritableImage: the target is there already, its format cannot hold the result, or its
                place cannot be written; or there is no such quality.
        """
        from fourfold.imaging import PictureRows, row_writer  # libvips, which arrays do without

        if not overwrite and os.path.lexists(target):
            raise already_there(Path(target))
        if not isinstance(source, PictureRows):
            source = self.open_file(source, max_megapixels=max_megapixels)
        height, width = source.height, source.width
        size = size or self.result_size(height, width)
        check_size(size, height, width, largest=self.config.scale)
        area = region_of(region)
        shape = size if area is None else area.size(height, width, size)

        def enlarge(engine: Engine, restarts: tuple[str, ...]) -> Facts:
            picture = source.again() if restarts else source
            facts = facts_of(engine, self._options, restarts)
            with row_writer(
                Path(target),
                height=shape[0],
                width=shape[1],
                bands=picture.bands,
                dtype=picture.dtype,
                metadata=picture.metadata if keep_metadata else picture.metadata.profile_alone(),
                pages=picture.pages,
                overwrite=overwrite,
                quality=quality,
                background=background,
                memory=self._memory,
            ) as write:
                for ready in enlarge_pages(
                    engine,
                    picture,
                    size=size,
                    options=self._options,
                    facts=facts,
                    region=area,
                    progress=progress,
                ):
                    write(ready)
            return facts

        return with_restarts(self._engine_for(source.dtype), enlarge)

    def open_file(
        self, source: Path | str, *, max_megapixels: float = MAX_MEGAPIXELS
    ) -> "PictureRows":
        """A picture file, opened for `file`, at the price of what the network makes of it."""
        from fourfold.imaging import PictureRows

        return PictureRows(
            source,
            max_megapixels=max_megapixels,
            enlarged=self.config.scale,
            memory=self._memory,
        )

    def _engine_for(self, dtype: np.dtype) -> Engine:
        return self._engine if dtype == np.uint8 else self._exact

    def estimate_seconds(self, height: int, width: int) -> float:
        """About how long a picture will take, from a small one that is timed once."""
        if self._seconds_a_pixel is None:
            probe = np.zeros((_PROBE_SIDE, _PROBE_SIDE, 3), np.uint8)
            self(probe[:8])  # the first picture pays for what the libraries set up
            start = time.perf_counter()
            self(probe)
            self._seconds_a_pixel = (time.perf_counter() - start) / _PROBE_SIDE**2
        return self._seconds_a_pixel * height * width * self._engine.passes(height, width)
