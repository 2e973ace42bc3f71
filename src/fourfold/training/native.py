"""The networks that train, on the native kernels: the same parameters, the same results.

What the kernels do not take (another type, a GPU, another width) goes to PyTorch's own.
"""

import torch
from torch import Tensor, nn

from fourfold.engine import TrainingKernels, load_training_kernels
from fourfold.engine.training import CHANNELS
from fourfold.errors import FourfoldError
from fourfold.networks import Generator
from fourfold.networks.generator import ResidualBlock
from fourfold.training.kernels import convolve, is_plain, tail, trunk
from fourfold.training.recipe import Recipe


def kernels_for(recipe: Recipe, device: torch.device) -> TrainingKernels | None:
    """The native kernels, where the recipe asks for them and they can run; else PyTorch's do."""
    if recipe.kernels != "native" or device.type != "cpu":
        return None
    try:
        return load_training_kernels()
    except FourfoldError:
        return None


def why_not_native(recipe: Recipe, device: torch.device) -> str | None:
    """Why the native kernels, asked for, cannot run on this processor; a sentence, or None."""
    if recipe.kernels != "native" or device.type != "cpu":
        return None
    try:
        load_training_kernels()
    except FourfoldError as error:
        return f"PyTorch's kernels are used, which are slower: {error}"
    return None


class NativeGenerator(Generator):
    """A generator that computes on the native kernels where they take it."""

    def __init__(self, generator: Generator, kernels: TrainingKernels) -> None:
        super().__init__(generator.config)
        self.load_state_dict(generator.state_dict())
        self.train(generator.training)
        self.kernels = kernels

    def forward(self, lr: Tensor) -> Tensor:
        """As `Generator` has it; no map but the head's is ever stored after its PReLU."""
        if self.config.width != CHANNELS or not (is_plain(lr) and is_plain(self.tail.weight)):
            return super().forward(lr)
        head = self.head(lr)  # (N, width, H, W)
        is_plain_trunk = self.config.skips and self.config.normalisation == "none"
        maps = self._plain_trunk(head) if is_plain_trunk else self._trunk(head)
        slopes = None
        for stage in self.upsample:  # whatever reads their maps applies the PReLU
            maps = self._convolve(maps, stage.get_submodule("conv"), slopes=slopes, shuffled=True)
            slopes = _slopes(stage.get_submodule("prelu"))
        assert self.tail.bias is not None
        return tail(self.kernels, maps, self.tail.weight, self.tail.bias, slopes=slopes)

    def _plain_trunk(self, head: Tensor) -> Tensor:
        """Of convolutions, PReLUs and skips alone: in one call."""
        parameters: list[Tensor] = []
        for block in self.blocks:
            slopes = _slopes(block.get_submodule("prelu"))
            first, second = (_parameters(block, name) for name in ("conv1", "conv2"))
            parameters += [*first, slopes, *second]
        return trunk(self.kernels, head, *parameters, *_parameters(self.trunk, "conv"))

    def _trunk(self, head: Tensor) -> Tensor:
        maps = head
        for block in self.blocks:
            maps = self._block(block, maps)
        convolution, norm = self.trunk.get_submodule("conv"), self.trunk.get_submodule("norm")
        skip = head if self.config.skips else None
        return self._normalised(maps, convolution, norm, skip=skip)

    def _block(self, block: nn.Module, maps: Tensor) -> Tensor:
        assert isinstance(block, ResidualBlock)
        inner = self._normalised(maps, block.conv1, block.norm1)
        skip = maps if block.skips else None
        slopes = _slopes(block.prelu)
        return self._normalised(inner, block.conv2, block.norm2, slopes=slopes, skip=skip)

    def _normalised(
        self,
        maps: Tensor,
        convolution: nn.Module,
        norm: nn.Module,
        *,
        slopes: Tensor | None = None,
        skip: Tensor | None = None,
    ) -> Tensor:
        """The skip is added after the normalisation; where there is none, by the convolution."""
        if isinstance(norm, nn.Identity):
            return self._convolve(maps, convolution, slopes=slopes, skip=skip)
        result: Tensor = norm(self._convolve(maps, convolution, slopes=slopes))
        return result if skip is None else skip + result

    def _convolve(
        self,
        maps: Tensor,
        convolution: nn.Module,
        *,
        slopes: Tensor | None = None,
        skip: Tensor | None = None,
        shuffled: bool = False,
    ) -> Tensor:
        assert isinstance(convolution, nn.Conv2d)
        weight, bias = convolution.weight, convolution.bias
        return convolve(
            self.kernels, maps, weight, bias, slopes=slopes, skip=skip, shuffled=shuffled
        )


def _slopes(prelu: nn.Module) -> Tensor:
    """A PReLU's slopes, one a map, be they shared or not."""
    assert isinstance(prelu, nn.PReLU)
    return prelu.weight.expand(CHANNELS)


def _parameters(parent: nn.Module, name: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution inside another module."""
    convolution = parent.get_submodule(name)
    assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
    return convolution.weight, convolution.bias
