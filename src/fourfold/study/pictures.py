"""The pictures of a study: found, checked against each other, and copied without what tells."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fourfold.errors import InvalidStudy
from fourfold.imaging import image_extensions, quantise, read_image, read_size, reduce, write_image
from fourfold.study.ratings import NEAREST, REFERENCE

_CALIBRATION_SCALE = 4
_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """One picture that raters see, and the file that holds it."""

    method: str
    image: str
    set: str
    width: int
    """Pixels."""
    height: int
    sha256: str
    """Of the PNG file in the study's folder, which bears it as its name."""
    anchor: int | None = None
    """The score that calibration tells, of a calibration picture; None: it is rated."""


def find_images(folder: Path) -> dict[str, Path]:
    """The pictures below a folder, by their paths in it without extension: `Set5/baby`.

    Raises:
        InvalidStudy: no such folder, none in it, or two of one name.
    """
    if not folder.is_dir():
        raise InvalidStudy(f"{folder} is no folder; name one that holds pictures.")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix.lower() not in image_extensions() or any(p.startswith(".") for p in parts):
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise InvalidStudy(
                f"{found[name]} and {path} bear one name; a study needs one of them."
            )
        found[name] = path
    if not found:
        raise InvalidStudy(f"There are no pictures in {folder}; PNG and JPEG are read.")
    return found


def check_methods(reference: Mapping[str, Path], methods: Mapping[str, Mapping[str, Path]]) -> None:
    """Every method has every image of the reference, at its size.

    Raises:
        InvalidStudy: the sentence names each picture that is missing or of another size.
    """
    wrong = []
    for image, path in reference.items():
        size = read_size(path)
        for method, pictures in methods.items():
            if image not in pictures:
                wrong.append(f"{method} lacks {image}")
            elif (found := read_size(pictures[image])) != size:
                wrong.append(
                    f"{method} has {image} at {found[1]}x{found[0]}, the reference at "
                    f"{size[1]}x{size[0]}"
                )
    if wrong:
        more = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        raise InvalidStudy(
            "Every method needs every image of the reference at its size: "
            f"{'; '.join(wrong[:_MOST_NAMED])}{more}."
        )


def rated_stimuli(
    folder: Path, images: Mapping[str, Path], methods: Mapping[str, Mapping[str, Path]]
) -> Iterator[Stimulus]:
    """Copy every method's picture of every image into a folder; the reference's as a method."""
    for image, original in images.items():
        for method, pictures in [*methods.items(), (REFERENCE, {image: original})]:
            yield _stored(folder, _shown(pictures[image]), method=method, image=image)


def calibration_stimuli(
    folder: Path, images: Mapping[str, Path], *, cropped: bool
) -> Iterator[Stimulus]:
    """Write nearest (told to be a 1) and original (told to be a 5) of each image into a folder.

    Args:
        folder: of the study's pictures.
        images: originals, by name.
        cropped: whether only the middle of each is shown, since the whole is rated later.
    """
    for image, path in images.items():
        original = _whole_cells(_shown(path), cropped=cropped)
        small = reduce(original, _CALIBRATION_SCALE)
        nearest = small.repeat(_CALIBRATION_SCALE, axis=0).repeat(_CALIBRATION_SCALE, axis=1)
        yield _stored(folder, nearest, method=NEAREST, image=image, anchor=1)
        yield _stored(folder, original, method=REFERENCE, image=image, anchor=5)


def _shown(path: Path) -> np.ndarray:
    """The pixels as a browser is to show them: uint8, opaque."""
    pixels = read_image(path)
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        raise InvalidStudy(f"{path} has transparency; a study shows opaque pictures.")
    if pixels.dtype == np.uint16:
        return quantise(pixels / 65535, np.uint8)
    return pixels


def _whole_cells(pixels: np.ndarray, *, cropped: bool) -> np.ndarray:
    """Cut to sides that nearest can fill; where `cropped`, to the middle half of each side."""
    height, width = pixels.shape[:2]
    if min(height, width) < 2 * _CALIBRATION_SCALE:
        raise InvalidStudy(f"A picture of {width}x{height} is too small to calibrate with.")
    if cropped:
        pixels = pixels[height // 4 : height - height // 4, width // 4 : width - width // 4]
    height, width = (side - side % _CALIBRATION_SCALE for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[:height, :width])


def _stored(
    folder: Path, pixels: np.ndarray, *, method: str, image: str, anchor: int | None = None
) -> Stimulus:
    """Write pixels alone, without metadata that could tell the method, under their hash."""
    temporary = folder / "new.png"
    write_image(pixels, temporary)
    sha256 = hashlib.sha256(temporary.read_bytes()).hexdigest()
    temporary.replace(picture_path(folder, sha256))
    return Stimulus(
        method=method,
        image=image,
        set=image.rpartition("/")[0],
        width=pixels.shape[1],
        height=pixels.shape[0],
        sha256=sha256,
        anchor=anchor,
    )


def picture_path(folder: Path, sha256: str) -> Path:
    """Where the picture of a hash lies."""
    return folder / f"{sha256}.png"


def check_pictures(folder: Path, stimuli: list[Stimulus]) -> None:
    """Every picture is there and is what it was when the study was made.

    Raises:
        InvalidStudy: one is missing or altered.
    """
    for stimulus in stimuli:
        path = picture_path(folder, stimulus.sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidStudy(
                f"The study's picture {path} cannot be read: {error.strerror}."
            ) from error
        if hashlib.sha256(content).hexdigest() != stimulus.sha256:
            raise InvalidStudy(
                f"The study's picture {path} is no longer what it was when the study was made."
            )


def method_folders(lines: tuple[str, ...]) -> dict[str, Path]:
    """Read NAME=FOLDER lines.

    Raises:
        InvalidStudy: a line without a name or a folder, a name twice, or the reference's.
    """
    methods: dict[str, Path] = {}
    for line in lines:
        name, _, folder = line.partition("=")
        if not name.strip() or not folder:
            raise InvalidStudy(f"'{line}' is no method; write NAME=FOLDER: srgan=results/srgan.")
        if name in methods:
            raise InvalidStudy(f"There are two methods of the name '{name}'; each needs its own.")
        if name == REFERENCE:
            raise InvalidStudy(
                f"'{REFERENCE}' is the name of the hidden reference; name the method otherwise."
            )
        methods[name] = Path(folder)
    if not methods:
        raise InvalidStudy("A study needs a method: --method NAME=FOLDER.")
    return methods
