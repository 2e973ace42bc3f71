"""The generator's config, and the tensors that a generator of that config has."""

from dataclasses import dataclass
from typing import Literal

from fourfold.errors import InvalidConfig

BATCH_NORM_EPSILON = 1e-5
"""Added to the variance by every batch normalisation here; the paper leaves it open."""


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig:
    """All that fixes the shape of a generator; the defaults are the paper's.

    Raises:
        InvalidConfig: a value that no generator can have.

    Source: Ledig et al. 2017, figure 4; the choices that it leaves open are fields.
    """

    scale: int = 4
    """Factor per side: 2, 4 or 8, one sub-pixel convolution for each doubling."""
    depth: int = 16
    """Residual blocks, B in the paper."""
    width: int = 64
    """Feature maps, n64 in the paper."""
    normalisation: Literal["batch", "none"] = "batch"
    """After each convolution of the trunk: batch normalisation as in the paper, or none."""
    slopes: Literal["shared", "channel"] = "shared"
    """PReLU slopes: one a layer, or one a channel."""
    skips: bool = True
    """The skips around blocks and trunk; off only in the paper's figure 7."""

    def __post_init__(self) -> None:
        if self.scale not in (2, 4, 8):
            raise InvalidConfig(f"scale is {self.scale!r}; it must be 2, 4 or 8.")
        for field in ("depth", "width"):
            value = getattr(self, field)
            if type(value) is not int or value < 1:
                raise InvalidConfig(f"{field} is {value!r}; it must be a whole number above 0.")
        if self.normalisation not in ("batch", "none"):
            raise InvalidConfig(
                f"normalisation is {self.normalisation!r}; it must be 'batch' or 'none'."
            )
        if self.slopes not in ("shared", "channel"):
            raise InvalidConfig(f"slopes is {self.slopes!r}; it must be 'shared' or 'channel'.")
        if type(self.skips) is not bool:
            raise InvalidConfig(f"skips is {self.skips!r}; it must be true or false.")

    @property
    def doublings(self) -> int:
        """Sub-pixel convolutions: log2 of `scale`."""
        return self.scale.bit_length() - 1


def tensor_shapes(config: GeneratorConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in a weights file of this config, in the data's order.

    Convolutions are (out, in, rows, columns), cross-correlations as in torch; the sub-pixel
    convolutions' output channels stand in PixelShuffle's order (channel, row phase, column phase).
    """
    width = config.width
    slopes = (1 if config.slopes == "shared" else width,)
    shapes: dict[str, tuple[int, ...]] = {}

    def convolution(name: str, outputs: int, inputs: int, kernel: int) -> None:
        shapes[f"{name}.weight"] = (outputs, inputs, kernel, kernel)
        shapes[f"{name}.bias"] = (outputs,)

    def normalisation(name: str) -> None:
        if config.normalisation == "batch":
            for tensor in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.{tensor}"] = (width,)

    convolution("head.conv", width, 3, 9)
    shapes["head.prelu.weight"] = slopes
    for index in range(config.depth):
        block = f"blocks.{index}"
        convolution(f"{block}.conv1", width, width, 3)
        normalisation(f"{block}.norm1")
        shapes[f"{block}.prelu.weight"] = slopes
        convolution(f"{block}.conv2", width, width, 3)
        normalisation(f"{block}.norm2")
    convolution("trunk.conv", width, width, 3)
    normalisation("trunk.norm")
    for index in range(config.doublings):
        convolution(f"upsample.{index}.conv", 4 * width, width, 3)
        shapes[f"upsample.{index}.prelu.weight"] = slopes
    convolution("tail", 3, width, 9)
    return shapes
