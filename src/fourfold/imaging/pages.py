"""Files of several pages: the frames of an animation, the sheets of a scan."""

from dataclasses import dataclass

import pyvips


@dataclass(frozen=True)
class Pages:
    """How many pages a file has, and how they follow each other."""

    count: int = 1
    delays: tuple[int, ...] = ()
    """Milliseconds that each frame stays; empty where pages are no frames."""
    loops: int = 0
    """How often an animation runs; 0 for ever."""


def pages_of(image: pyvips.Image) -> Pages:
    """Of an image that was read, whose pages lie one below the other."""
    if not image.get_typeof("page-height") or image.get("page-height") >= image.height:
        return Pages()
    count = image.height // image.get("page-height")
    delays = tuple(image.get("delay")) if image.get_typeof("delay") else ()
    loops = image.get("loop") if image.get_typeof("loop") else 0
    return Pages(count, delays if len(delays) == count else (), loops)


def with_pages(image: pyvips.Image, pages: Pages) -> pyvips.Image:
    """The image, to be saved as so many pages of equal height."""
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "page-height", image.height // pages.count)
    if pages.delays:
        image.set_type(pyvips.GValue.array_int_type, "delay", list(pages.delays))
        image.set_type(pyvips.GValue.gint_type, "loop", pages.loops)
    return image
