"""How large a result is to be: by a factor, or to fit a width and a height."""

from fourfold.errors import InvalidSize


def scaled_size(height: int, width: int, scale: float, *, largest: int) -> tuple[int, int]:
    """Rows and columns of a picture enlarged by `scale`, rounded half up.

    Args:
        height: rows of the picture.
        width: its columns.
        scale: from 1 to `largest`.
        largest: the network's factor.

    Raises:
        InvalidSize: a factor that the network does not reach, or below 1.
    """
    _check(scale, largest)
    return int(scale * height + 0.5), int(scale * width + 0.5)


def fitting_size(
    height: int, width: int, *, fit_height: int | None, fit_width: int | None, largest: int
) -> tuple[int, int]:
    """Rows and columns of the largest result of the same shape that fits inside.

    Args:
        height: rows of the picture.
        width: its columns.
        fit_height: at most so many rows; None for any.
        fit_width: at most so many columns; None for any.
        largest: the network's factor.

    Raises:
        InvalidSize: the network does not reach it, or the picture is larger already.
    """
    scales = [
        wanted / side
        for wanted, side in ((fit_height, height), (fit_width, width))
        if wanted is not None
    ]
    return scaled_size(height, width, min(scales), largest=largest)


def check_size(size: tuple[int, int], height: int, width: int, *, largest: int) -> None:
    """Say whether the network's result of a picture can be reduced to `size`, rows and columns.

    Raises:
        InvalidSize: it has no pixels, or more a side than the network's.
    """
    rows, columns = size
    if not (1 <= rows <= largest * height and 1 <= columns <= largest * width):
        raise InvalidSize(
            f"A result of {columns}x{rows} pixels is not to be had: of a picture of "
            f"{width}x{height}, 1x1 to {largest * width}x{largest * height} are."
        )


def _check(scale: float, largest: int) -> None:
    if scale > largest:
        raise InvalidSize(
            f"That is {scale:.3g} times the picture, and this network enlarges {largest} times: "
            "enlarge the result once more."
        )
    if not scale >= 1:
        raise InvalidSize(f"That is {scale:.3g} times the picture; it can only be enlarged.")
